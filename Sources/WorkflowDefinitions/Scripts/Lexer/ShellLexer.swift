/// Finds out what a shell would make of each expression of a script, by the quoting rules of POSIX (Shell Command
/// Language, section 2) and of bash's manual.
///
/// It reads words, quotes, expansions, here-documents and enough of the grammar to know where a command begins. It
/// never runs and never rewrites anything. Where a script is not certain to be understood it says the worse of two
/// answers: the value is in a variable in any case, so what must not be missed are the places where a shell evaluates
/// what a variable holds.
final class ShellLexer {
    /// Bytes of the script; expression number n stands as `-1 - n`.
    let units: [Int32]
    let dialect: ShellDialect
    private(set) var verdicts: [Interpolation]
    /// What the quoting alone says of each expression, before anybody asks which command it is for.
    private(set) var places: [Interpolation]
    /// What commands make of each expression, whether or not the quoting lets it through.
    private(set) var uses: [Interpolation]
    /// What becomes of an expression that nothing quotes where the lexer reads now.
    var plain = Interpolation.unquoted
    /// What was open when the text ended, innermost first; empty for every script that a shell accepts.
    private(set) var unfinished: [String] = []
    var position = 0
    /// Where reading ends: the end of the text, or of the here-document that is read.
    var limit: Int
    /// How many expressions have been passed.
    private(set) var passed = 0
    var pendingHereDocuments: [HereDocument] = []
    /// The worst that the commands so far make of what arrives at their standard input.
    var worstInput = Interpolation.safe
    /// Whether the `xargs` that is looked at puts its input into the words of its command.
    var replacesInput = false
    /// Arguments of commands that print something else.
    var unprinted: [Range<Int>] = []
    /// Whether some variable evaluates what is assigned to it.
    var declaresIntegers = false
    /// The expressions that are assigned to variables.
    var assigned: [Range<Int>] = []
    private var depth = 0

    /// Substitutions and quotes inside each other.
    private static let depthMax = 100

    init(_ pieces: [[UInt8]?], dialect: ShellDialect) {
        var units: [Int32] = []
        var count = 0
        for piece in pieces {
            if let piece {
                units.append(contentsOf: piece.map(Int32.init))
            } else {
                count += 1
                units.append(Int32(-count))
            }
        }
        self.units = units
        self.dialect = dialect
        limit = units.count
        verdicts = [Interpolation](repeating: .safe, count: count)
        places = verdicts
        uses = verdicts
    }

    /// What becomes of one expression.
    struct Answer {
        var verdict: Interpolation
        /// What the command would make of a value that arrived there, whether or not the quoting lets it.
        var use: Interpolation
    }

    static func answers(in pieces: [[UInt8]?], dialect: ShellDialect) -> [Answer] {
        let lexer = ShellLexer(pieces, dialect: dialect)
        lexer.read()
        return zip(lexer.verdicts, lexer.uses).map { Answer(verdict: $0, use: $1) }
    }

    /// `pieces` are the script's text; nil stands for an expression. One answer for each, in order.
    static func interpolations(in pieces: [[UInt8]?], dialect: ShellDialect) -> [Interpolation] {
        let lexer = ShellLexer(pieces, dialect: dialect)
        lexer.read()
        return lexer.verdicts
    }

    /// Reads the whole script.
    func read() {
        commands(untilParenthesis: false)
        if !pendingHereDocuments.isEmpty { open("a here-document") }
        guard declaresIntegers else { return }
        let what = "an assignment in a script that declares integer variables or references"
        for range in assigned { mark(range, .executes(what, .number)) }
    }

    // MARK: Answers

    /// The worst answer stays.
    func mark(_ range: Range<Int>, _ verdict: Interpolation) {
        for index in range {
            if verdicts[index].severity < verdict.severity { verdicts[index] = verdict }
            switch verdict {
            case .code, .executes: if uses[index].severity < verdict.severity { uses[index] = verdict }
            case .safe, .unquoted, .pattern, .program, .early, .literal, .comment: break
            }
        }
    }

    /// An expression that was read as a part of an ordinary word, and is none.
    func replaceUnquoted(_ index: Int, by verdict: Interpolation) {
        if verdicts[index] == .unquoted { verdicts[index] = verdict }
        places[index] = verdict
    }

    /// A second thought about what is safe so far.
    func markSafe(_ range: Range<Int>, _ verdict: Interpolation) {
        for index in range where verdicts[index] == .safe { verdicts[index] = verdict }
    }

    /// The text ended inside of something.
    func open(_ what: String) {
        unfinished.append(what)
    }

    /// Steps over the closing character; without one the text has ended.
    func close(_ what: String) {
        if atEnd { open(what) }
        position = min(position + 1, limit)
    }

    /// Steps over the expression that stands here.
    func pass(_ verdict: Interpolation) {
        let index = Int(-1 - units[position])
        mark(index..<(index + 1), verdict)
        places[index] = verdict
        passed = max(passed, index + 1)
        position += 1
    }

    /// Runs `body` one level deeper. Too deep, nothing that follows is certain: all of it is refused.
    func nested(_ body: () -> Void) {
        guard depth < ShellLexer.depthMax else {
            mark(passed..<verdicts.count, .literal(.tooDeep(ShellLexer.depthMax)))
            passed = verdicts.count
            position = limit
            return
        }
        depth += 1
        body()
        depth -= 1
    }

    // MARK: Looking

    var atEnd: Bool { position >= limit }

    func unit(_ offset: Int = 0) -> Int32 {
        position + offset < limit ? units[position + offset] : 0
    }

    func isAt(_ character: Unicode.Scalar, _ offset: Int = 0) -> Bool {
        unit(offset) == Int32(character.value)
    }

    var isAtPlaceholder: Bool { unit() < 0 }

    func isBlank(_ unit: Int32) -> Bool { unit == 0x20 || unit == 0x09 }

    /// What ends an unquoted word.
    func isMeta(_ unit: Int32) -> Bool {
        switch unit {
        case 0x20, 0x09, 0x0A, 0x3B, 0x26, 0x7C, 0x3C, 0x3E, 0x28, 0x29: true
        default: false
        }
    }

    /// Blanks and continued lines.
    func skipBlanks() {
        while !atEnd {
            if isBlank(unit()) {
                position += 1
            } else if isAt("\\"), isAt("\n", 1) {
                position += 2
            } else {
                return
            }
        }
    }

    /// From `#` to the end of the line.
    func skipComment() {
        while !atEnd, !isAt("\n") {
            if isAtPlaceholder { pass(.comment) } else { position += 1 }
        }
    }
}
