internal import CDocuments

/// All that `workflow docs` can print but the language and the words, which are made from the code.
package struct Library: Sendable {
    /// In the order in which they are listed.
    package let articles: [Article]
    /// Family by family.
    package let codes: [CodePage]
    private let numbers: [String: Int]

    /// What this program was built with.
    package static let builtIn = Library()

    private init() {
        var articles: [Article] = []
        var codes: [CodePage] = []
        for index in 0..<cdocuments_count() {
            let document = cdocuments_at(index)
            let name = String(cString: document.name)
            let bytes = UnsafeBufferPointer(start: document.bytes, count: document.count)
            let text = String(decoding: bytes, as: UTF8.self)
            if name == "codes" {
                codes += CodePage.pages(of: text)
            } else {
                articles.append(Article(name: name, text: text))
            }
        }
        self.articles = articles
        self.codes = codes
        numbers = Dictionary(codes.enumerated().map { ($1.code, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// - Parameter name: also in brackets, as it stands behind messages: `[unknown_key]`.
    package func page(of name: String) -> CodePage? {
        let code = name.hasPrefix("[") && name.hasSuffix("]") ? String(name.dropFirst().dropLast()) : name
        return numbers[code].map { codes[$0] }
    }

    package func article(_ name: String) -> Article? { articles.first { $0.name.utf8.elementsEqual(name.utf8) } }

    /// The families of codes with their pages, in order.
    package var families: [(title: String, pages: [CodePage])] {
        var families: [(title: String, pages: [CodePage])] = []
        for page in codes {
            if families.last?.title == page.family {
                families[families.count - 1].pages.append(page)
            } else {
                families.append((page.family, [page]))
            }
        }
        return families
    }
}
