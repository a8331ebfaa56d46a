/// Colour for status words alone, and only where somebody looks.
enum StatusColour {
    static func paint(_ word: String, _ status: String, if hasColour: Bool) -> String {
        guard hasColour, let code = code(status) else { return word }
        return "\u{1b}[\(code)m\(word)\u{1b}[0m"
    }

    /// A line in which the status word stands between spaces; its first place is painted.
    static func paint(_ line: String, word: String, if hasColour: Bool) -> String {
        guard hasColour, let found = line.range(ofPadded: word) else { return line }
        return line[..<found.lowerBound] + paint(word, word, if: true) + line[found.upperBound...]
    }

    private static func code(_ status: String) -> String? {
        switch status {
        case "success", "completed": "32"
        case "failed", "in_doubt": "31"
        case "retrying", "waiting", "paused", "cancelled": "33"
        case "running": "36"
        default: nil
        }
    }
}

extension String {
    /// The word where it stands between spaces.
    fileprivate func range(ofPadded word: String) -> Range<String.Index>? {
        var start = startIndex
        while let space = self[start...].firstIndex(of: " ") {
            let next = index(after: space)
            let rest = self[next...]
            if rest.hasPrefix(word), let end = index(next, offsetBy: word.count, limitedBy: endIndex),
                end == endIndex || self[end] == " "
            {
                return next..<end
            }
            start = next
        }
        return nil
    }
}
