/// The scripts that `\p{Greek}` and its like name. Swift's standard library does not tell them.
enum UnicodeScripts {
    /// Nil for a name that is no script's.
    static func ranges(of name: String) -> [ClosedRange<UInt32>]? {
        table[name]?.split(separator: " ").compactMap { text in
            let ends = text.split(separator: "-").compactMap { UInt32($0, radix: 16) }
            guard let first = ends.first, let last = ends.last else { return nil }
            return first...last
        }
    }
}
