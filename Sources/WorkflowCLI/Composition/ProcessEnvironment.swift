@preconcurrency internal import Glibc

/// What this process was given by whoever started it, read once.
struct ProcessEnvironment: Sendable {
    let variables: [String: String]
    /// Absolute.
    let workingFolder: String
    let umask: Int
    /// The login name of the effective user; `uid-1000` where it has none.
    let user: String

    /// Called before there is a second thread: reading the umask sets it for a moment.
    static func current() throws(CommandFailure) -> ProcessEnvironment {
        guard let folder = getcwd(nil, 0) else {
            throw CommandFailure(.notFound, "the current folder is gone or cannot be read; enter another one")
        }
        defer { free(folder) }
        let mask = Glibc.umask(0o077)
        _ = Glibc.umask(mask)
        return ProcessEnvironment(
            variables: inheritedVariables(), workingFolder: String(cString: folder), umask: Int(mask),
            user: loginName())
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

    private static func loginName() -> String {
        let user = geteuid()
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name
        else { return "uid-\(user)" }
        return String(cString: name)
    }
}
