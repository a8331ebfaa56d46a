/// What is refused before any YAML is read.
enum SourceChecks {
    /// The text to parse, without its byte order mark; nil when there is a problem that ends the reading.
    static func text(of bytes: [UInt8], file: Int = 0, limit: Int, problems: ProblemList) -> [UInt8]? {
        let start = Position.start(of: file)
        guard bytes.count <= limit else {
            problems.error(
                .fileTooLarge, "the file has \(bytes.count) bytes; the limit is \(limit)", at: start,
                suggestion: "keep data in files that the steps read")
            return nil
        }
        if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) {
            problems.error(.invalidUTF8, "the file is UTF-16", at: start, suggestion: "save it as UTF-8")
            return nil
        }
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        if let offset = firstInvalidByte(of: text) {
            let byte = String(text[offset], radix: 16, uppercase: true)
            problems.error(
                .invalidUTF8, "the file is not UTF-8: byte 0x\(byte) at offset \(offset) cannot stand there",
                at: SourceText(Array(text[..<offset]), file: file).position(of: offset), suggestion: "save it as UTF-8")
            return nil
        }
        return text
    }

    private static func firstInvalidByte(of bytes: [UInt8]) -> Int? {
        if String(validating: bytes, as: UTF8.self) != nil { return nil }
        var decoder = UTF8()
        var position = bytes.makeIterator()
        var offset = 0
        while true {
            switch decoder.decode(&position) {
            case .scalarValue(let scalar): offset += UTF8.width(scalar)
            case .emptyInput: return nil
            case .error: return offset
            }
        }
    }
}
