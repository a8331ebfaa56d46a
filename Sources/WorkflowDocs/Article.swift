/// A text to be read in one piece: `workflow docs NAME`.
package struct Article: Sendable, Equatable {
    package let name: String
    /// The first sentences under its title, in one line.
    package let about: String
    /// Markdown, from its title on.
    package let text: String

    init(name: String, text: String) {
        self.name = name
        self.text = text
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        about = lines.drop { $0.hasPrefix("#") || $0 == "" }.prefix { $0 != "" }.joined(separator: " ")
    }
}
