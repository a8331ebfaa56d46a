/// Versions of a program: comparisons that all hold, such as `>=1.5 <2`; `*` is any version.
package struct VersionRange: Sendable, Equatable {
    package enum Comparison: String, Sendable, CaseIterable {
        case atLeast = ">="
        case atMost = "<="
        case above = ">"
        case below = "<"
        case equal = "="
    }

    package struct Bound: Sendable, Equatable {
        package let comparison: Comparison
        /// Numbers from the most significant on.
        package let version: [Int]
    }

    package let text: String
    package let bounds: [Bound]

    /// nil for a text that is no range.
    package init?(parsing text: String) {
        self.text = text
        let words = text.split(separator: " ")
        if words == ["*"] {
            bounds = []
            return
        }
        var bounds: [Bound] = []
        for word in words {
            guard let comparison = Comparison.allCases.first(where: { word.hasPrefix($0.rawValue) }),
                let version = VersionRange.numbers(word.dropFirst(comparison.rawValue.count))
            else { return nil }
            bounds.append(Bound(comparison: comparison, version: version))
        }
        guard !bounds.isEmpty else { return nil }
        self.bounds = bounds
    }

    /// The first version in what a program prints for `--version`: `Terraform v1.9.2` is 1.9.2.
    package static func version(in output: String) -> [Int]? {
        for word in output.split(whereSeparator: { " \t\r\n,;()\"".contains($0) }) {
            let digits = word.drop { !$0.isASCII || !$0.isNumber }
            let prefix = word.prefix(word.count - digits.count)
            guard digits.contains("."), prefix.allSatisfy({ $0.isLetter || "-/=".contains($0) }) else { continue }
            if let numbers = numbers(digits.prefix { ($0.isASCII && $0.isNumber) || $0 == "." }) { return numbers }
        }
        return nil
    }

    /// Missing numbers are 0.
    package func contains(_ version: [Int]) -> Bool {
        bounds.allSatisfy { bound in
            let order = VersionRange.compare(version, bound.version)
            return switch bound.comparison {
            case .atLeast: order >= 0
            case .atMost: order <= 0
            case .above: order > 0
            case .below: order < 0
            case .equal: order == 0
            }
        }
    }

    private static func compare(_ left: [Int], _ right: [Int]) -> Int {
        for place in 0..<max(left.count, right.count) {
            let (a, b) = (place < left.count ? left[place] : 0, place < right.count ? right[place] : 0)
            if a != b { return a < b ? -1 : 1 }
        }
        return 0
    }

    private static func numbers(_ text: some StringProtocol) -> [Int]? {
        var text = String(text)
        while text.hasSuffix(".") { text.removeLast() }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in part.allSatisfy { $0.isASCII && $0.isNumber } ? Int(part) : nil }
        return numbers.count == parts.count && !numbers.isEmpty ? numbers : nil
    }
}
