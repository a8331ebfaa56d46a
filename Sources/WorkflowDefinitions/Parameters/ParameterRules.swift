import CEL
import JSON
import WorkflowCore

/// What a declared parameter demands of a value.
enum ParameterRules {
    struct Problem: Equatable {
        var code: DiagnosticCode
        /// To stand behind the name of what has the value: `must be an integer, not "x"`.
        var message: String
        var suggestion: String?
    }

    /// Nil where the value is allowed.
    static func problem(with value: JSONValue, for parameter: Parameter, ignoringAllowed: Bool = false) -> Problem? {
        let normal = normalized(value, for: parameter.kind)
        guard isOfKind(normal, parameter.kind) else {
            return Problem(
                code: .wrongType, message: "must be \(article(parameter.kind)), not \(shown(value))",
                suggestion: parameter.kind == .string && !isContainer(value) ? "put it in quotes" : nil)
        }
        if let number = normal.doubleValue {
            if let minimum = parameter.minimum, number < minimum {
                return Problem(code: .outOfRange, message: "must be at least \(shown(minimum)), not \(shown(value))")
            }
            if let maximum = parameter.maximum, number > maximum {
                return Problem(code: .outOfRange, message: "must be at most \(shown(maximum)), not \(shown(value))")
            }
        }
        if !ignoringAllowed, !parameter.allowed.isEmpty, !parameter.allowed.contains(normal) {
            let words = parameter.allowed.map(shown)
            let near = normal.stringValue.flatMap {
                NameSuggestion.didYouMean($0, among: parameter.allowed.compactMap(\.stringValue))
            }
            return Problem(
                code: .invalidValue, message: "must be one of \(words.joined(separator: ", ")), not \(shown(value))",
                suggestion: near)
        }
        if let pattern = parameter.pattern, let text = normal.stringValue {
            do throws(CELError) {
                guard try !PatternMatcher.matches(text, pattern) else { return nil }
                return Problem(code: .invalidValue, message: "must match \(pattern), and \(shown(value)) does not")
            } catch {
                return Problem(code: .invalidPattern, message: "cannot be matched with \(pattern): \(error.message)")
            }
        }
        return nil
    }

    /// A whole number that was written with a point or an exponent is an integer all the same.
    static func normalized(_ value: JSONValue, for kind: Parameter.Kind) -> JSONValue {
        guard kind == .integer, case .double(let number) = value, let integer = Int64(exactly: number) else {
            return value
        }
        return .int(integer)
    }

    private static func isOfKind(_ value: JSONValue, _ kind: Parameter.Kind) -> Bool {
        switch (kind, value) {
        case (.string, .string), (.integer, .int), (.number, .int), (.boolean, .bool), (.array, .array),
            (.object, .object):
            true
        case (.number, .double(let number)): number.isFinite
        default: false
        }
    }

    private static func isContainer(_ value: JSONValue) -> Bool {
        switch value {
        case .array, .object: true
        default: false
        }
    }

    static func article(_ kind: Parameter.Kind) -> String {
        switch kind {
        case .integer, .array, .object: "an \(kind.rawValue)"
        case .string, .number, .boolean: "a \(kind.rawValue)"
        }
    }

    /// As JSON, cut where it is long.
    static func shown(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): return quoted(text)
        case .array: return "an array"
        case .object: return "an object"
        default: return (try? value.compactText()) ?? "a number without a JSON form"
        }
    }

    private static func shown(_ bound: Double) -> String {
        Int64(exactly: bound).map { "\($0)" } ?? "\(bound)"
    }
}
