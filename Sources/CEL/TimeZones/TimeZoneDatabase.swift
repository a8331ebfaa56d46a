import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The time zones of this machine, read from its zoneinfo files when they are first asked for.
final class TimeZoneDatabase: Sendable {
    static let shared = TimeZoneDatabase()

    private static let folders = [
        "/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/zoneinfo", "/etc/zoneinfo",
    ]
    /// The largest zone has less than 4 KiB; a file beyond this is no zone.
    private static let fileBytes = 1 << 20
    /// The database has about 600 names, so that many fit; beyond, zones are read anew.
    private static let cachedZones = 1_000

    private let zones = Mutex<[String: ZoneRules]>([:])

    /// Nil where there is no such zone, or no such database.
    func rules(of name: String) -> ZoneRules? {
        guard Self.isName(name) else { return nil }
        if let known = zones.withLock({ $0[name] }) { return known }
        for folder in Self.folders {
            guard let bytes = Self.read("\(folder)/\(name)"), let rules = ZoneRules(tzif: bytes) else { continue }
            zones.withLock { if $0.count < Self.cachedZones { $0[name] = rules } }
            return rules
        }
        return nil
    }

    /// Names are relative paths of plain words, so no name leads out of the database.
    private static func isName(_ name: String) -> Bool {
        name.utf8.count <= 100
            && name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { part in
                guard let first = part.first, Lexer.isWordByte(first) else { return false }
                return part.allSatisfy { Lexer.isWordByte($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
            }
    }

    private static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 16 << 10)
        var count = 0
        while count < fileBytes {
            if count == bytes.count { bytes += [UInt8](repeating: 0, count: count) }
            let read = bytes.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { fread($0 + count, 1, buffer.count - count, file) } ?? 0
            }
            guard read > 0 else { break }
            count += read
        }
        return Array(bytes.prefix(count))
    }
}
