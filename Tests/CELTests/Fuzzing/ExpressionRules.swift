import CEL
import JSON
import Testing

/// What holds for every expression, whatever it says.
enum ExpressionRules {
    static let limits = CELLimits(sourceBytes: 4_000, cost: 20_000, elements: 1_000, textBytes: 10_000)

    private static let variables = CELVariables([
        "a": .map(CELMap([("b", .list([.int(1)])), ("k", .string("v"))])), "x": .string("é"),
    ])

    typealias Outcome = Result<CELValue, CELError>

    static func outcome(_ source: String) -> Outcome {
        Result { () throws(CELError) in
            try CELExpression(parsing: source, limits: limits).evaluate(in: variables, limits: limits)
        }
    }

    static func check(_ source: String) {
        let first = outcome(source)
        switch first {
        case .failure(let error): check(error, of: source)
        case .success(let value): check(value, of: source)
        }
        // A line break ends a comment that the source may end in. Lists and texts near their limits need not survive
        // it.
        guard !isLimited(first), (try? CELExpression(parsing: source, limits: limits)) != nil else { return }
        expectSame(first, outcome("(\(source)\n)"), source)
    }

    /// For expressions that mean the same but may stop at different places, so that only their values must agree.
    static func checkSame(_ left: String, _ right: String) {
        let (first, second) = (outcome(left), outcome(right))
        guard !isLimited(first), !isLimited(second) else { return }
        switch (first, second) {
        case (.failure, .failure): break
        default: expectSame(first, second, left)
        }
    }

    private static func expectSame(_ first: Outcome, _ second: Outcome, _ source: String) {
        if isSame(first, second) { return }
        Issue.record("\(source.debugDescription) gave \(first), and then \(second)")
    }

    private static func isSame(_ first: Outcome, _ second: Outcome) -> Bool {
        switch (first, second) {
        case (.success(let left), .success(let right)): left == right
        case (.failure(let left), .failure(let right)): left.code == right.code || isLimited(second)
        case (_, .failure): isLimited(second)
        default: false
        }
    }

    private static func isLimited(_ outcome: Outcome) -> Bool {
        guard case .failure(let error) = outcome else { return false }
        return [.costExceeded, .resultTooLarge, .tooDeep, .sourceTooLarge].contains(error.code)
    }

    private static func check(_ error: CELError, of source: String) {
        let size = source.utf8.count
        guard
            !(0...size).contains(error.offset) || error.line < 1 || error.column < 1
                || error.message.isEmpty || error.message.utf8.count > 1_000 + 4 * size
        else { return }
        Issue.record("\(source.debugDescription) failed with a strange error: \(error)")
    }

    private static func check(_ value: CELValue, of source: String) {
        guard let text = try? value.jsonText() else { return }
        if (try? JSONValue(parsing: Array(text.utf8))) != nil { return }
        // The language tells 'e\u0301' from 'é'; a document of ours, which Swift compares, cannot hold both as keys.
        do throws(CELError) { _ = try value.json() } catch  where error.code == .duplicateKey { return } catch {}
        // A reader stops at fewer levels than a writer.
        if text.utf8.filter({ $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }).count > 100 { return }
        // A number beyond the 64 bits of a JSON integer is text of JSON all the same.
        if text.contains(/\d{19}/) { return }
        Issue.record("\(source.debugDescription) has a value whose JSON cannot be read: \(text)")
    }
}
