package import CEL
package import JSON

/// Text with `${{ … }}` expressions in it. `$${{` was a literal `${{` and is plain text here.
package struct Template: Sendable, Hashable {
    package enum Part: Sendable, Hashable {
        case text(String)
        case expression(CELExpression)
    }

    /// No two texts stand side by side; none is empty.
    package var parts: [Part]

    package init(parts: [Part]) {
        self.parts = parts
    }

    package init(text: String) {
        parts = text.isEmpty ? [] : [.text(text)]
    }

    /// The text where no expression is in it.
    package var constant: String? {
        var text = ""
        for part in parts {
            guard case .text(let words) = part else { return nil }
            text += words
        }
        return text
    }

    package var expressions: [CELExpression] {
        parts.compactMap { if case .expression(let expression) = $0 { expression } else { nil } }
    }

    /// The one expression that makes up the whole value and so keeps its type.
    package var wholeExpression: CELExpression? {
        if parts.count == 1, case .expression(let expression) = parts[0] { return expression }
        return nil
    }
}

/// A JSON value whose strings may be templates: the `with` of a step.
package indirect enum ValueTemplate: Sendable, Equatable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case text(Template)
    case array([ValueTemplate])
    /// In the order written.
    case object([(name: String, value: ValueTemplate)])

    package static func == (a: ValueTemplate, b: ValueTemplate) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let x), .bool(let y)): x == y
        case (.int(let x), .int(let y)): x == y
        case (.double(let x), .double(let y)): x == y
        case (.text(let x), .text(let y)): x == y
        case (.array(let x), .array(let y)): x == y
        case (.object(let x), .object(let y)):
            x.count == y.count && zip(x, y).allSatisfy { $0.name == $1.name && $0.value == $1.value }
        case (.null, _), (.bool, _), (.int, _), (.double, _), (.text, _), (.array, _), (.object, _): false
        }
    }
}

extension ValueTemplate {
    /// As compact JSON for people: expressions have their values where these are known, and are written out elsewhere.
    package func text(_ value: (CELExpression) -> JSONValue?) -> String {
        (try? json(value).compactText()) ?? ""
    }

    private func json(_ known: (CELExpression) -> JSONValue?) -> JSONValue {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .double(let value): .double(value)
        case .text(let template):
            if let value = template.wholeExpression.flatMap(known) {
                value
            } else {
                .string(
                    template.parts.map { part in
                        switch part {
                        case .text(let text): text
                        case .expression(let expression):
                            known(expression).map { $0.stringValue ?? (try? $0.compactText()) ?? "" }
                                ?? "${{ \(expression.source) }}"
                        }
                    }.joined())
            }
        case .array(let elements): .array(elements.map { $0.json(known) })
        case .object(let members):
            .object(Dictionary(members.map { ($0.name, $0.value.json(known)) }) { first, _ in first })
        }
    }

    package var expressions: [CELExpression] {
        switch self {
        case .null, .bool, .int, .double: []
        case .text(let template): template.expressions
        case .array(let values): values.flatMap(\.expressions)
        case .object(let members): members.flatMap(\.value.expressions)
        }
    }
}

/// A shell script that is safe by construction: no value is ever pasted into its text.
///
/// Each expression was replaced by a reference to a variable of the script's environment that will hold its value.
package struct Script: Sendable, Hashable {
    package struct Binding: Sendable, Hashable {
        /// `WORKFLOW_VALUE_1` and so on: unique in the script.
        package var variable: String
        package var expression: CELExpression

        package init(variable: String, expression: CELExpression) {
            self.variable = variable
            self.expression = expression
        }
    }

    /// What the shell is given.
    package var text: String
    package var bindings: [Binding]

    package init(text: String, bindings: [Binding] = []) {
        self.text = text
        self.bindings = bindings
    }

    /// A value in a script may not be longer: the kernel refuses environment strings of 128 KiB.
    package static let valueBytesMax = 100 * 1024
}
