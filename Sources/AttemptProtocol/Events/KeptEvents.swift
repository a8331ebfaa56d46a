package import JSON

/// The file of an attempt's kept events: a line for each, its checksum in hexadecimal before it.
///
///     9ae0c2f1 {"data":"vpc-1","kind":"apply_complete","type":"record"}
///
/// Lines are appended. What a crash tore at the end is no line, and its event was never said to be kept.
package enum KeptEvents {
    /// More is never written.
    package static let bytesMax =
        EventLimits.recordBytesMax + EventLimits.otherBytesMax + EventLimits.keptMax * (lineHeadBytes + 1)

    private static let lineHeadBytes = 9
    private static let digits = Array("0123456789abcdef".utf8)

    package static func line(_ event: [UInt8]) -> [UInt8] {
        let checksum = Checksum.of(event)
        let head = (0..<8).map { digits[Int(checksum >> (28 - 4 * $0) & 0xF)] }
        return head + [UInt8(ascii: " ")] + event + [UInt8(ascii: "\n")]
    }

    /// The events, in order, up to the first line that is not whole.
    package static func parse(_ bytes: [UInt8]) -> [JSONValue] {
        var events: [JSONValue] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[..<end]
            guard line.count > lineHeadBytes,
                let checksum = UInt32(String(decoding: line.prefix(8), as: UTF8.self), radix: 16),
                checksum == Checksum.of(line.dropFirst(lineHeadBytes)),
                let event = try? JSONValue(parsing: line.dropFirst(lineHeadBytes))
            else { break }
            events.append(event)
            rest = rest[(end + 1)...]
        }
        return events
    }
}
