/// The beginning of a text, for messages.
enum Excerpt {
    /// The first hundred code points. Not of Swift's characters: a single one of them can be megabytes of accents.
    static func of(_ text: String) -> String {
        String(text.unicodeScalars.prefix(100))
    }
}
