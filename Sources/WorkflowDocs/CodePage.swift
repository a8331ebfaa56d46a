/// What a code means that the program prints, and what to do: `workflow docs CODE`.
package struct CodePage: Sendable, Equatable {
    /// As it is printed: `run_is_driven`, or the number of an exit status.
    package let code: String
    /// The title of the file that it is in.
    package let family: String
    /// Markdown without a heading: paragraphs, and commands that are indented.
    package let text: String

    /// The pages of one file: a section under `##` for each code.
    package static func pages(of text: String) -> [CodePage] {
        var family = ""
        var pages: [CodePage] = []
        var code: String?
        var lines: [Substring] = []
        func finish() {
            guard let code else { return }
            let body = lines.drop { $0.isEmpty }.reversed().drop { $0.isEmpty }.reversed()
            pages.append(CodePage(code: code, family: family, text: body.joined(separator: "\n")))
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("## ") {
                finish()
                code = String(line.dropFirst(3))
                lines = []
            } else if line.hasPrefix("# ") {
                family = String(line.dropFirst(2))
            } else {
                lines.append(line)
            }
        }
        finish()
        return pages
    }
}
