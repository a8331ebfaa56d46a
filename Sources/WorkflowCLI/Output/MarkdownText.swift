internal import Terminal

/// Markdown as text for a terminal or a file, without colours: paragraphs are filled, what is to be typed stays as it
/// is.
///
/// It knows what the catalogs of this program use: headings, paragraphs, lists, tables, and code that is fenced or
/// indented.
struct MarkdownText {
    let width: Int

    private var lines: [String] = []
    private var paragraph: Paragraph?
    private var table: [[String]] = []

    private struct Paragraph {
        var text: String
        /// In front of the first line: a bullet, or as much space as the others have.
        let opening: String
        let margin: String
    }

    init(width: Int) {
        self.width = width
    }

    static func lines(of markdown: String, width: Int) -> [String] {
        var text = MarkdownText(width: width)
        var isFenced = false
        for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
            let body = line.drop { $0 == " " }
            if body.hasPrefix("```") {
                text.finish()
                isFenced.toggle()
            } else if isFenced {
                text.lines.append(line.isEmpty ? "" : "    " + line)
            } else {
                text.add(body, indent: line.count - body.count)
            }
        }
        text.finish()
        while text.lines.last?.isEmpty == true { text.lines.removeLast() }
        return text.lines
    }

    private mutating func add(_ body: Substring, indent: Int) {
        if body.hasPrefix("|") {
            finishParagraph()
            table.append(Self.cells(body))
        } else if body.isEmpty {
            finish()
            if let last = lines.last, !last.isEmpty { lines.append("") }
        } else if body.hasPrefix("#") {
            finish()
            let title = String(body.drop { $0 == "#" }.drop { $0 == " " })
            lines.append(body.hasPrefix("## ") ? title.uppercased() : title)
        } else if let bullet = Self.bullet(body) {
            finish()
            let opening = String(repeating: " ", count: indent) + bullet
            paragraph = Paragraph(
                text: String(body.dropFirst(bullet.count)), opening: opening,
                margin: String(repeating: " ", count: opening.count))
        } else if paragraph != nil {
            paragraph?.text += " " + body
        } else if indent >= 4 {
            finish()
            lines.append(String(repeating: " ", count: indent) + body)
        } else {
            finish()
            let margin = String(repeating: " ", count: indent)
            paragraph = Paragraph(text: String(body), opening: margin, margin: margin)
        }
    }

    /// `- `, or a number with its dot.
    private static func bullet(_ body: Substring) -> Substring? {
        if body.hasPrefix("- ") { return body.prefix(2) }
        let digits = body.prefix { $0.isASCII && $0.isNumber }
        return !digits.isEmpty && body.dropFirst(digits.count).hasPrefix(". ") ? body.prefix(digits.count + 2) : nil
    }

    private static func cells(_ row: Substring) -> [String] {
        let cells = row.replacing("\\|", with: "\u{0}").split(separator: "|", omittingEmptySubsequences: false)
        return cells.dropFirst().dropLast().map { cell in
            let cell = cell.replacing("\u{0}", with: "|").drop { $0 == " " }
            return String(cell.reversed().drop { $0 == " " }.reversed())
        }
    }

    private mutating func finish() {
        finishParagraph()
        finishTable()
    }

    private mutating func finishParagraph() {
        guard let finished = paragraph else { return }
        paragraph = nil
        fill(finished.text, finished.opening, finished.margin)
    }

    /// A row of wide cells as a paragraph each: the first cell, and below it the others under what heads them.
    private mutating func finishTable() {
        guard let heading = table.first else { return }
        for row in table.dropFirst() where !row.allSatisfy({ $0.allSatisfy { $0 == "-" || $0 == ":" } }) {
            fill(row.first ?? "", "  ", "  ")
            for (column, cell) in row.enumerated().dropFirst() where !cell.isEmpty {
                let isNamed = row.count > 2 && column < heading.count && !heading[column].isEmpty
                fill((isNamed ? heading[column] + ": " : "") + cell, "      ", "      ")
            }
        }
        table = []
    }

    private mutating func fill(_ text: String, _ opening: String, _ margin: String) {
        var line = opening
        var isEmpty = true
        for word in Prose.words(of: text.replacing("``", with: "`"), keepsCommands: false) {
            if !isEmpty, DisplayWidth.of(line) + 1 + DisplayWidth.of(word) > width {
                lines.append(line)
                line = margin
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        lines.append(line)
    }
}
