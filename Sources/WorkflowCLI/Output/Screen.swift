internal import Glibc
internal import Workflow
internal import WorkflowCore

/// What lines for people may be made of: how wide, whether in colour, with which characters, and what time it is.
struct Screen: Sendable {
    /// Where there is no terminal and `COLUMNS` does not say.
    static let usualColumns = 80
    private static let pipedColumns = 160
    private static let columnsRange = 40...500

    let columns: Int
    /// Somebody looks.
    let isTerminal: Bool
    let hasColour: Bool
    /// The locale says UTF-8, so that bars and lines may be drawn with more than ASCII.
    let hasUnicode: Bool
    let now: Timestamp

    init(columns: Int, isTerminal: Bool, hasColour: Bool, hasUnicode: Bool, now: Timestamp) {
        self.columns = columns
        self.isTerminal = isTerminal
        self.hasColour = hasColour
        self.hasUnicode = hasUnicode
        self.now = now
    }

    /// - Parameter variables: of this process: `COLUMNS`, and `LC_ALL`, `LC_CTYPE` or `LANG`, the first that is set.
    init(_ stream: ByteStream, hasColour: Bool, variables: [String: String]) {
        let asked = variables["COLUMNS"].flatMap { Int($0) }
        let columns = stream.terminalColumns ?? asked ?? Screen.usualColumns
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { variables[$0] }.first { !$0.isEmpty } ?? ""
        let encoding = locale.uppercased()
        self.init(
            columns: min(max(columns, Screen.columnsRange.lowerBound), Screen.columnsRange.upperBound),
            isTerminal: stream.isTerminal, hasColour: hasColour,
            hasUnicode: encoding.contains("UTF-8") || encoding.contains("UTF8"), now: WallClock().now())
    }

    /// The line, cut where it would run over the edge of a terminal; a pipe or file has more room.
    func fitted(_ line: String) -> String { cut(line, to: isTerminal ? columns : max(columns, Screen.pipedColumns)) }

    /// At most `width` columns; an ellipsis says that there was more.
    func cut(_ text: String, to width: Int) -> String {
        guard Table.width(text) > width else { return text }
        let mark = hasUnicode ? "…" : "..."
        let room = max(0, width - Table.width(mark))
        var result = ""
        var used = 0
        for character in text {
            let width = Table.width(String(character))
            guard used + width <= room else { break }
            result.append(character)
            used += width
        }
        return result + mark
    }
}
