/// Finds out what a shell would make of each expression of a script, by the quoting rules of POSIX (Shell Command Language,
/// section 2) and of bash's manual.
///
/// It reads words, quotes, expansions, here-documents and enough of the grammar to know where a command begins. It never runs
/// and never rewrites anything. Where a script is not certain to be understood it says the worse of two answers: the value is
/// in a variable in any case, so what must not be missed are the places where a shell evaluates what a variable holds.
final class ShellLexer {
    /// Bytes of the script; expression number n stands as `-1 - n`.
    let units: [Int32]
    let dialect: ShellDialect
    private(set) var verdicts: [Interpolation]
    var position = 0
    /// Where reading ends: the end of the text, or of the here-document that is read.
    var limit: Int
    /// How many expressions have been passed.
    private(set) var passed = 0
    var pendingHereDocuments: [HereDocument] = []
    /// Commands that run what arrives at their standard input, so far.
    var commandsThatRunInput = 0
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
    }

    /// `pieces` are the script's text; nil stands for an expression. One answer for each, in order.
    static func interpolations(in pieces: [[UInt8]?], dialect: ShellDialect) -> [Interpolation] {
        let lexer = ShellLexer(pieces, dialect: dialect)
        lexer.commands(untilParenthesis: false)
        if lexer.declaresIntegers {
            for range in lexer.assigned {
                lexer.mark(range, .executes("an assignment in a script that declares integer variables or references"))
            }
        }
        return lexer.verdicts
    }

    // MARK: Answers

    /// The worst answer stays.
    func mark(_ range: Range<Int>, _ verdict: Interpolation) {
        for index in range where verdicts[index].severity < verdict.severity { verdicts[index] = verdict }
    }

    /// A second thought about what is safe so far.
    func markSafe(_ range: Range<Int>, _ verdict: Interpolation) {
        for index in range where verdicts[index] == .safe { verdicts[index] = verdict }
    }

    /// Steps over the expression that stands here.
    func pass(_ verdict: Interpolation) {
        let index = Int(-1 - units[position])
        mark(index..<(index + 1), verdict)
        passed = max(passed, index + 1)
        position += 1
    }

    /// Runs `body` one level deeper. Too deep, nothing that follows is certain: all of it is refused.
    func nested(_ body: () -> Void) {
        guard depth < ShellLexer.depthMax else {
            mark(passed..<verdicts.count, .literal("a script that nests deeper than \(ShellLexer.depthMax) levels"))
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
            if isAtPlaceholder { pass(.literal("a comment")) } else { position += 1 }
        }
    }
}
