/// The line that a problem stands in, or the part of a long line around it, and how much of it is meant.
///
/// The text is as written: whoever shows it escapes what must not reach a terminal.
package struct SourceExcerpt: Sendable, Equatable {
    /// Without the line's end.
    package let text: String
    /// How many Unicode scalars of `text` stand before what is meant; at most all of them.
    package let start: Int
    /// How many scalars are meant; at least 1, also where that is one behind the end.
    package let length: Int
    /// Whether the line has more before and behind `text`.
    package let isCutBefore: Bool
    package let isCutAfter: Bool

    /// A line of up to this many scalars is shown whole.
    static let scalarsMax = 120
    /// Of a longer one, this many before the place.
    static let scalarsBefore = 50

    package init(text: String, start: Int, length: Int, isCutBefore: Bool = false, isCutAfter: Bool = false) {
        self.text = text
        self.start = start
        self.length = max(1, length)
        self.isCutBefore = isCutBefore
        self.isCutAfter = isCutAfter
    }

    /// One line, as somebody typed it.
    ///
    /// - Parameters:
    ///   - start: the scalars before what is meant.
    ///   - length: the scalars that are meant.
    package init(line: String, start: Int, length: Int) {
        let scalars = line.unicodeScalars
        let count = scalars.count
        let isLong = count > Self.scalarsMax
        let first = isLong ? max(0, min(start, count) - Self.scalarsBefore) : 0
        let kept = scalars.dropFirst(first).prefix(Self.scalarsMax)
        self.init(
            text: String(kept), start: min(start, count) - first, length: min(length, Self.scalarsMax),
            isCutBefore: first > 0, isCutAfter: first + kept.count < count)
    }

    /// The line of an expression that a byte of it stands in, with the word there.
    package init(expression: String, offset: Int) {
        let source = SourceText(Array(expression.utf8))
        self = source.excerpt(at: source.position(of: offset), extent: .word)
    }
}

/// How much of a line a problem means.
enum SourceExtent: Equatable {
    /// The name, literal or `${{ … }}` that begins at its place.
    case word
    /// Up to another place, or to the end of the line where that is in another one.
    case upTo(Position)
    /// Its place and nothing else.
    case place
}

extension SourceText {
    /// The line of a place. A place behind the text is at its end.
    func excerpt(at position: Position, extent: SourceExtent) -> SourceExcerpt {
        let place = offset(of: position)
        let line = line(holding: place)
        let start = min(place, line.upperBound)
        let end: Int =
            switch extent {
            case .place: start + 1
            case .word: endOfWord(at: start, before: line.upperBound)
            case .upTo(let other):
                other.line == position.line
                    ? offset(of: other) : line.upperBound - trailingSpaces(from: start, to: line.upperBound)
            }
        var first = line.lowerBound
        var last = line.upperBound
        if scalars(line.lowerBound..<line.upperBound, atMost: SourceExcerpt.scalarsMax + 1) > SourceExcerpt.scalarsMax {
            first = offset(start, movedBack: SourceExcerpt.scalarsBefore, notBefore: line.lowerBound)
            last = offset(first, movedOn: SourceExcerpt.scalarsMax, notBehind: line.upperBound)
        }
        return SourceExcerpt(
            text: String(decoding: bytes[first..<last], as: UTF8.self),
            start: scalars(first..<start, atMost: SourceExcerpt.scalarsMax),
            length: scalars(start..<max(start, min(end, last)), atMost: SourceExcerpt.scalarsMax),
            isCutBefore: first > line.lowerBound, isCutAfter: last < line.upperBound)
    }

    private func trailingSpaces(from start: Int, to end: Int) -> Int {
        bytes[start..<end].reversed().prefix { $0 == 0x20 || $0 == 0x09 }.count
    }

    /// Counts no further than `limit`, so that a line of megabytes costs nothing.
    private func scalars(_ range: Range<Int>, atMost limit: Int) -> Int {
        var count = 0
        for byte in bytes[range] where byte & 0xC0 != 0x80 {
            count += 1
            if count == limit { break }
        }
        return count
    }

    private func offset(_ start: Int, movedBack count: Int, notBefore limit: Int) -> Int {
        var offset = start
        var left = count
        while offset > limit, left > 0 {
            offset -= 1
            while offset > limit, bytes[offset] & 0xC0 == 0x80 { offset -= 1 }
            left -= 1
        }
        return offset
    }

    private func offset(_ start: Int, movedOn count: Int, notBehind limit: Int) -> Int {
        var offset = start
        var left = count
        while offset < limit, left > 0 {
            offset += 1
            while offset < limit, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
            left -= 1
        }
        return offset
    }

    // MARK: - Words

    private func endOfWord(at start: Int, before end: Int) -> Int {
        guard start < end else { return start }
        func isName(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x80...: true
            default: false
            }
        }
        let rest = bytes[start..<end]
        if rest.starts(with: "${{".utf8) {
            var index = start + 3
            while index + 1 < end {
                if bytes[index] == UInt8(ascii: "}"), bytes[index + 1] == UInt8(ascii: "}") { return index + 2 }
                index += 1
            }
            return end
        }
        let first = bytes[start]
        if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
            return rest.dropFirst().firstIndex(of: first).map { $0 + 1 } ?? end
        }
        guard isName(first) else { return start + 1 }
        var index = start
        // `steps.build.outputs` is one thought.
        while index < end {
            let isDot = bytes[index] == UInt8(ascii: ".") && index + 1 < end && isName(bytes[index + 1])
            guard isName(bytes[index]) || isDot else { break }
            index += 1
        }
        return index
    }
}
