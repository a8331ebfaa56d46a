internal import Terminal

/// Columns for people: as wide as their widest cell, two spaces apart.
struct Table {
    private var rows: [[String]] = []

    init(_ heading: [String] = []) {
        if !heading.isEmpty { rows.append(heading) }
    }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    /// One text for each row; the last column is not padded.
    func lines(indent: Int = 0) -> [String] {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], Table.width(cell))
            }
        }
        let margin = String(repeating: " ", count: indent)
        return rows.map { row in
            var line = margin
            for (column, cell) in row.enumerated() {
                line += column == row.count - 1 ? cell : Table.padded(cell, to: widths[column] + 2)
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }

    static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - Table.width(text)))
    }

    /// How many columns of a terminal a text takes.
    static func width(_ text: String) -> Int { DisplayWidth.of(text) }
}
