/// Finds a sequence within another in linear time, however repetitive both are (Knuth, Morris and Pratt).
struct Search<Element: Equatable> {
    private let pattern: [Element]
    /// For each length of a match the longest shorter one that ends in the same place.
    private let fallback: [Int]

    init(for pattern: [Element]) {
        self.pattern = pattern
        var fallback = [Int](repeating: 0, count: pattern.count)
        var matched = 0
        for index in pattern.indices.dropFirst() {
            while matched > 0, pattern[index] != pattern[matched] { matched = fallback[matched - 1] }
            if pattern[index] == pattern[matched] { matched += 1 }
            fallback[index] = matched
        }
        self.fallback = fallback
    }

    /// Where the pattern begins for the first time at or behind `start`; an empty pattern is found at once.
    func first(in text: [Element], from start: Int = 0) -> Int? {
        guard start >= 0, start <= text.count else { return nil }
        guard !pattern.isEmpty else { return start }
        var matched = 0
        for index in start..<text.count {
            while matched > 0, text[index] != pattern[matched] { matched = fallback[matched - 1] }
            if text[index] == pattern[matched] { matched += 1 }
            if matched == pattern.count { return index - matched + 1 }
        }
        return nil
    }
}
