internal import Glibc
internal import WorkflowCore

/// What the kernel says of who started this process.
enum Login {
    static func typist() -> Typist {
        let user = getuid()
        let audit = auditUser()
        var typist = Typist(
            login: spoken(user), userID: Int(user), host: host(), processID: Int(getpid()), terminal: terminal(),
            auditLogin: audit.map(spoken), auditID: audit.map { Int($0) })
        typist.isMapped = isMapped()
        return typist
    }

    /// Whether uids are those of a user namespace. Who makes one says which they are: `unshare -U --map-user=1000`
    /// needs no right, and changes the audit login with them.
    private static func isMapped() -> Bool {
        guard let map = firstLine(of: "/proc/self/uid_map") else {
            // Empty where nobody has written it yet; missing in a kernel without user namespaces. Without /proc nothing
            // is known.
            return access("/proc/self/uid_map", F_OK) == 0 || firstLine(of: "/proc/self/stat") == nil
        }
        return map.split(separator: " ").map(String.init) != ["0", "0", "4294967295"]
    }

    /// The login of a user; nil where it has none.
    static func name(ofUser user: uid_t) -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name
        else { return nil }
        return String(cString: name)
    }

    /// No login has a colon in it.
    private static func spoken(_ user: uid_t) -> String { name(ofUser: user) ?? "uid:\(user)" }

    /// Who logged in to the session that this process belongs to. It is set once, by `login`, `sshd` and the like, and
    /// stays over `sudo` and `su`; nil where nobody logged in (services, containers), or where the kernel keeps none.
    private static func auditUser() -> uid_t? {
        guard let text = firstLine(of: "/proc/self/loginuid"), let user = uid_t(text), user != uid_t.max else {
            return nil
        }
        return user
    }

    private static func host() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The controlling terminal of this process; nil where it has none.
    static func terminal() -> String? {
        // The command's name, in brackets, may hold anything; the number of the terminal is the fifth word behind it.
        guard let line = firstLine(of: "/proc/self/stat"), let end = line.lastIndex(of: ")") else { return nil }
        let words = line[line.index(after: end)...].split(separator: " ")
        guard words.count > 4, let number = Int(words[4]), number != 0 else { return nil }
        let major = number >> 8 & 0xFFF
        let minor = number & 0xFF | number >> 12 & 0xFFF00
        return switch major {
        case 136...143: "/dev/pts/\((major - 136) * 256 + minor)"
        case 4: minor < 64 ? "/dev/tty\(minor)" : "/dev/ttyS\(minor - 64)"
        default: "\(major):\(minor)"
        }
    }

    private static func firstLine(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
