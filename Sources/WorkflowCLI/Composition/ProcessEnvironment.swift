@preconcurrency internal import Glibc
internal import WorkflowCore

/// What this process was given by whoever started it, read once.
struct ProcessEnvironment: Sendable {
    let variables: [String: String]
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
        let mask = Glibc.umask(0o077)
        // One that takes rights from the owner would make a store that the owner cannot use. Steps get it as it was.
        _ = Glibc.umask(mask & ~0o700)
        return ProcessEnvironment(
            variables: inheritedVariables(), workingFolder: String(cString: folder), umask: Int(mask),
            user: Login.name(ofUser: geteuid()) ?? "uid-\(geteuid())", typist: Login.typist())
    }

    /// Of two equal names the first counts, as `getenv` has it.
    private static func inheritedVariables() -> [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "="), equals != text.startIndex {
                let name = String(text[..<equals])
                if variables[name] == nil { variables[name] = String(text[text.index(after: equals)...]) }
            }
            next += 1
        }
        return variables
    }

    /// Who acts in the journal.
    ///
    /// - Parameter name: `--as`: kept beside who typed it.
    func actor(as name: String? = nil) -> Actor {
        var typist = typist
        typist.claimedName = name
        if name != nil { typist.identity = .claimed }
        typist.sudoUser = variables["SUDO_USER"].flatMap { $0.isEmpty ? nil : String($0.prefix(Self.nameMax)) }
        return Actor(typist)
    }

    private static let nameMax = 128
}
