internal import WorkflowDefinitions

/// The reference of the language as text, for a terminal or a file: no colours, 80 columns.
struct LanguageText {
    private static let width = 80

    /// Nil: all of it.
    let key: String?

    func lines() throws(CommandFailure) -> [String] {
        let reference = LanguageReference()
        guard let key else {
            return Array(reference.sections.map { lines(of: $0) }.joined(separator: [""]))
        }
        let found = reference.entries(named: key)
        let section = reference.section(named: key)
        guard !found.isEmpty || section != nil else {
            throw CommandFailure(
                .notFound,
                "the language has no \(key); "
                    + (NameSuggestion.didYouMean(key, among: reference.names)
                        ?? "`workflow docs language` prints all that it has"))
        }
        var parts = found.map { ["\($0.section):"] + lines(of: $0.entry) }
        if let section { parts.append(lines(of: section)) }
        return Array(parts.joined(separator: [""]))
    }

    private func lines(of section: LanguageReference.Section) -> [String] {
        var lines = [section.title.uppercased()]
        if !section.text.isEmpty { lines += wrapped(section.text, indent: 2) }
        for entry in section.entries { lines += self.lines(of: entry) }
        return lines
    }

    private func lines(of entry: LanguageReference.Entry) -> [String] {
        let isCall = entry.form.hasPrefix(entry.name) || entry.form.contains(".\(entry.name)(")
        let head = isCall ? entry.form : "\(entry.name): \(entry.form)"
        return wrapped(head, indent: 2) + wrapped(entry.description, indent: 6)
    }

    private func wrapped(_ text: String, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: true) {
            if !line.isEmpty, indent + line.unicodeScalars.count + 1 + word.unicodeScalars.count > Self.width {
                lines.append(margin + line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        if !line.isEmpty { lines.append(margin + line) }
        return lines
    }
}
