import WorkflowCore

/// What to say where the YAML scanner cannot go on: it knows YAML only, and its place is often far behind the mistake.
struct YAMLAdvice {
    let message: String
    let position: Position
    let suggestion: String?

    /// - Parameter position: where the scanner stopped.
    init(_ error: YAMLScanError, at position: Position, in source: SourceText) {
        if let end = CutHereDocument.cutOff(before: position, in: source) {
            message =
                "this line is further left than the script whose here-document (<<\(end.delimiter)) it belongs to, so "
                + "it ends the script"
            self.position = end.position
            suggestion = "text of a here-document is indented as its script; YAML takes the indentation away"
            return
        }
        message = "not valid YAML: \(error.message)"
        // In its own line the place where the scanner stopped is the better one.
        self.position = error.begin.flatMap { $0.line < position.line ? $0 : nil } ?? position
        let lines = [position.line] + (error.begin.map { [$0.line] } ?? [])
        suggestion =
            lines.lazy.compactMap { PlainText(line: source.bare($0))?.advice }.first
            ?? (source.bare(position.line).contains("${{") ? "put a value with ${{ … }} in quotes" : nil)
    }
}

extension SourceText {
    /// A line without its end.
    fileprivate func bare(_ number: UInt32) -> String {
        var line = self.line(number)
        while let last = line.unicodeScalars.last, last == "\n" || last == "\r" { line.unicodeScalars.removeLast() }
        return line
    }
}

/// A line `key: text` whose text YAML takes for something else.
private struct PlainText {
    let advice: String

    /// Keys that hold text or an expression; all that no table knows may be variables.
    private static let otherKeys: Set<String> = {
        var keys: Set<String> = []
        for table in [KeyTable.workflow, .step, .stage, .parameter, .foreach, .loop, .retry, .concurrency] {
            for key in table.entries {
                switch key.shape {
                case .text, .nonEmptyText, .expression, .pattern: continue
                default: keys.insert(key.name)
                }
            }
        }
        return keys
    }()

    /// Nobody writes these in a block.
    private static let shortKeys: Set<String> = ["name", "id", "key", "as", "working_directory", "pattern"]

    init?(line: String) {
        var rest = Array(line.utf8)[...].drop { $0 == 0x20 }
        while rest.starts(with: "- ".utf8) { rest = rest.dropFirst(2).drop { $0 == 0x20 } }
        let key = rest.prefix(while: NameRules.isNamePart)
        rest = rest.dropFirst(key.count)
        guard !key.isEmpty, rest.first == UInt8(ascii: ":") else { return nil }
        let text = rest.dropFirst().drop { $0 == 0x20 }
        guard text.count < rest.count - 1, let first = text.first else { return nil }
        let name = String(decoding: key, as: UTF8.self)
        guard !PlainText.otherKeys.contains(name) else { return nil }
        let mark = String(decoding: [first], as: UTF8.self)
        let remedy =
            "put the whole text in quotes"
            + (PlainText.shortKeys.contains(name) ? "" : ", or write it below \"\(name): |\"")
        if let meaning = PlainText.meanings[mark] {
            advice = "\(mark) begins \(meaning) in YAML: \(remedy)"
        } else if String(decoding: text, as: UTF8.self).contains(": ") {
            advice = "a colon and a space make a mapping of it in YAML: \(remedy)"
        } else {
            return nil
        }
    }

    private static let meanings = [
        "[": "a list", "{": "a mapping", "\"": "a quoted text, behind which nothing may stand,",
        "'": "a quoted text, behind which nothing may stand,", "*": "an alias", "&": "an anchor", "!": "a tag",
        "%": "a directive", "@": "nothing that is allowed", "`": "nothing that is allowed",
        "|": "a block, whose text stands in the lines below,", ">": "a block, whose text stands in the lines below,",
    ]
}

/// Finds a here-document in a block of text whose lines are further left than the block, so that YAML ended it early.
private enum CutHereDocument {
    private static let linesMax = 2_000
    private static let blocksMax = 50

    /// The line that ended the block, in the last block before a place that has such a one.
    static func cutOff(before place: Position, in source: SourceText) -> (position: Position, delimiter: String)? {
        let last = Int(place.line)
        var blocks = 0
        for header in stride(from: last, to: max(0, last - linesMax), by: -1)
        where beginsBlock(source.bare(UInt32(header))) {
            if let found = end(ofBlock: header, before: last, in: source) {
                let column = indentation(source.bare(UInt32(found.line))) + 1
                return (Position(line: found.line, column: column, file: source.file), found.delimiter)
            }
            blocks += 1
            guard blocks < blocksMax else { return nil }
        }
        return nil
    }

    private static func end(
        ofBlock header: Int, before last: Int, in source: SourceText
    ) -> (line: Int, delimiter: String)? {
        var indent: Int?
        var open: [String] = []
        guard header < last else { return nil }
        for number in (header + 1)...last {
            let line = source.bare(UInt32(number))
            let text = line.drop { $0 == " " }
            if text.isEmpty { continue }
            let own = line.utf8.count - text.utf8.count
            guard let margin = indent else {
                guard own > indentation(source.bare(UInt32(header))) else { return nil }
                indent = own
                open += delimiters(in: text)
                continue
            }
            guard own >= margin else { return open.first.map { (number, $0) } }
            if let first = open.first, text == first {
                open.removeFirst()
            } else if open.isEmpty {
                open += delimiters(in: text)
            }
        }
        return nil
    }

    private static func indentation(_ line: String) -> Int { line.utf8.prefix { $0 == 0x20 }.count }

    /// `run: |`, `- >-`, also with a comment behind it.
    private static func beginsBlock(_ line: String) -> Bool {
        var text = Array(line.utf8)[...]
        if let comment = text.indices.dropFirst().first(where: {
            text[$0] == UInt8(ascii: "#") && text[$0 - 1] == 0x20
        }) {
            text = text[..<comment]
        }
        while let end = text.last, end == 0x20 || end == 0x0D || end == 0x0A { text = text.dropLast() }
        while let end = text.last, end == UInt8(ascii: "+") || end == UInt8(ascii: "-") || CoreSchema.isDigit(end) {
            text = text.dropLast()
        }
        guard let mark = text.last, mark == UInt8(ascii: "|") || mark == UInt8(ascii: ">") else { return false }
        text = text.dropLast()
        guard text.last == 0x20 else { return false }
        while text.last == 0x20 { text = text.dropLast() }
        return text.last == UInt8(ascii: ":") || text.last == UInt8(ascii: "-")
    }

    /// The words behind `<<` and `<<-`, without their quotes.
    private static func delimiters(in text: Substring) -> [String] {
        var bytes = Array(text.utf8)[...]
        var found: [String] = []
        while let start = bytes.indices.dropLast().first(where: {
            bytes[$0] == UInt8(ascii: "<") && bytes[$0 + 1] == UInt8(ascii: "<")
        }) {
            bytes = bytes[(start + 2)...]
            if bytes.first == UInt8(ascii: "<") {
                bytes = bytes.drop { $0 == UInt8(ascii: "<") }
                continue
            }
            if bytes.first == UInt8(ascii: "-") { bytes = bytes.dropFirst() }
            bytes = bytes.drop { $0 == 0x20 || $0 == 0x22 || $0 == 0x27 || $0 == 0x5C }
            let word = bytes.prefix(while: NameRules.isNamePart)
            guard let first = word.first, !CoreSchema.isDigit(first), first != UInt8(ascii: "-") else { continue }
            found.append(String(decoding: word, as: UTF8.self))
        }
        return found
    }
}
