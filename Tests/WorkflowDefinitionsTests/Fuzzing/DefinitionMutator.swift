/// Makes broken definitions of good ones: a few edits of bytes, lines and words, all drawn from a seed.
struct DefinitionMutator {
    private var numbers: SeededNumbers
    private let good: [[UInt8]]
    private let others: [[UInt8]]

    init(seed: UInt64, good: [[UInt8]], others: [[UInt8]]) {
        numbers = SeededNumbers(seed: seed)
        self.good = good
        self.others = others
    }

    /// What breaks readers: syntax, numbers at the edges, words that mean something, references that do not fit.
    private static let words = [
        "[", "]", "{", "}", ":", ": ", "- ", "? ", ", ", "#", " #", "|", ">", "|2-", ">+9", "'", "\"", "&a ", "*a",
        "&a", "!!int ",
        "!!binary ", "! ", "%YAML 1.1\n", "---\n", "...\n", "<<: *a\n", "<<", "\t", "\r", "\r\n", "\n", "\n\n",
        "\u{85}",
        "\u{2028}", "\u{FEFF}", "\0", "\u{7F}", "é", "e\u{301}", "\u{1F600}", "~", "null", "true", "no", "yes", "0777",
        "0x1F", "1_000", "12:30", ".inf", ".nan", "-1", "0", "99999999999999999999", "1e999", "9223372036854775808",
        "1e308", "2147483648", "0.0", "-0", "366d", "367d", "0s", "10", "1h30m", "infinite", "99999999999999999999d",
        "${{", "}}", "$${{", "${{ params.cluster }}", "${{ steps.smoke_test.outputs.x }}", "${{ secrets.token }}",
        "${{ }}",
        "${{ item }}", "${{ range(2000000) }}", "${{ 'a", "${{ [1][", "${{ {{ }} }}", "${{ has(a.b) }}",
        "steps.subnets.status",
        "success()", "always() && ", "name: ", "run: ", "uses: ", "with: ", "steps: ", "foreach: ", "repeat: ",
        "needs: ",
        "include: ", "include: a.yaml\n", "include: [a.yaml, b.yaml, f.yaml]\n", "- include: s.yaml\n",
        "- {include: [s.yaml, a.yaml]}\n", "stages:\n", "env: ", "params: ", "defaults: ", "on_exit: ", "if: ",
        "limit: ", "items: ", "as: ",
        "until: ", "key: ", "group", "sleep", "signal", "approval", "return_to: ", "locks: [a, a]\n",
        "WORKFLOW_RUN_ID: x",
        "$(", "`", "<<E\n", "$((", "eval ", "[[ ", "'\\''", "((((((((((", "[[[[[[[[[[", "{a: {a: {a: ", "- - - - - ",
    ]

    mutating func next() -> [UInt8] {
        var text = (Bool.random(using: &numbers) ? good : others).randomElement(using: &numbers) ?? []
        // One edit leaves most of a good definition to be looked at; several get lost in each other's noise.
        let edits = Bool.random(using: &numbers) ? 1 : Int.random(in: 2...5, using: &numbers)
        for _ in 0..<edits { edit(&text) }
        return Array(text.prefix(1 << 16))
    }

    private mutating func edit(_ text: inout [UInt8]) {
        let place = Int.random(in: 0...text.count, using: &numbers)
        let length = min(Int.random(in: 1...24, using: &numbers), text.count - place)
        switch Int.random(in: 0..<10, using: &numbers) {
        case 0: text.removeSubrange(place..<(place + length))
        case 1: if place < text.count { text[place] = UInt8.random(in: 0...255, using: &numbers) }
        case 2: text.insert(contentsOf: text[place..<(place + length)], at: place)
        case 3: text.removeSubrange(place...)
        case 4: swapLines(&text)
        case 5: repeatLine(&text)
        case 6: indentLine(&text)
        case 7:
            let other = others.randomElement(using: &numbers) ?? []
            let from = Int.random(in: 0...other.count, using: &numbers)
            text.insert(contentsOf: other[from...].prefix(60), at: place)
        default:
            text.replaceSubrange(
                place..<(place + (Bool.random(using: &numbers) ? length : 0)),
                with: Array((Self.words.randomElement(using: &numbers) ?? "").utf8))
        }
    }

    private mutating func lines(_ text: [UInt8]) -> [[UInt8]] {
        text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
    }

    private mutating func swapLines(_ text: inout [UInt8]) {
        var lines = lines(text)
        let first = Int.random(in: lines.indices, using: &numbers)
        lines.swapAt(first, Int.random(in: lines.indices, using: &numbers))
        text = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
    }

    private mutating func repeatLine(_ text: inout [UInt8]) {
        var lines = lines(text)
        let line = lines[Int.random(in: lines.indices, using: &numbers)]
        let count = Bool.random(using: &numbers) ? 1 : Int.random(in: 1...200, using: &numbers)
        let place = Int.random(in: lines.indices, using: &numbers)
        lines.insert(contentsOf: repeatElement(line, count: count), at: place)
        text = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
    }

    private mutating func indentLine(_ text: inout [UInt8]) {
        var lines = lines(text)
        let place = Int.random(in: lines.indices, using: &numbers)
        if Bool.random(using: &numbers) {
            lines[place].insert(contentsOf: repeatElement(0x20, count: Int.random(in: 1...6, using: &numbers)), at: 0)
        } else {
            lines[place] = Array(lines[place].drop { $0 == 0x20 })
        }
        text = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
    }
}
