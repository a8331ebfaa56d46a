@preconcurrency internal import Glibc
internal import WorkflowCore

/// What this process was given by whoever started it, read once.
struct ProcessEnvironment: Sendable {
    let variables: [String: String]
    /// More of them, as `NAME=value`: those that are not UTF-8, and those whose name looks like another's and is not.
    let rawVariables: [[UInt8]]
    /// Absolute.
    var workingFolder: String
    let umask: Int
    /// The login name of the effective user; `uid-1000` where it has none.
    let user: String
    /// Who started it, as the kernel says.
    let typist: Typist

    /// Called before there is a second thread: reading the umask sets it for a moment.
    static func current() throws(CommandFailure) -> ProcessEnvironment {
        guard let folder = getcwd(nil, 0) else {
            throw CommandFailure(.notFound, "the current folder is gone or cannot be read; enter another one")
        }
        defer { free(folder) }
        guard let workingFolder = String(validatingCString: folder) else {
            throw CommandFailure(
                .invalid,
                "the name of the current folder is not UTF-8: \(EscapedBytes.text(folder)); rename it")
        }
        let mask = Glibc.umask(0o077)
        // One that takes rights from the owner would make a store that the owner cannot use. Steps get it as it was.
        _ = Glibc.umask(mask & ~0o700)
        let (variables, rawVariables) = inheritedVariables()
        return ProcessEnvironment(
            variables: variables, rawVariables: rawVariables, workingFolder: workingFolder, umask: Int(mask),
            user: Login.name(ofUser: geteuid()) ?? "uid-\(geteuid())", typist: Login.typist())
    }

    /// Of two equal names the first counts, as `getenv` has it.
    private static func inheritedVariables() -> ([String: String], [[UInt8]]) {
        var variables: [String: String] = [:]
        var rawVariables: [[UInt8]] = []
        var next = environ
        while let entry = next.pointee {
            next += 1
            let bytes = EscapedBytes.bytes(entry)
            guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")), equals > 0 else { continue }
            guard let name = String(validating: bytes[..<equals], as: UTF8.self),
                let value = String(validating: bytes[(equals + 1)...], as: UTF8.self)
            else {
                if !rawVariables.contains(where: { $0.starts(with: bytes[...equals]) }) { rawVariables.append(bytes) }
                continue
            }
            if let known = variables.index(forKey: name) {
                // Canonically equal names are two.
                if !variables[known].key.utf8.elementsEqual(name.utf8) { rawVariables.append(bytes) }
            } else if !rawVariables.contains(where: { $0.starts(with: bytes[...equals]) }) {
                variables[name] = value
            }
        }
        return (variables, rawVariables)
    }

    /// Who acts in the journal.
    ///
    /// - Parameter name: `--as`: kept beside who typed it.
    func actor(as name: String? = nil) -> Actor {
        var typist = typist
        typist.claimedName = name
        typist.sudoUser = variables["SUDO_USER"].flatMap { $0.isEmpty ? nil : String($0.prefix(Self.nameMax)) }
        return Actor(typist)
    }

    private static let nameMax = 128
}
