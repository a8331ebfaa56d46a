/// Finds the name that was probably meant.
package enum NameSuggestion {
    /// `did you mean "steps"?`, or nil when nothing is near enough.
    package static func didYouMean(_ written: String, among names: some Sequence<String>) -> String? {
        nearest(to: written, among: names).map { opening + $0 + closing }
    }

    private static let opening = "did you mean \""
    private static let closing = "\"?"

    /// The name in a suggestion of this kind; nil in any other.
    static func name(_ suggestion: String) -> String? {
        guard suggestion.hasPrefix(opening), suggestion.hasSuffix(closing) else { return nil }
        return String(suggestion.dropFirst(opening.count).dropLast(closing.count))
    }

    /// The name with the fewest edits: at most one for each three letters, so that short names are not mixed up.
    /// The first of equally near names wins, so give them in a fixed order.
    static func nearest(to written: String, among names: some Sequence<String>) -> String? {
        let letters = Array(folded(written))
        guard !letters.isEmpty, letters.count <= 64 else { return nil }
        var best: (name: String, distance: Int)?
        for name in names {
            let candidate = Array(folded(name))
            let allowed = max(1, max(letters.count, candidate.count) / 3)
            guard candidate.count <= 64, abs(candidate.count - letters.count) <= allowed else { continue }
            let distance = editDistance(letters, candidate)
            // Names of one letter have nothing in common that could be meant.
            guard distance <= allowed, distance < max(letters.count, candidate.count) else { continue }
            if distance < best?.distance ?? .max { best = (name, distance) }
        }
        return best?.name
    }

    /// `Timeout-Minutes` and `timeout_minutes` are the same thought.
    private static func folded(_ name: String) -> [UInt8] {
        name.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte + 32
            case UInt8(ascii: "-"): UInt8(ascii: "_")
            default: byte
            }
        }
    }

    /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    private static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        var current = last
        for i in 0..<a.count {
            current[0] = i + 1
            for j in 0..<b.count {
                var cost = min(last[j + 1] + 1, current[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
                current[j + 1] = cost
            }
            (beforeLast, last, current) = (last, current, beforeLast)
        }
        return last[b.count]
    }
}
