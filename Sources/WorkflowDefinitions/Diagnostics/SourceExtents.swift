/// Finds out how much of a file each of its problems means, once there are problems: positions alone are kept while a
/// file is read, since a good file needs nothing else.
enum SourceExtents {
    /// - Parameter places: where problems stand, file by file.
    /// - Returns: the end of the scalar that begins at a place, where one does.
    static func ends(of places: [Position], in sources: SourceFiles) -> [Position: Position] {
        var ends: [Position: Position] = [:]
        var rest = places[...]
        while let first = rest.first {
            let ofFile = rest.prefix { $0.file == first.file }
            rest = rest.dropFirst(ofFile.count)
            if let source = sources[first] { find(Set(ofFile), in: source, &ends) }
        }
        return ends
    }

    private static func find(_ places: Set<Position>, in source: SourceText, _ ends: inout [Position: Position]) {
        guard let last = places.max() else { return }
        source.bytes.withUnsafeBufferPointer { text in
            let events = YAMLEvents(text, file: source.file)
            // What stops the scanner here has been told as a problem already.
            while let (event, start, end) = try? events.next() {
                switch event {
                case .scalar(let scalar) where places.contains(start):
                    // The end of a block is the beginning of what follows it.
                    if scalar.style != .block { ends[start] = end }
                case .alias where places.contains(start): ends[start] = end
                case .streamEnd: return
                default: break
                }
                if start > last { return }
            }
        }
    }
}

extension SourceText {
    /// Codes of what may stand inside an expression or a script: their places begin a name in it.
    private static let ofWords: Set<DiagnosticCode> = [
        .unknownStep, .unknownStage, .unknownParameter, .unknownVariable, .unknownField, .unknownSecret,
        .unknownFunction, .undeclaredOutput, .notYetFinished, .hyphenatedName, .secretOutOfPlace, .invalidExpression,
        .unterminatedExpression, .functionOutOfPlace, .unsafeInterpolation, .unquotedInterpolation,
        .interpolationInCode, .plainBraces,
    ]

    /// Codes of what is said about a mapping or a list, whose place is that of the first thing in it.
    private static let ofContainers: Set<DiagnosticCode> = [
        .missingKey, .tooDeep, .tooManyValues, .yamlSyntax, .tabIndentation,
    ]

    /// - Parameter end: of the scalar that begins at the place, where one does.
    func excerpt(of code: DiagnosticCode, at place: Position, end: Position?) -> SourceExcerpt? {
        let excerpt: SourceExcerpt
        if Self.ofContainers.contains(code) {
            excerpt = self.excerpt(at: place, extent: .place)
        } else if let end, !Self.ofWords.contains(code) || isName(from: place, to: end) {
            excerpt = self.excerpt(at: place, extent: .upTo(end))
        } else {
            excerpt = self.excerpt(at: place, extent: .word)
        }
        // An empty line, such as the one behind the end of a file, shows nothing.
        return excerpt.text.utf8.allSatisfy { $0 == 0x20 } ? nil : excerpt
    }

    private func isName(from start: Position, to end: Position) -> Bool {
        bytes[span(from: start, to: end)].allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D: true
            default: false
            }
        }
    }
}
