#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The process that claims runs, as the store writes it down for others to read.
package struct LeaseHolder: Sendable, Equatable {
    /// The machine's name.
    package let host: String
    /// Changes at every boot of the machine.
    package let boot: String
    package let processID: Int32

    package init(host: String, boot: String, processID: Int32) {
        self.host = host
        self.boot = boot
        self.processID = processID
    }

    /// This process.
    package static func current() -> LeaseHolder {
        var name = [CChar](repeating: 0, count: 256)
        let hasName = gethostname(&name, name.count - 1) == 0
        let host = hasName ? String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : ""
        return LeaseHolder(host: host.isEmpty ? "localhost" : host, boot: bootID(), processID: getpid())
    }

    /// The line in a lock file.
    var text: String { "pid \(processID) on \(host)\n" }

    /// Whether the process that wrote such a line may be alive. A zombie is not; what cannot be read may be.
    static func isAlive(writtenAs text: String) -> Bool {
        let words = text.split(separator: " ")
        guard words.count >= 2, words[0] == "pid", let id = Int32(words[1]), id > 0 else { return true }
        if kill(id, 0) != 0 { return errno != ESRCH }
        #if os(Linux)
            // The state stands behind the name, which is in parentheses and may hold any of them.
            guard let status = readSmallFile("/proc/\(id)/stat"), let end = status.lastIndex(of: ")") else {
                return true
            }
            let state = status[status.index(after: end)...].first { $0 != " " }
            return state != "Z" && state != "X"
        #else
            return true
        #endif
    }

    private static func bootID() -> String {
        #if os(Linux)
            let text = readSmallFile("/proc/sys/kernel/random/boot_id") ?? "unknown"
        #else
            var bytes = [CChar](repeating: 0, count: 64)
            var count = bytes.count
            let isKnown = sysctlbyname("kern.bootsessionuuid", &bytes, &count, nil, 0) == 0
            let text = isKnown ? String(cString: bytes) : "unknown"
        #endif
        return String(text.prefix { $0 != "\n" })
    }
}
