/// Reads a pattern in RE2's syntax and builds its automaton on the way, with a stack for open groups.
struct RegexParser {
    typealias State = RegularExpression.State

    let pattern: [UInt32]
    var position = 0
    var flags = Flags()
    private(set) var classes: [CharacterClass] = []
    private var groups: [Group] = []
    private var group = Group(outerFlags: Flags())
    private var names: Set<String> = []
    /// How many states were written so far, copies included. Groups in groups copy their content once more each.
    private var written = 0

    struct Flags {
        var ignoresCase = false
        var isMultiline = false
        var dotMatchesNewline = false
    }

    /// A group whose end has not been read yet.
    private struct Group {
        /// The flags to go back to behind the group.
        let outerFlags: Flags
        var alternatives: [[State]] = []
        /// The alternative being read.
        var sequence: [State] = []
        /// Where the piece begins that a repetition would repeat; nil where there is none.
        var lastPiece: Int?
        var endsInRepetition = false
    }

    private static let groupLimit = 1_000
    private static let writtenLimit = 50 * RegularExpression.stateLimit

    init(_ pattern: String) {
        self.pattern = pattern.unicodeScalars.map(\.value)
    }

    mutating func parse() throws(CELError) -> [State] {
        while let scalar = peek() {
            position += 1
            switch scalar {
            case "(": try openGroup()
            case ")": try closeGroup()
            case "|":
                group.alternatives.append(group.sequence)
                group.sequence = []
                group.lastPiece = nil
                group.endsInRepetition = false
            case "*": try repeatLast(0, nil)
            case "+": try repeatLast(1, nil)
            case "?": try repeatLast(0, 1)
            case "{":
                if let (least, most) = try counts() { try repeatLast(least, most) } else { try append(literal: scalar) }
            case "[": try append([.oneOf(add(try bracketExpression()))])
            case ".": try append([flags.dotMatchesNewline ? .any : .anyButNewline])
            case "^": try append([.assert(flags.isMultiline ? .beginLine : .beginText)])
            case "$": try append([.assert(flags.isMultiline ? .endLine : .endText)])
            case "\\": try readEscape()
            default: try append(literal: scalar)
            }
        }
        guard groups.isEmpty else { throw error("a group has no ')'") }
        return try close(group)
    }

    // MARK: Groups

    private mutating func openGroup() throws(CELError) {
        let outer = flags
        if peek() == "?" {
            position += 1
            guard try readGroupKind() else { return }
        }
        guard groups.count < Self.groupLimit else { throw error("more than \(Self.groupLimit) groups are open") }
        groups.append(group)
        group = Group(outerFlags: outer)
    }

    /// Reads what stands behind `(?`. False where that was flags for the rest of the group around it.
    private mutating func readGroupKind() throws(CELError) -> Bool {
        if takes("P") {
            guard takes("<") else { throw error("'(?P' needs a name: (?P<name>…)") }
            try readName()
            return true
        }
        if takes("<") {
            guard peek() != "=", peek() != "!" else { throw error("look-behind cannot be matched in linear time") }
            try readName()
            return true
        }
        guard peek() != "=", peek() != "!" else { throw error("look-ahead cannot be matched in linear time") }
        var value = true
        var hasLetter = false
        while let letter = peek() {
            position += 1
            switch letter {
            case "i": flags.ignoresCase = value
            case "m": flags.isMultiline = value
            case "s": flags.dotMatchesNewline = value
            // Which of several matches is preferred makes no difference to whether there is one.
            case "U": break
            case "-" where value:
                value = false
                hasLetter = false
                continue
            case ":" where value || hasLetter: return true
            case ")" where hasLetter: return false
            default: throw error("'\(letter)' is no flag of a group")
            }
            hasLetter = true
        }
        throw error("a group has no ')'")
    }

    private mutating func readName() throws(CELError) {
        var name = ""
        while let letter = peek(), letter != ">" {
            guard letter.isASCII, Lexer.isWordByte(UInt8(letter.value)) else { throw error("a group's name is a word") }
            name.unicodeScalars.append(letter)
            position += 1
        }
        guard takes(">"), !name.isEmpty else { throw error("a group's name is a word between '<' and '>'") }
        guard names.insert(name).inserted else { throw error("two groups are named '\(name)'") }
    }

    private mutating func closeGroup() throws(CELError) {
        guard let outer = groups.popLast() else { throw error("a ')' closes nothing") }
        let piece = try close(group)
        flags = group.outerFlags
        group = outer
        try append(piece)
    }

    /// The alternatives of a group, each tried from a chain of splits.
    private mutating func close(_ group: Group) throws(CELError) -> [State] {
        guard !group.alternatives.isEmpty else { return group.sequence }
        let count = group.alternatives.reduce(group.sequence.count) { $0 + $1.count + 2 }
        try check(count)
        try write(count)
        var code: [State] = []
        code.reserveCapacity(count)
        for alternative in group.alternatives {
            code.append(.split(1, alternative.count + 2))
            code += alternative
            code.append(.jump(count - code.count))
        }
        return code + group.sequence
    }

    // MARK: Pieces

    mutating func append(_ piece: [State]) throws(CELError) {
        try check(group.sequence.count + piece.count)
        try write(piece.count)
        group.lastPiece = group.sequence.count
        group.endsInRepetition = false
        group.sequence += piece
    }

    mutating func append(literal scalar: Unicode.Scalar) throws(CELError) {
        let others = flags.ignoresCase ? CaseFolding.others(of: scalar.value) : []
        guard !others.isEmpty else { return try append([.scalar(scalar.value)]) }
        var letters = CharacterClass(([scalar.value] + others).map { $0...$0 })
        letters.normalize()
        try append([.oneOf(add(letters))])
    }

    mutating func add(_ characterClass: CharacterClass) -> Int {
        classes.append(characterClass)
        return classes.count - 1
    }

    private mutating func repeatLast(_ least: Int, _ most: Int?) throws(CELError) {
        guard !group.endsInRepetition else { throw error("a repetition repeats a repetition; put a group around it") }
        guard let start = group.lastPiece else { throw error("a repetition has nothing to repeat") }
        _ = takes("?")  // Lazy or greedy makes no difference to whether there is a match.
        let piece = Array(group.sequence[start...])
        group.sequence.removeLast(piece.count)
        // Widths are known beforehand, so nothing too large is ever built.
        let copies = most ?? max(least, 1)
        try check(group.sequence.count + copies * (piece.count + 1) + 1)
        try write(piece.count + copies * (piece.count + 1))

        var code: [State] = []
        if let most {
            for _ in 0..<least { code += piece }
            // x{0,2} is (x(x)?)?: each optional copy can leave for the end of all.
            let optional = most - least
            for index in 0..<optional {
                code.append(.split(1, (optional - index) * (piece.count + 1)))
                code += piece
            }
        } else if least == 0 {
            code = [.split(1, piece.count + 2)] + piece + [.jump(-piece.count - 1)]
        } else {
            for _ in 0..<least { code += piece }
            code.append(.split(-piece.count, 1))
        }
        group.sequence += code
        group.lastPiece = start
        group.endsInRepetition = true
    }

    /// `n}`, `n,}` or `n,m}` behind a brace; nil, and nothing read, where the brace stands for itself.
    private mutating func counts() throws(CELError) -> (Int, Int?)? {
        let start = position
        guard let least = number() else { return nil }
        var most: Int? = least
        if takes(",") {
            most = peek() == "}" ? nil : number()
            if most == nil, peek() != "}" {
                position = start
                return nil
            }
        }
        guard takes("}") else {
            position = start
            return nil
        }
        guard least <= 1_000, (most ?? least) <= 1_000, (most ?? least) >= least else {
            throw error("a repetition counts up to 1000, the lesser number first")
        }
        return (least, most)
    }

    private mutating func number() -> Int? {
        var number: Int?
        while let digit = peek(), ("0"..."9").contains(digit) {
            position += 1
            // Larger numbers are all refused alike.
            number = min((number ?? 0) * 10 + Int(digit.value - 48), 1_000_000)
        }
        return number
    }

    // MARK: Scalars

    func peek(_ distance: Int = 0) -> Unicode.Scalar? {
        position + distance < pattern.count ? Unicode.Scalar(pattern[position + distance]) : nil
    }

    mutating func takes(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        position += 1
        return true
    }

    private func check(_ count: Int) throws(CELError) {
        guard count < RegularExpression.stateLimit else {
            throw error("it needs more than \(RegularExpression.stateLimit) states")
        }
    }

    private mutating func write(_ count: Int) throws(CELError) {
        written += count
        guard written < Self.writtenLimit else { throw error("large parts of it stand in too many groups") }
    }

    func error(_ message: String) -> CELError {
        let text = String(String.UnicodeScalarView(pattern.prefix(100).compactMap(Unicode.Scalar.init)))
        return CELError(.invalidRegex, "the regular expression '\(text)' is invalid: \(message)")
    }
}
