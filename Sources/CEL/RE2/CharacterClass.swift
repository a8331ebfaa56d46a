/// A set of code points: ranges and Unicode properties, perhaps negated, perhaps without regard to case.
struct CharacterClass: Sendable {
    /// Sorted and apart from each other once `normalize` was called.
    private(set) var ranges: [ClosedRange<UInt32>] = []
    private(set) var properties: [(property: UnicodeProperty, isNegated: Bool)] = []
    var isNegated = false
    var ignoresCase = false

    init(_ ranges: [ClosedRange<UInt32>] = []) {
        self.ranges = ranges
    }

    mutating func insert(_ range: ClosedRange<UInt32>) { ranges.append(range) }

    mutating func insert(_ property: UnicodeProperty, isNegated: Bool) { properties.append((property, isNegated)) }

    /// About how many times longer than one comparison a look into the class takes.
    var weight: Int { (1 + 2 * properties.count) * (ignoresCase ? 20 : 1) }

    /// Adds what stands between the ranges given, which must be sorted.
    mutating func insert(outside excluded: [ClosedRange<UInt32>]) {
        var start: UInt32 = 0
        for range in excluded {
            if range.lowerBound > start { ranges.append(start...(range.lowerBound - 1)) }
            start = range.upperBound + 1
        }
        ranges.append(start...0x10FFFF)
    }

    /// Sorts and joins the ranges, so that they can be searched.
    mutating func normalize() {
        ranges.sort { $0.lowerBound < $1.lowerBound }
        var joined: [ClosedRange<UInt32>] = []
        for range in ranges {
            if let last = joined.last, range.lowerBound <= last.upperBound + 1 {
                joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        ranges = joined
    }

    func contains(_ scalar: UInt32) -> Bool {
        var isMember = holds(scalar)
        if !isMember, ignoresCase { isMember = CaseFolding.others(of: scalar).contains { holds($0) } }
        return isMember != isNegated
    }

    private func holds(_ scalar: UInt32) -> Bool {
        if RangeSearch.contains(scalar, in: ranges) { return true }
        return properties.contains { $0.property.contains(scalar) != $0.isNegated }
    }
}

enum RangeSearch {
    /// Binary search in sorted ranges that do not overlap.
    static func contains(_ scalar: UInt32, in ranges: [ClosedRange<UInt32>]) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < scalar {
                low = middle + 1
            } else if ranges[middle].lowerBound > scalar {
                high = middle
            } else {
                return true
            }
        }
        return false
    }
}

extension CharacterClass {
    static let digit: [ClosedRange<UInt32>] = [0x30...0x39]
    static let space: [ClosedRange<UInt32>] = [0x09...0x0A, 0x0C...0x0D, 0x20...0x20]
    static let word: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]

    /// The classes of POSIX by their names, such as `[[:alpha:]]`.
    static let posix: [String: [ClosedRange<UInt32>]] = [
        "alnum": [0x30...0x39, 0x41...0x5A, 0x61...0x7A], "alpha": [0x41...0x5A, 0x61...0x7A], "ascii": [0x00...0x7F],
        "blank": [0x09...0x09, 0x20...0x20], "cntrl": [0x00...0x1F, 0x7F...0x7F], "digit": digit,
        "graph": [0x21...0x7E], "lower": [0x61...0x7A], "print": [0x20...0x7E],
        "punct": [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E], "space": [0x09...0x0D, 0x20...0x20],
        "upper": [0x41...0x5A], "word": word, "xdigit": [0x30...0x39, 0x41...0x46, 0x61...0x66],
    ]
}
