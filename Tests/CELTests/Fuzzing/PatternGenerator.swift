/// A random regular expression that knows its own meaning: the slow and obvious one, by sets of places where a match
/// can end. What the automaton finds must agree.
indirect enum RandomPattern {
    case literal(Unicode.Scalar)
    case any
    case oneOf([ClosedRange<Unicode.Scalar>], isNegated: Bool)
    case sequence([RandomPattern])
    case choice([RandomPattern])
    case repetition(RandomPattern, least: Int, most: Int?, isLazy: Bool)
    case beginning
    case end
    case wordBoundary(isNegated: Bool)
    case flagged(Flag, RandomPattern)

    enum Flag: String { case i, s, m }

    private static let letters: [Unicode.Scalar] = ["a", "b", "A", "K", "1", "_", "é", "\n", "😀", "-"]

    init(_ random: inout SplitMix, depth: Int) {
        switch random.below(depth > 0 ? 14 : 5) {
        case 0, 1, 2: self = .literal(random.pick(Self.letters))
        case 3: self = .any
        case 4:
            let ranges: [ClosedRange<Unicode.Scalar>] = ["a"..."b", "A"..."K", "1"..."1", "é"..."ê", "_"..."_"]
            let chosen = (0...random.below(3)).map { _ in random.pick(ranges) }
            self = .oneOf(chosen, isNegated: random.below(3) == 0)
        case 5, 6, 7: self = .sequence((0..<random.below(4)).map { _ in RandomPattern(&random, depth: depth - 1) })
        case 8: self = .choice((0...random.below(3)).map { _ in RandomPattern(&random, depth: depth - 1) })
        case 9, 10:
            let least = random.below(3)
            self = .repetition(
                RandomPattern(&random, depth: depth - 1), least: least,
                most: random.below(2) == 0 ? nil : least + random.below(3), isLazy: random.below(4) == 0)
        case 11: self = random.below(2) == 0 ? .beginning : .end
        case 12: self = .wordBoundary(isNegated: random.below(2) == 0)
        default: self = .flagged(random.pick([.i, .s, .m]), RandomPattern(&random, depth: depth - 1))
        }
    }

    static func text(_ random: inout SplitMix) -> [Unicode.Scalar] {
        (0..<random.below(9)).map { _ in random.pick(letters) }
    }

    // MARK: As text

    /// The pattern in RE2's syntax.
    var source: String {
        switch self {
        case .literal("-"): "\\-"
        case .literal("\n"): "\\n"
        case .literal(let scalar): String(scalar)
        case .any: "."
        case .oneOf(let ranges, let isNegated):
            "[\(isNegated ? "^" : "")\(ranges.map { "\($0.lowerBound)-\($0.upperBound)" }.joined())]"
        case .sequence(let parts): parts.map(\.source).joined()
        case .choice(let parts): "(\(parts.map(\.source).joined(separator: "|")))"
        case .repetition(let part, let least, let most, let isLazy):
            "(?:\(part.source))\(Self.count(least, most))\(isLazy ? "?" : "")"
        case .beginning: "^"
        case .end: "$"
        case .wordBoundary(let isNegated): isNegated ? "\\B" : "\\b"
        case .flagged(let flag, let part): "(?\(flag.rawValue):\(part.source))"
        }
    }

    private static func count(_ least: Int, _ most: Int?) -> String {
        switch (least, most) {
        case (0, nil): "*"
        case (1, nil): "+"
        case (0, 1): "?"
        case (_, nil): "{\(least),}"
        case (_, let most?): "{\(least),\(most)}"
        }
    }

    // MARK: Meaning

    func matches(_ text: [Unicode.Scalar]) -> Bool {
        (0...text.count).contains { !ends(in: text, from: [$0], []).isEmpty }
    }

    /// Where matches can end that begin at one of the places given.
    private func ends(in text: [Unicode.Scalar], from starts: Set<Int>, _ flags: Set<Flag>) -> Set<Int> {
        switch self {
        case .literal(let wanted): Self.step(text, starts) { Self.agree($0, wanted, flags) }
        case .any: Self.step(text, starts) { flags.contains(.s) || $0 != "\n" }
        case .oneOf(let ranges, let isNegated):
            Self.step(text, starts) { scalar in
                let forms = flags.contains(.i) ? Self.forms(of: scalar) : [scalar]
                return forms.contains { form in ranges.contains { $0.contains(form) } } != isNegated
            }
        case .sequence(let parts): parts.reduce(starts) { $1.ends(in: text, from: $0, flags) }
        case .choice(let parts):
            parts.reduce(into: Set()) { $0.formUnion($1.ends(in: text, from: starts, flags)) }
        case .repetition(let part, let least, let most, _): part.repeated(in: text, from: starts, flags, least, most)
        case .beginning: starts.filter { $0 == 0 || flags.contains(.m) && text[$0 - 1] == "\n" }
        case .end: starts.filter { $0 == text.count || flags.contains(.m) && text[$0] == "\n" }
        case .wordBoundary(let isNegated):
            starts.filter { place in
                let before = place > 0 && Self.isWord(text[place - 1])
                let after = place < text.count && Self.isWord(text[place])
                return (before != after) != isNegated
            }
        case .flagged(let flag, let part): part.ends(in: text, from: starts, flags.union([flag]))
        }
    }

    private func repeated(
        in text: [Unicode.Scalar], from starts: Set<Int>, _ flags: Set<Flag>, _ least: Int, _ most: Int?
    ) -> Set<Int> {
        var current = starts
        for _ in 0..<least { current = ends(in: text, from: current, flags) }
        var all = current
        // Without an upper count as many turns are enough as there are places to add.
        for _ in 0..<(most.map { $0 - least } ?? text.count + 1) {
            current = ends(in: text, from: current, flags)
            all.formUnion(current)
        }
        return all
    }

    private static func step(
        _ text: [Unicode.Scalar], _ starts: Set<Int>, _ accepts: (Unicode.Scalar) -> Bool
    ) -> Set<Int> {
        Set(starts.filter { $0 < text.count && accepts(text[$0]) }.map { $0 + 1 })
    }

    private static func agree(_ scalar: Unicode.Scalar, _ wanted: Unicode.Scalar, _ flags: Set<Flag>) -> Bool {
        scalar == wanted || flags.contains(.i) && forms(of: scalar).contains(wanted)
    }

    private static func forms(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        [scalar] + scalar.properties.lowercaseMapping.unicodeScalars + scalar.properties.uppercaseMapping.unicodeScalars
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }
}
