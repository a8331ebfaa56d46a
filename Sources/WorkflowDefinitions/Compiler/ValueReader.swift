import WorkflowCore

/// Reads typed values out of the tree; nil always means that a problem was told.
struct ValueReader {
    let problems: ProblemList

    private func wrongType(_ node: Node, _ what: String, _ expected: String, suggestion: String? = nil) {
        problems.error(
            .wrongType, "\(what) must be \(expected), not \(node.kindDescription)", at: node.position,
            suggestion: suggestion)
    }

    func text(_ node: Node, _ what: @autoclosure () -> String) -> String? {
        if let text = node.text { return text }
        var suggestion = node.plainText.flatMap { $0.isEmpty ? nil : "put it in quotes" }
        if node.style == .flow {
            var mark = "{"
            if case .list = node.value { mark = "[" }
            suggestion = "a text that begins with \(mark) stands in quotes, or below |"
        }
        wrongType(node, what(), "text", suggestion: suggestion)
        return nil
    }

    /// A text where nothing but a name can be meant: how a reader of YAML 1.1 would take it is of no interest.
    func name(_ node: Node, _ what: @autoclosure () -> String) -> String? {
        guard let name = text(node, what()) else { return nil }
        settle(node)
        return name
    }

    func settle(_ node: Node) {
        if node.style == .plain { problems.settleReading(at: node.position) }
    }

    func nonEmptyText(_ node: Node, _ what: @autoclosure () -> String) -> String? {
        guard let text = text(node, what()) else { return nil }
        if !text.isEmpty { return text }
        problems.error(.invalidValue, "\(what()) is empty", at: node.position)
        return nil
    }

    func bool(_ node: Node, _ what: @autoclosure () -> String) -> Bool? {
        if case .bool(let value) = node.value { return value }
        let text = node.text?.lowercased() ?? ""
        let isYes = ["yes", "y", "on", "true"].contains(text)
        let isNo = ["no", "n", "off", "false"].contains(text)
        wrongType(node, what(), "true or false", suggestion: isYes ? "write true" : isNo ? "write false" : nil)
        return nil
    }

    func int(_ node: Node, _ what: @autoclosure () -> String, in range: ClosedRange<Int>) -> Int? {
        guard case .int(let value) = node.value else {
            wrongType(node, what(), "a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        guard let number = Int(exactly: value), range.contains(number) else {
            problems.error(
                .outOfRange, "\(what()) must be from \(range.lowerBound) to \(range.upperBound), not \(value)",
                at: node.position)
            return nil
        }
        return number
    }

    func number(_ node: Node, _ what: @autoclosure () -> String, in range: ClosedRange<Double>? = nil) -> Double? {
        let number: Double
        switch node.value {
        case .int(let value): number = Double(value)
        case .double(let value): number = value
        default:
            wrongType(node, what(), "a number")
            return nil
        }
        if let range, !range.contains(number) {
            problems.error(
                .outOfRange,
                "\(what()) must be from \(shown(range.lowerBound)) to \(shown(range.upperBound)), not \(shown(number))",
                at: node.position)
            return nil
        }
        return number
    }

    private func shown(_ number: Double) -> String {
        Int64(exactly: number).map { "\($0)" } ?? "\(number)"
    }

    /// One of a closed set of words.
    ///
    /// - Parameter others: what people write for something else that there is, with what to write.
    func word<Word: RawRepresentable & CaseIterable>(
        _ node: Node, _ what: @autoclosure () -> String, _: Word.Type, others: [String: String] = [:]
    ) -> Word?
    where Word.RawValue == String {
        let words = Word.allCases.map(\.rawValue)
        guard let text = node.text else {
            wrongType(node, what(), "one of \(words.joined(separator: ", "))")
            return nil
        }
        if let word = Word(rawValue: text) {
            settle(node)
            return word
        }
        problems.error(
            .invalidValue, "\(what()) must be one of \(words.joined(separator: ", ")), not \(quoted(text))",
            at: node.position, suggestion: others[text] ?? problems.didYouMean(text, among: words))
        return nil
    }

    func duration(_ node: Node, _ what: @autoclosure () -> String, min: Milliseconds = .zero) -> Milliseconds? {
        guard let text = node.text else {
            if case .int(let number) = node.value, number >= 0 {
                problems.error(
                    .invalidDuration, "\(what()) needs a unit", at: node.position,
                    suggestion: "write \(number)s for seconds, \(number)m for minutes")
            } else {
                wrongType(node, what(), "a duration such as 500ms, 10s, 5m, 2h or 1d")
            }
            return nil
        }
        guard let duration = Milliseconds(text: text) else {
            let written = WrittenDuration(text)
            problems.error(
                .invalidDuration,
                "\(what()) must be a duration\(written.isTooLong ? " of at most 366d" : ""), not "
                    + quoted(text),
                at: node.position, suggestion: written.suggestion)
            return nil
        }
        guard duration >= min else {
            problems.error(
                .outOfRange, "\(what()) must be at least \(min.text), not \(duration.text)", at: node.position)
            return nil
        }
        return duration
    }

    func list(_ node: Node, _ what: @autoclosure () -> String, of elements: String) -> [Node]? {
        if case .list(let items) = node.value { return items }
        wrongType(node, what(), "a list of \(elements)")
        return nil
    }

    /// The entries of a mapping whose keys are names that the author chose, by name: their order means nothing.
    func namedEntries(_ node: Node, _ what: @autoclosure () -> String) -> [Node.Entry]? {
        if case .map(let entries) = node.value { return entries.sorted { NameRules.precedes($0.key, $1.key) } }
        wrongType(node, what(), "a mapping")
        return nil
    }
}
