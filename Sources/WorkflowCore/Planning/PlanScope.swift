internal import CEL
internal import JSON

/// What expressions give before a run has begun: parameters and declared environment are known, and nothing else.
struct PlanScope: Sendable {
    /// What came of an expression.
    enum Outcome: Sendable {
        case known(CELValue)
        /// Only the run can tell.
        case later
        /// It can be told already that it has no value.
        case invalid(String)
    }

    let parameters: [String: JSONValue]
    let workflow: String
    /// Declared variables, those of the workflow first, then those of the stage and of the step.
    var environment: [[EnvironmentVariable]] = []
    var executors = CalledExecutors()

    /// nil where only the run can tell it, or there is none.
    func json(_ expression: CELExpression) -> JSONValue? {
        guard case .known(let value) = outcome(of: expression) else { return nil }
        return try? value.json()
    }

    func outcome(of expression: CELExpression) -> Outcome {
        do throws(CELError) {
            return .known(try expression.evaluate(in: PlanActivation(scope: self, references: expression.references)))
        } catch {
            return error == error.marked ? .later : .invalid(error.message)
        }
    }

    /// Text with the values that are known; the other expressions as they were written.
    func text(of template: Template) -> PlannedText {
        var planned = PlannedText(text: "", isKnown: true)
        for part in template.parts {
            switch part {
            case .text(let text): planned.text += text
            case .expression(let expression): planned.append(text(of: expression))
            }
        }
        return planned
    }

    func text(of expression: CELExpression) -> PlannedText {
        let source = "${{ \(expression.source) }}"
        switch outcome(of: expression) {
        case .known(let value):
            do throws(CELError) {
                return PlannedText(text: try value.textForm(), isKnown: true)
            } catch {
                return PlannedText(text: source, isKnown: false, problem: error.message)
            }
        case .later: return PlannedText(text: source, isKnown: false)
        case .invalid(let message): return PlannedText(text: source, isKnown: false, problem: message)
        }
    }

    /// The script as it would read if the shell had put the values in: for people, never for a shell.
    func text(of script: Script) -> PlannedText {
        var planned = PlannedText(text: "", isKnown: true)
        var rest = Substring(script.text)
        for binding in script.bindings {
            let reference = "${\(binding.variable)}"
            guard let place = rest.firstRange(of: reference) else { continue }
            planned.text += rest[..<place.lowerBound]
            planned.append(text(of: binding.expression))
            rest = rest[place.upperBound...]
        }
        planned.text += rest
        return planned
    }

    /// The items of a `foreach`, where parameters alone tell them.
    func items(of foreach: Foreach) -> PlannedItems {
        var source = ""
        if case .text(let template) = foreach.items {
            source = template.expressions.map(\.source).joined(separator: ", ")
        }
        func items(_ count: Int?, _ first: [JSONValue] = [], _ problem: String? = nil) -> PlannedItems {
            PlannedItems(source: source, count: count, first: first, problem: problem)
        }
        switch json(of: foreach.items) {
        case .known(.array(let list)):
            return items(
                list.count, Array(list.prefix(PlannedItems.shownMax)),
                list.count > RunState.itemsMax
                    ? "there are \(list.count) items; the limit is \(RunState.itemsMax)" : nil)
        case .known: return items(nil, [], "the items are not a list")
        case .later: return items(nil)
        case .invalid(let message): return items(nil, [], "the items have no value: \(message)")
        }
    }

    enum JSONOutcome {
        case known(JSONValue)
        case later
        case invalid(String)
    }

    func json(of template: ValueTemplate) -> JSONOutcome {
        switch template {
        case .null: return .known(.null)
        case .bool(let value): return .known(.bool(value))
        case .int(let value): return .known(.int(value))
        case .double(let value): return .known(.double(value))
        case .text(let template):
            guard let expression = template.wholeExpression else {
                let text = text(of: template)
                return text.isKnown ? .known(.string(text.text)) : text.problem.map { .invalid($0) } ?? .later
            }
            switch outcome(of: expression) {
            case .known(let value):
                do throws(CELError) { return .known(try value.json()) } catch { return .invalid(error.message) }
            case .later: return .later
            case .invalid(let message): return .invalid(message)
            }
        case .array(let elements):
            var array: [JSONValue] = []
            for element in elements {
                let outcome = json(of: element)
                guard case .known(let value) = outcome else { return outcome }
                array.append(value)
            }
            return .known(.array(array))
        case .object(let members):
            var object: [String: JSONValue] = [:]
            for member in members {
                let outcome = json(of: member.value)
                guard case .known(let value) = outcome else { return outcome }
                object[member.name] = value
            }
            return .known(.object(object))
        }
    }
}

private struct PlanActivation: CELActivation {
    let scope: PlanScope
    let references: [CELReference]

    func value(of name: String) throws(CELError) -> CELValue? {
        switch name {
        case "params":
            return .map(parameters())
        case "env": return .map(try environment())
        case "run" where references.allSatisfy({ $0.path.first != "run" || $0.path.starts(with: ["run", "name"]) }):
            return .map(CELMap([("name", .string(scope.workflow))]))
        default: throw .later
        }
    }

    func call(_ function: String, _ arguments: [CELValue]) throws(CELError) -> CELValue? {
        switch function {
        case "always": return .bool(true)
        case "success", "failure": throw .later
        default: return nil
        }
    }

    /// Those that the expression names; all where it does not say which.
    private func parameters() -> CELMap {
        var names: Set<String> = []
        for reference in references where reference.path.first == "params" {
            guard reference.path.count > 1 else {
                names = Set(scope.parameters.keys)
                break
            }
            names.insert(reference.path[1])
        }
        return CELMap(names.sorted().compactMap { name in scope.parameters[name].map { (name, CELValue($0)) } })
    }

    /// The variables that the expression names, each seen by what stands further out.
    private func environment() throws(CELError) -> CELMap {
        var names: [String] = []
        for reference in references where reference.path.first == "env" {
            guard reference.path.count > 1 else { throw .later }
            names.append(reference.path[1])
        }
        var map = CELMap()
        for name in names {
            guard
                let level = scope.environment.indices.last(where: { level in
                    scope.environment[level].contains { $0.name == name }
                }), let variable = scope.environment[level].last(where: { $0.name == name })
            else { continue }
            var outer = scope
            outer.environment = Array(scope.environment[..<level])
            let text = outer.text(of: variable.value)
            guard text.isKnown else {
                if let problem = text.problem { throw CELError(.host, "env.\(name): \(problem)") }
                throw .later
            }
            map.insert(.string(text.text), for: .string(name))
        }
        return map
    }
}

extension CELError {
    /// The run knows it, and the plan does not.
    fileprivate static let later = CELError(.host, "known when the run is there")

    /// The same error as `later`, where this one is that, wherever it came up.
    fileprivate var marked: CELError {
        var marked = CELError.later
        (marked.offset, marked.line, marked.column) = (offset, line, column)
        return marked
    }
}
