package import JSON

/// The outputs of a step as the step, its probe or a person gave them: what types they have, the step's declarations
/// decide, and for all others the looks of their texts.
///
/// This is the one place where a text becomes a value. It happens before the journal is written, which keeps values.
package struct GivenOutputs: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    private enum Given: Sendable, Equatable {
        /// As written.
        case text(String)
        /// JSON of somebody who had typed it already.
        case value(JSONValue)
    }

    private var outputs: [String: Given]

    package init(texts: [String: String]) {
        outputs = texts.mapValues(Given.text)
    }

    package init(_ values: [String: JSONValue]) {
        outputs = values.mapValues(Given.value)
    }

    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(Dictionary(elements) { _, last in last })
    }

    package var isEmpty: Bool { outputs.isEmpty }

    /// Those that are text still.
    package var texts: [String: String] {
        outputs.compactMapValues {
            if case .text(let text) = $0 { return text }
            return nil
        }
    }

    /// All of them, as they are where nothing is declared.
    package var values: [String: JSONValue] { outputs.mapValues(GivenOutputs.undeclared) }

    /// The same after each text went through `text`, and each value through `value`.
    package func mapped(text: (String) -> String, value: (JSONValue) -> JSONValue) -> GivenOutputs {
        var result = self
        result.outputs = outputs.mapValues {
            switch $0 {
            case .text(let written): .text(text(written))
            case .value(let typed): .value(value(typed))
            }
        }
        return result
    }

    /// The values of a step's outputs.
    ///
    /// - Parameter mayLack: what is declared need not be there.
    /// - Throws: at the first declaration that they do not keep.
    package func typed(
        by declarations: [OutputDeclaration], mayLack: Bool = false
    ) throws(OutputProblem) -> [String: JSONValue] {
        var values = self.values
        for declared in declarations {
            guard let given = outputs[declared.name] else {
                if mayLack { continue }
                throw OutputProblem(output: declared.name, kind: declared.kind, given: nil)
            }
            let value: JSONValue?
            let shown: String
            switch given {
            case .text(let text): (value, shown) = (DeclaredValue.read(text, as: declared.kind), quoted(text))
            case .value(let typed):
                value = declared.kind.accepts(typed) ? typed : JSONValue?.none
                shown = typed.stringValue.map(quoted) ?? (try? typed.compactText()) ?? "no JSON"
            }
            guard let value else {
                throw OutputProblem(output: declared.name, kind: declared.kind, given: shown)
            }
            values[declared.name] = value
        }
        return values
    }

    private static func undeclared(_ given: Given) -> JSONValue {
        switch given {
        case .text(let text): OutputValue.typed(text)
        case .value(let value): value
        }
    }
}

/// A declaration that the outputs of a step do not keep.
package struct OutputProblem: Error, Sendable, Equatable {
    package let output: String
    package let kind: Parameter.Kind
    /// As it is shown in messages; nil where the output is missing.
    package let given: String?

    /// To stand behind the name of the output.
    var reason: String {
        given.map { "is \($0), which is not of the declared type \(kind.rawValue)" } ?? "is missing"
    }

    /// A step that was run has failed for good: its effect is in place, and running it again would not help.
    var failure: Failure {
        guard given != nil else {
            return Failure(
                kind: .permanent, code: "output_missing",
                message: "the declared output \(output) was not written to $WORKFLOW_OUTPUT")
        }
        return Failure(kind: .permanent, code: "output_type", message: "the output \(output) \(reason)")
    }
}

extension Parameter.Kind {
    package func accepts(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.string, .string), (.integer, .int), (.number, .int), (.number, .double), (.boolean, .bool),
            (.array, .array), (.object, .object):
            true
        case (.string, _), (.integer, _), (.number, _), (.boolean, _), (.array, _), (.object, _): false
        }
    }
}
