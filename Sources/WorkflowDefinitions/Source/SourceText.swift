/// The bytes of a definition's file as lines, to find the place of something inside a scalar.
///
/// It remembers where it looked last: problems come in the order of the file, so that many in one long line cost one
/// reading of the line and not one each.
final class SourceText {
    /// Without a byte order mark.
    let bytes: [UInt8]
    /// The number that positions carry.
    let file: Int
    /// Where each line begins, by the line breaks that libyaml counts.
    private let lineStarts: [Int]

    init(_ bytes: [UInt8], file: Int = 0) {
        self.bytes = bytes
        self.file = file
        last = Place(offset: 0, position: .start(of: file))
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

    private struct Place {
        var offset: Int
        var position: Position
    }

    private var last: Place
    private var lastSpan: (start: Position, end: Position, offsets: Range<Int>)?
    private var openings: (start: Int, offsets: [Int])?

    /// The bytes between two places, clamped to the text.
    func span(from start: Position, to end: Position) -> Range<Int> {
        if let lastSpan, lastSpan.start == start, lastSpan.end == end { return lastSpan.offsets }
        let first = offset(of: start)
        let offsets = first..<max(first, offset(of: end))
        lastSpan = (start, end, offsets)
        return offsets
    }

    func offset(of position: Position) -> Int {
        let line = Int(position.line) - 1
        guard lineStarts.indices.contains(line) else { return bytes.count }
        var place = Place(offset: lineStarts[line], position: Position(line: line + 1, column: 1, file: file))
        if last.position.line == position.line, last.position.column <= position.column { place = last }
        while place.position.column < position.column, place.offset < bytes.count { advance(&place) }
        last = place
        return place.offset
    }

    /// The line of a byte, without its line break.
    func line(holding offset: Int) -> Range<Int> {
        let number = lineNumber(of: offset)
        let start = lineStarts[number]
        guard lineStarts.indices.contains(number + 1) else { return start..<bytes.count }
        let next = lineStarts[number + 1]
        // The longest first: CR LF ends in LF, which is a break by itself.
        let length = [3, 2, 1].first {
            next - $0 >= start && SourceText.lineBreakLength(bytes, at: next - $0) == $0
        }
        return start..<next - (length ?? 0)
    }

    /// From 0.
    private func lineNumber(of offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }

    func position(of offset: Int) -> Position {
        let number = lineNumber(of: offset)
        var place = Place(offset: lineStarts[number], position: Position(line: number + 1, column: 1, file: file))
        if last.position.line == place.position.line, last.offset <= offset { place = last }
        while place.offset < min(offset, bytes.count) { advance(&place) }
        last = place
        return place.position
    }

    /// One scalar on.
    private func advance(_ place: inout Place) {
        place.offset += 1
        while place.offset < bytes.count, bytes[place.offset] & 0xC0 == 0x80 { place.offset += 1 }
        place.position.column += 1
    }

    /// Where the `${{` number `occurrence` stands in a part of the text.
    func opening(_ occurrence: Int, in span: Range<Int>) -> Int? {
        if openings?.start != span.lowerBound {
            var offsets: [Int] = []
            var index = span.lowerBound
            while index + 2 < min(span.upperBound, bytes.count) {
                if bytes[index] == UInt8(ascii: "$"), bytes[index + 1] == UInt8(ascii: "{"),
                    bytes[index + 2] == UInt8(ascii: "{")
                {
                    offsets.append(index)
                    index += 3
                } else {
                    index += 1
                }
            }
            openings = (span.lowerBound, offsets)
        }
        guard let offsets = openings?.offsets, offsets.indices.contains(occurrence) else { return nil }
        return offsets[occurrence]
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

/// The texts of a definition's files, by the number that positions carry.
final class SourceFiles {
    private var texts: [SourceText] = []

    func append(_ text: SourceText) {
        texts.append(text)
    }

    /// Nil for what has no place.
    subscript(position: Position) -> SourceText? {
        position != .none && texts.indices.contains(Int(position.file)) ? texts[Int(position.file)] : nil
    }
}
