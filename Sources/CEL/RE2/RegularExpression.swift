/// A regular expression in the syntax of RE2, matched in time proportional to text times pattern.
///
/// The pattern becomes an automaton (Thompson's construction) whose states are all followed at once (Pike's
/// simulation), so there is nothing to backtrack over. What cannot be matched that way, backreferences and look-around,
/// is refused.
struct RegularExpression: Sendable {
    let automaton: [State]
    let classes: [CharacterClass]
    /// What looking into each class costs, in steps of a plain state.
    private let weights: [Int]

    /// The most states of an automaton; repetitions such as `(a{100}){100}` reach it quickly.
    static let stateLimit = 20_000

    /// One state. Offsets are relative to the state itself, so that pieces can be copied.
    enum State: Sendable {
        case scalar(UInt32)
        case any
        case anyButNewline
        case oneOf(Int)
        case split(Int, Int)
        case jump(Int)
        case assert(Assertion)
        case match
    }

    enum Assertion: Sendable {
        case beginText, endText, beginLine, endLine, wordBoundary, notWordBoundary
    }

    init(_ pattern: String) throws(CELError) {
        var parser = RegexParser(pattern)
        automaton = try parser.parse() + [.match]
        classes = parser.classes
        weights = classes.map(\.weight)
    }

    /// What a state costs for each code point that it is tried on.
    func weight(of state: Int) -> Int {
        guard case .oneOf(let index) = automaton[state] else { return 1 }
        return weights[index]
    }

    /// Whether any part of the text matches.
    func matches(_ text: String, _ meter: inout Meter) throws(CELError) -> Bool {
        // The sets of states are made anew for each text.
        try meter.charge(automaton.count / 10)
        var simulation = Simulation(self)
        return try simulation.run(text, &meter)
    }
}

/// One run of an automaton over a text.
private struct Simulation {
    private let expression: RegularExpression
    private var current: StateSet
    private var next: StateSet
    private var pending: [Int] = []

    /// A set of states that is emptied in constant time and listed in the order of insertion (Briggs and Torczon).
    private struct StateSet {
        private(set) var members: [Int] = []
        private var places: [Int]

        init(capacity: Int) {
            places = [Int](repeating: 0, count: capacity)
            members.reserveCapacity(capacity)
        }

        mutating func insert(_ state: Int) -> Bool {
            let place = places[state]
            guard place >= members.count || members[place] != state else { return false }
            places[state] = members.count
            members.append(state)
            return true
        }

        mutating func removeAll() { members.removeAll(keepingCapacity: true) }
    }

    init(_ expression: RegularExpression) {
        self.expression = expression
        current = StateSet(capacity: expression.automaton.count)
        next = StateSet(capacity: expression.automaton.count)
    }

    mutating func run(_ text: String, _ meter: inout Meter) throws(CELError) -> Bool {
        var scalars = text.unicodeScalars.makeIterator()
        var previous: UInt32?
        var upcoming = scalars.next()?.value
        var steps = 0
        while true {
            // A match may begin anywhere, so the first state is entered at every position.
            if enter(0, previous, upcoming) { return true }
            swap(&current, &next)
            next.removeAll()
            steps += current.members.count
            for state in current.members { steps += expression.weight(of: state) - 1 }
            if steps >= 1_000 {
                try meter.charge(steps / 10)
                steps = 0
            }
            guard let scalar = upcoming else { break }
            previous = scalar
            upcoming = scalars.next()?.value
            for state in current.members where consumes(state, scalar) {
                if enter(state + 1, previous, upcoming) { return true }
            }
        }
        try meter.charge(steps / 10)
        return false
    }

    private func consumes(_ state: Int, _ scalar: UInt32) -> Bool {
        switch expression.automaton[state] {
        case .scalar(let wanted): scalar == wanted
        case .any: true
        case .anyButNewline: scalar != 0x0A
        case .oneOf(let index): expression.classes[index].contains(scalar)
        case .split, .jump, .assert, .match: false
        }
    }

    /// Adds a state to the next ones, with all that it reaches without consuming; true where a match is among them.
    private mutating func enter(_ start: Int, _ previous: UInt32?, _ upcoming: UInt32?) -> Bool {
        pending.append(start)
        while let state = pending.popLast() {
            guard next.insert(state) else { continue }
            switch expression.automaton[state] {
            case .match:
                pending.removeAll()
                return true
            case .jump(let offset): pending.append(state + offset)
            case .split(let first, let second):
                pending.append(state + second)
                pending.append(state + first)
            case .assert(let assertion): if holds(assertion, previous, upcoming) { pending.append(state + 1) }
            case .scalar, .any, .anyButNewline, .oneOf: break
            }
        }
        return false
    }

    private func holds(_ assertion: RegularExpression.Assertion, _ previous: UInt32?, _ upcoming: UInt32?) -> Bool {
        switch assertion {
        case .beginText: previous == nil
        case .endText: upcoming == nil
        case .beginLine: previous == nil || previous == 0x0A
        case .endLine: upcoming == nil || upcoming == 0x0A
        case .wordBoundary: isWord(previous) != isWord(upcoming)
        case .notWordBoundary: isWord(previous) == isWord(upcoming)
        }
    }

    private func isWord(_ scalar: UInt32?) -> Bool {
        scalar.map { $0 < 128 && Lexer.isWordByte(UInt8($0)) } ?? false
    }
}
