/// Splits the text of a `shell:` into words, with quotes and backslashes as in a POSIX shell and no expansions.
enum ShellWords {
    /// Nil where a quote does not end.
    static func split(_ text: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var characters = text.makeIterator()
        while let character = characters.next() {
            if let open = quote {
                if character == open {
                    quote = nil
                } else if character == "\\", open == "\"" {
                    guard let next = characters.next() else { return nil }
                    if !"\"\\$`".contains(next) { word?.append("\\") }
                    word?.append(next)
                } else {
                    word?.append(character)
                }
            } else if character.isWhitespace {
                if let complete = word { words.append(complete) }
                word = nil
            } else if character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if character == "\\" {
                guard let next = characters.next() else { return nil }
                word = (word ?? "") + String(next)
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { return nil }
        if let complete = word { words.append(complete) }
        return words
    }
}
