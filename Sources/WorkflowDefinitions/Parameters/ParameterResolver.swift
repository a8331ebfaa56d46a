package import JSON
package import WorkflowCore

/// A value that somebody gave for a parameter.
package enum GivenParameter: Sendable, Equatable {
    /// From `-p name=text`: read as the declared type says.
    case text(String)
    /// From a file of parameters.
    case value(JSONValue)
}

/// Why the given parameters do not fit a definition: all of it in one go.
package struct ParameterError: Error, Sendable, Equatable {
    package struct Problem: Sendable, Equatable {
        /// Stable, as those of diagnostics.
        package let code: DiagnosticCode
        package let parameter: String
        package let message: String
        package let suggestion: String?

        /// What to write instead, where the suggestion is another name.
        package var replacement: String? { suggestion.flatMap(NameSuggestion.name) }

        package var text: String { message + (suggestion.map { "; \($0)" } ?? "") }
    }

    /// In the order of the parameters' names; never empty.
    package let problems: [Problem]

    /// One line for each problem.
    package var message: String { problems.map(\.text).joined(separator: "\n") }
}

/// Turns what was given into the parameters of a run.
package enum ParameterResolver {
    /// A value for every declared parameter: the given one, else the default, else null.
    package static func resolve(
        _ definition: Definition, given: [String: GivenParameter]
    ) throws(ParameterError) -> [String: JSONValue] {
        var problems: [ParameterError.Problem] = []
        var values: [String: JSONValue] = [:]
        let names = definition.parameters.map(\.name)
        for name in given.keys.sorted(by: NameRules.precedes)
        where !names.contains(where: { $0.isSame(as: name) }) {
            problems.append(
                ParameterError.Problem(
                    code: .unknownParameter, parameter: name,
                    message: "\(definition.name) has no parameter \(quoted(name))",
                    suggestion: NameSuggestion.didYouMean(name, among: names)
                        ?? (names.isEmpty ? "it takes none" : "its parameters are \(names.joined(separator: ", "))")))
        }
        for parameter in definition.parameters {
            guard let given = given[parameter.name] else {
                if parameter.isRequired {
                    problems.append(
                        ParameterError.Problem(
                            code: .missingKey, parameter: parameter.name,
                            message: "parameter \(quoted(parameter.name)) is required",
                            suggestion: "give it with -p \(parameter.name)=…"))
                } else {
                    values[parameter.name] = parameter.defaultValue ?? .null
                }
                continue
            }
            switch value(given, for: parameter) {
            case .success(let value): values[parameter.name] = value
            case .failure(let problem):
                problems.append(
                    ParameterError.Problem(
                        code: problem.code, parameter: parameter.name,
                        message: "parameter \(quoted(parameter.name)) \(problem.message)",
                        suggestion: problem.suggestion))
            }
        }
        guard problems.isEmpty else {
            throw ParameterError(problems: problems.sorted { NameRules.precedes($0.parameter, $1.parameter) })
        }
        return values
    }

    private enum Reading {
        case success(JSONValue)
        case failure(ParameterRules.Problem)
    }

    private static func value(_ given: GivenParameter, for parameter: Parameter) -> Reading {
        let value: JSONValue
        switch given {
        case .value(let json): value = json
        case .text(let text):
            guard let read = read(text, as: parameter.kind) else {
                let yes = ["yes", "on", "y", "1", "True", "TRUE"].contains(text)
                let no = ["no", "off", "n", "0", "False", "FALSE"].contains(text)
                let suggestion: String? =
                    switch parameter.kind {
                    case .number where isOutOfRange(text), .array where isOutOfRange(text),
                        .object where isOutOfRange(text):
                        "its integers of more than 64 bits would be rounded: write them as text, in quotes"
                    case .boolean where yes: "write true"
                    case .boolean where no: "write false"
                    case .array: "write it as JSON: [\"a\", \"b\"]"
                    case .object: "write it as JSON: {\"a\": 1}"
                    default: nil
                    }
                return .failure(
                    ParameterRules.Problem(
                        code: .wrongType,
                        message: "must be \(ParameterRules.article(parameter.kind)), not \(quoted(text))",
                        suggestion: suggestion))
            }
            value = read
        }
        if let problem = ParameterRules.problem(with: value, for: parameter) { return .failure(problem) }
        return .success(ParameterRules.normalized(value, for: parameter.kind))
    }

    private static func isOutOfRange(_ text: String) -> Bool {
        do throws(JSONError) {
            _ = try JSONValue(parsing: text, limits: .exact)
            return false
        } catch {
            return error.code == .numberOutOfRange
        }
    }

    private static func read(_ text: String, as kind: Parameter.Kind) -> JSONValue? {
        switch kind {
        case .string: return .string(text)
        case .boolean: return text == "true" ? true : text == "false" ? false : nil
        case .integer, .number, .array, .object:
            guard let value = try? JSONValue(parsing: text, limits: .exact) else { return nil }
            switch (kind, value) {
            case (.integer, .int), (.number, .int), (.number, .double), (.array, .array), (.object, .object):
                return value
            default: return nil
            }
        }
    }
}
