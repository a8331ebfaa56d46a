import CEL
import Testing

/// Parses and evaluates in one go.
func evaluate(
    _ source: String, _ variables: [String: CELValue] = [:], limits: CELLimits = .default
) throws(CELError) -> CELValue {
    try CELExpression(parsing: source).evaluate(in: CELVariables(variables), limits: limits)
}

/// An expression, and another one that has the same value of the same type.
struct Equivalence: Sendable, CustomTestStringConvertible, ExpressibleByArrayLiteral {
    let left: String
    let right: String

    init(arrayLiteral elements: String...) {
        left = elements[0]
        right = elements[1]
    }

    var testDescription: String { "\(left)  =  \(right)" }

    func check() throws {
        let value = try evaluate(left)
        let expected = try evaluate(right)
        #expect(value == expected, "\(left) gave \(value), not \(expected)")
    }
}

/// An expression that fails, and how.
struct FailingExpression: Sendable, CustomTestStringConvertible {
    let source: String
    let code: CELError.Code

    init(_ source: String, _ code: CELError.Code) {
        self.source = source
        self.code = code
    }

    var testDescription: String { "\(source)  fails with \(code.rawValue)" }

    func check() {
        let error = #expect(throws: CELError.self, "\(source)") { try evaluate(source) }
        #expect(error?.code == code, "\(source): \(error.map(String.init(describing:)) ?? "no error")")
    }
}
