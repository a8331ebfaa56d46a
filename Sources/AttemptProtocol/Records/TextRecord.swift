/// The form of the small files in an attempt's folder: lines of `name value` between a heading and a checksum.
///
///     workflow-claim 1
///     attempt 6f1c…
///     pid 4711
///     checksum 9ae0c2f1
///
/// Readable with `cat` at three in the morning. In values a backslash, a line feed and a carriage return are escaped
/// with a backslash. What follows the checksum's line does not count. A file that a crash tore does not parse.
package struct TextRecord: Sendable, Equatable {
    /// Why a file is not a record of the kind that was asked for.
    package enum Problem: Error, Sendable, Equatable {
        /// Empty, torn, or no record at all.
        case damaged
        /// Written by a newer version of this protocol.
        case version(Int)
    }

    /// The only version so far of every kind.
    package static let version = 1
    /// No record is longer.
    package static let bytesMax = 65_536

    package let kind: String
    private var fields: [(name: String, value: String)] = []

    package init(kind: String) {
        self.kind = kind
    }

    package static func == (left: TextRecord, right: TextRecord) -> Bool {
        left.bytes == right.bytes
    }

    package mutating func set(_ name: String, _ value: String) {
        fields.append((name, value))
    }

    package mutating func set(_ name: String, _ value: some FixedWidthInteger) {
        fields.append((name, String(value)))
    }

    package func text(_ name: String) throws(Problem) -> String {
        for field in fields where field.name == name { return field.value }
        throw .damaged
    }

    package func integer<Number: FixedWidthInteger>(_ name: String, as: Number.Type = Number.self) throws(Problem)
        -> Number
    {
        guard let number = Number(try text(name)) else { throw .damaged }
        return number
    }

    package var bytes: [UInt8] {
        var text = "workflow-\(kind) \(Self.version)\n"
        for field in fields {
            text += "\(field.name) \(Self.escaped(field.value))\n"
        }
        return Array(text.utf8) + Array("checksum \(Self.hexadecimal(Checksum.of(text.utf8)))\n".utf8)
    }

    package init(kind: String, parsing bytes: [UInt8]) throws(Problem) {
        self.init(kind: kind)
        var body = 0
        var lineStart = 0
        var heading = true
        while let lineEnd = bytes[lineStart...].firstIndex(of: 0x0A) {
            // By bytes: a combining mark after the space would join it in a string.
            guard let space = bytes[lineStart..<lineEnd].firstIndex(of: 0x20) else { throw .damaged }
            let name = String(decoding: bytes[lineStart..<space], as: UTF8.self)
            let value = String(decoding: bytes[(space + 1)..<lineEnd], as: UTF8.self)
            if heading {
                guard name == "workflow-\(kind)", let version = Int(value) else { throw .damaged }
                guard version == Self.version else { throw .version(version) }
                heading = false
            } else if name == "checksum" {
                guard value == Self.hexadecimal(Checksum.of(bytes[..<body])) else { throw .damaged }
                return
            } else {
                fields.append((name, Self.unescaped(value)))
            }
            lineStart = lineEnd + 1
            body = lineStart
        }
        throw .damaged
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private static func unescaped(_ value: String) -> String {
        var text = ""
        var escape = false
        for scalar in value.unicodeScalars {
            if escape {
                text.unicodeScalars.append(scalar == "n" ? "\n" : scalar == "r" ? "\r" : scalar)
                escape = false
            } else if scalar == "\\" {
                escape = true
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
