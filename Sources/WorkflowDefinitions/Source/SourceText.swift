/// The bytes of a definition's file as lines, to find the place of something inside a scalar.
struct SourceText {
    /// Without a byte order mark.
    let bytes: [UInt8]
    /// Where each line begins, by the line breaks that libyaml counts.
    private let lineStarts: [Int]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var starts = [0]
        var index = 0
        while index < bytes.count {
            let length = SourceText.lineBreakLength(bytes, at: index)
            index += max(1, length)
            if length > 0 { starts.append(index) }
        }
        lineStarts = starts
    }

    /// LF, CR, CR LF, and the three breaks that YAML 1.1 knew besides (NEL, LS, PS); 0 where there is none.
    private static func lineBreakLength(_ bytes: [UInt8], at index: Int) -> Int {
        func byte(_ offset: Int) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 0 }
        switch bytes[index] {
        case 0x0A: return 1
        case 0x0D: return byte(1) == 0x0A ? 2 : 1
        case 0xC2: return byte(1) == 0x85 ? 2 : 0
        case 0xE2: return byte(1) == 0x80 && (byte(2) == 0xA8 || byte(2) == 0xA9) ? 3 : 0
        default: return 0
        }
    }

    /// The byte offset of a place, clamped to the text.
    func offset(of position: Position) -> Int {
        let line = Int(position.line) - 1
        guard lineStarts.indices.contains(line) else { return position == .none ? 0 : bytes.count }
        var offset = lineStarts[line]
        var column = Int(position.column) - 1
        while column > 0, offset < bytes.count {
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
            column -= 1
        }
        return offset
    }

    func position(of offset: Int) -> Position {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        var column = 1
        for byte in bytes[lineStarts[low]..<min(offset, bytes.count)] where byte & 0xC0 != 0x80 { column += 1 }
        return Position(line: low + 1, column: column)
    }

    /// The text of a line, at most 1,000 bytes of it.
    func line(_ line: UInt32) -> String {
        guard lineStarts.indices.contains(Int(line) - 1) else { return "" }
        let start = lineStarts[Int(line) - 1]
        let end = lineStarts.indices.contains(Int(line)) ? lineStarts[Int(line)] : bytes.count
        return String(decoding: bytes[start..<min(end, start + 1000)], as: UTF8.self)
    }

    /// Whether the white space that a line begins with has a tab in it.
    func hasTabInIndentation(line: UInt32) -> Bool {
        guard lineStarts.indices.contains(Int(line) - 1) else { return false }
        for byte in bytes[lineStarts[Int(line) - 1]...] {
            if byte == 0x09 { return true }
            if byte != 0x20 { return false }
        }
        return false
    }
}
