internal import Hashing
internal import WorkflowCore
internal import WorkflowExecutors
internal import WorkflowStore

/// What a run records of the process that started it, and how a later one differs.
struct InheritedContext {
    let environment: EngineEnvironment
    /// The store's, without which no value can be tried against what is recorded.
    private let key: EnvironmentKey
    /// Variables that `secrets:` names: nothing about their values is written down, as a short one could be guessed.
    private let secretVariables: Set<String>

    init(environment: EngineEnvironment, key: EnvironmentKey, secrets: [Secret]) {
        self.environment = environment
        self.key = key
        secretVariables = Set(
            secrets.compactMap { secret in
                guard case .environment(let name) = secret.source else { return nil }
                return name
            })
    }

    /// Variables that change with every shell and say nothing about the work.
    private static let unrecorded: Set<String> = ["_", "OLDPWD", "PWD", "SHLVL"]

    /// - Parameter random: of the salt, by which equal values in two runs have unequal hashes.
    func record(using random: inout some RandomNumberGenerator) -> ExecutionContext {
        let salt =
            InheritedContext.keyed + Hexadecimal.text((0..<8).map { _ in .random(in: .min ... .max, using: &random) })
        return ExecutionContext(
            user: environment.user, host: environment.host.name, umask: environment.umask,
            workingDirectory: environment.workingDirectory, environmentSalt: salt,
            environmentHashes: hashes(salt: salt))
    }

    /// One sentence for each thing that differs from when the run was created, in a stable order.
    func changes(since context: ExecutionContext) -> [String] {
        var changes: [String] = []
        if context.user != environment.user { changes.append("the user was \(context.user), is \(environment.user)") }
        if context.host != environment.host.name {
            changes.append("the host was \(context.host), is \(environment.host.name)")
        }
        if context.umask != environment.umask {
            changes.append(
                "the umask was \(String(context.umask, radix: 8)), is \(String(environment.umask, radix: 8)): steps "
                    + "keep the first")
        }
        let hashes = hashes(salt: context.environmentSalt)
        for name in Set(hashes.keys).union(context.environmentHashes.keys).subtracting(secretVariables).sorted() {
            switch (context.environmentHashes[name], hashes[name]) {
            case (nil, .some): changes.append("the variable \(name) is new")
            case (.some, nil): changes.append("the variable \(name) is gone")
            case (let old, let new): if old != new { changes.append("the variable \(name) has another value") }
            }
        }
        return changes
    }

    /// The pinned variables that differ, sorted.
    func differingPins(of definition: Definition, since context: ExecutionContext) -> [String] {
        var pins: Set<String> = []
        var lists = definition.stages.map(\.steps) + [definition.onExit]
        while let steps = lists.popLast() {
            for step in steps {
                pins.formUnion(step.pinnedEnvironment)
                if case .group(let inner) = step.action { lists.append(inner) }
            }
        }
        guard !pins.isEmpty else { return [] }
        let hashes = hashes(salt: context.environmentSalt)
        return pins.subtracting(secretVariables).filter { hashes[$0] != context.environmentHashes[$0] }.sorted()
    }

    /// What the salts of hashes with the store's key begin with; the hashes of runs that earlier versions began have
    /// none.
    private static let keyed = "hmac-sha256:"

    /// Sixteen hexadecimal digits of an HMAC-SHA-256 (RFC 2104) each, or of a salted SHA-256 where the salt says so.
    private func hashes(salt: String) -> [String: String] {
        var hashes: [String: String] = [:]
        let key = salt.hasPrefix(InheritedContext.keyed) ? HMACSHA256(key: self.key.bytes) : nil
        func record(_ name: String, _ value: some Sequence<UInt8>) {
            guard !InheritedContext.unrecorded.contains(name), !secretVariables.contains(name) else { return }
            let message = Array("\(salt)\n\(name)\n".utf8) + value
            let digest = key?.code(of: message) ?? SHA256.hash(of: message)
            hashes[name] = Hexadecimal.text(digest.prefix(8))
        }
        for (name, value) in environment.variables { record(name, value.utf8) }
        for bytes in environment.rawVariables {
            let name = bytes.prefix { $0 != UInt8(ascii: "=") }
            // One whose own name is no text cannot be named here.
            if let text = String(validating: name, as: UTF8.self), hashes[text] == nil {
                record(text, bytes.dropFirst(name.count + 1))
            }
        }
        return hashes
    }
}
