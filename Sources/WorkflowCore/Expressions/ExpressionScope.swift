internal import CEL
internal import JSON

/// Why an expression has no value here.
package struct ExpressionFailure: Error, Sendable, Equatable {
    package let message: String
    /// Of the step that fails by it.
    package let code: String

    package init(code: String = "expression_failed", message: String) {
        self.code = code
        self.message = message
    }
}

/// What the expressions of one step can see: parameters, declared environment, other steps, the run.
///
/// Only what an expression names is looked up, so evaluating costs nothing for the steps of a large run that it
/// does not mention.
struct ExpressionScope {
    let state: RunState
    let step: Int
    /// The number of the attempt that the expression is evaluated for.
    let attempt: Int
    /// The run's name in its store; unknown while the machine decides before the store has given it.
    var runID: String?
    /// nil where secrets may not be seen.
    var secrets: [String: String]?
    /// Expressions of environment variables see those of the levels further out: 0 workflow, 1 stage, 2 step.
    var environmentLevels = 3
    /// In place of what the step's outputs are known to be: those of a pass that has just ended.
    var ownOutputs: [String: JSONValue]?
    /// An item that there is no step for yet.
    var item: (variable: String, value: JSONValue)?

    init(_ state: RunState, step: Int, runID: String? = nil) {
        self.state = state
        self.step = step
        self.runID = runID ?? state.runID?.text
        switch state.steps[step].phase {
        case .running(let attempt), .sleeping(let attempt, _), .asking(let attempt, _, _): self.attempt = attempt.number
        case .inDoubt(let doubt): attempt = doubt.attempt.number
        case .blocked, .ready, .open, .awaitingLocks, .repeating, .retrying: attempt = state.steps[step].attempts + 1
        case .succeeded, .skipped, .failed, .cancelled: attempt = state.steps[step].attempts
        }
    }

    func value(of expression: CELExpression) throws(ExpressionFailure) -> CELValue {
        do throws(CELError) {
            return try expression.evaluate(in: Activation(scope: self, references: expression.references))
        } catch {
            throw failure(of: expression, error)
        }
    }

    /// Where secrets can be seen, the evaluator's message could quote one in part, which no masking would find.
    private func failure(of expression: CELExpression, _ error: CELError) -> ExpressionFailure {
        let failed = toleratedFailures(namedIn: expression).map {
            "; step \($0) has failed, which its continue_on_error tolerates, and outputs that it has not written are "
                + "missing"
        }.joined()
        guard let secrets, !secrets.isEmpty else {
            return ExpressionFailure(message: "`\(expression.source)`: \(error.message)" + failed)
        }
        return ExpressionFailure(
            message: "`\(expression.source)` cannot be evaluated (\(error.code.rawValue)); the details are withheld, "
                + "because secrets are in sight" + failed)
    }

    /// The steps that the expression names and that have failed without stopping the run.
    private func toleratedFailures(namedIn expression: CELExpression) -> [String] {
        var names: [String] = []
        for reference in expression.references where reference.path.first == "steps" && reference.path.count > 1 {
            let name = reference.path[1]
            guard !names.contains(name), state.state(ofStep: name)?.phase == .failed(isTolerated: true) else {
                continue
            }
            names.append(name)
        }
        return names
    }

    func isTrue(_ expression: CELExpression) throws(ExpressionFailure) -> Bool {
        switch try value(of: expression) {
        case .bool(let value): return value
        case let other:
            throw ExpressionFailure(
                message: "`\(expression.source)` gives a value of type \(other.type), where true or false is needed")
        }
    }

    func text(of template: Template) throws(ExpressionFailure) -> String {
        var text = ""
        for part in template.parts {
            switch part {
            case .text(let piece): text += piece
            case .expression(let expression): text += try self.text(of: expression)
            }
        }
        return text
    }

    func text(of expression: CELExpression) throws(ExpressionFailure) -> String {
        let value = try value(of: expression)
        do throws(CELError) {
            return try value.textForm()
        } catch {
            throw failure(of: expression, error)
        }
    }

    /// How long a sleep that begins `now` lasts, between zero and the longest wait.
    func length(of sleep: Sleep, at now: Timestamp) throws(ExpressionFailure) -> Milliseconds {
        switch sleep {
        case .duration(let length): return length
        case .computedDuration(let template):
            let text = try text(of: template)
            guard let length = Milliseconds(text: text) else {
                throw ExpressionFailure(message: "\"\(text)\" is not a duration such as 10s, 5m or 2h")
            }
            return length
        case .until(let template):
            let text = try text(of: template)
            guard let due = Timestamp(instant: text) else {
                throw ExpressionFailure(message: "\"\(text)\" is not an instant such as 2026-02-02T10:00:00Z")
            }
            let length = due.since(now)
            guard length <= .longest else {
                throw ExpressionFailure(
                    message: "\"\(text)\" is more than 366 days away, which is the longest wait")
            }
            return max(length, .zero)
        }
    }

    /// The list that a `foreach` goes through.
    func items(of foreach: Foreach) throws(ExpressionFailure) -> [JSONValue] {
        guard case .array(let items) = try json(of: foreach.items) else {
            throw ExpressionFailure(message: "they are not a list")
        }
        guard items.count <= RunState.itemsMax else {
            throw ExpressionFailure(message: "there are \(items.count); the limit is \(RunState.itemsMax)")
        }
        return items
    }

    func json(of template: ValueTemplate) throws(ExpressionFailure) -> JSONValue {
        switch template {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .double(let value): return .double(value)
        case .text(let template):
            guard let expression = template.wholeExpression else { return .string(try text(of: template)) }
            let value = try value(of: expression)
            do throws(CELError) { return try value.json() } catch { throw failure(of: expression, error) }
        case .array(let elements):
            var array: [JSONValue] = []
            array.reserveCapacity(elements.count)
            for element in elements { array.append(try json(of: element)) }
            return .array(array)
        case .object(let members):
            var object: [String: JSONValue] = [:]
            for member in members { object[member.name] = try json(of: member.value) }
            return .object(object)
        }
    }

    /// The innermost declaration of an environment variable that these levels can see.
    fileprivate func environmentVariable(_ name: String) -> (level: Int, value: Template)? {
        for level in (0..<environmentLevels).reversed() {
            if let variable = environment(at: level).last(where: { $0.name == name }) { return (level, variable.value) }
        }
        return nil
    }

    /// The variables declared by the workflow (0), the stage (1) or the step (2).
    func environment(at level: Int) -> [EnvironmentVariable] {
        switch level {
        case 0: return state.program.definition.environment
        case 1: return state.stage(ofStep: step).map { state.program.definition.stages[$0].environment } ?? []
        default: return state.step(step).environment
        }
    }
}

/// The values of one evaluation, by the names that were asked for.
private final class KnownValues {
    var values: [String: CELValue?] = [:]
}

private struct Activation: CELActivation {
    let scope: ExpressionScope
    let references: [CELReference]
    /// What was looked up: a comprehension asks for the same things once for every element.
    private let known = KnownValues()

    init(scope: ExpressionScope, references: [CELReference]) {
        self.scope = scope
        self.references = references
    }

    func value(of name: String) throws(CELError) -> CELValue? {
        if let value = known.values[name] { return value }
        let value = try look(up: name)
        known.values[name] = .some(value)
        return value
    }

    private func look(up name: String) throws(CELError) -> CELValue? {
        switch name {
        case "params": return .map(parameters())
        case "steps": return .map(try steps())
        case "stages": return .map(stages())
        case "env": return .map(try environment())
        case "run": return .map(run())
        case "attempt": return .int(Int64(scope.attempt))
        case "secrets":
            return scope.secrets.map { .map(CELMap($0.sorted { $0.key < $1.key }.map { ($0, .string($1)) })) }
        default: return item(name)
        }
    }

    /// The innermost `foreach` variable of that name.
    private func item(_ name: String) -> CELValue? {
        if let item = scope.item, item.variable == name { return CELValue(item.value) }
        let state = scope.state
        for number in [scope.step] + state.ancestors(ofStep: scope.step) {
            guard let item = state.instances[number].item, let parent = state.instances[number].parent,
                state.step(number).foreach?.variable == name
            else { continue }
            return state.containers[parent].map { CELValue($0.items[item]) }
        }
        return nil
    }

    func call(_ function: String, _ arguments: [CELValue]) throws(CELError) -> CELValue? {
        guard arguments.isEmpty else { return nil }
        switch function {
        case "always": return .bool(true)
        case "failure": return .bool(hasFailed)
        case "success": return .bool(!hasFailed)
        default: return nil
        }
    }

    /// Something of the run has failed that was not tolerated. While owed work runs, the ending tells.
    private var hasFailed: Bool {
        if let ending = scope.state.endingStatus, ending != .completed { return true }
        return scope.state.hasFailure(around: scope.step)
    }

    /// The names that the expression asks `root` for, or nil when it asks for all.
    private func names(of root: String) -> [String]? {
        var names: [String] = []
        for reference in references where reference.path.first == root {
            guard reference.path.count > 1 else { return nil }
            names.append(reference.path[1])
        }
        return names
    }

    private func parameters() -> CELMap {
        let all = scope.state.created?.parameters ?? [:]
        let names = (names(of: "params") ?? Array(all.keys)).sorted()
        return CELMap(names.compactMap { name in all[name].map { (name, CELValue($0)) } })
    }

    private func steps() throws(CELError) -> CELMap {
        let program = scope.state.program
        let lines = names(of: "steps")?.compactMap { program.number(ofStep: $0) } ?? Array(program.lines.indices)
        var map = CELMap()
        for line in lines {
            let (status, outputs) = step(line)
            map.insert(
                .map(CELMap([("status", .string(status.rawValue)), ("outputs", CELValue(outputs))])),
                for: .string(program.lines[line].step.name))
        }
        return map
    }

    /// A step as it looks from here: beside and around, the instance of the same item; into the items of a `foreach`,
    /// all of them.
    private func step(_ line: Int) -> (StepStatus, JSONValue) {
        let state = scope.state
        if let own = ([scope.step] + state.ancestors(ofStep: scope.step)).first(where: {
            state.instances[$0].line == line
        }) {
            if own == scope.step, let outputs = scope.ownOutputs, !state.isContainer(own) {
                return (state.status(ofStep: own), .object(outputs))
            }
            return (state.status(ofStep: own), state.outputs(ofStep: own))
        }
        return seen(line, from: scope.step)
    }

    private func seen(_ line: Int, from step: Int) -> (StepStatus, JSONValue) {
        let program = scope.state.program
        // From the outermost step around the line inwards.
        var path = [line]
        while let parent = program.lines[path[0]].parent { path.insert(parent, at: 0) }
        let around = [step] + scope.state.ancestors(ofStep: step)
        var start = 0
        var number = path[0]
        // What both stand in is the same instance for both.
        for (depth, part) in path.enumerated() {
            guard let own = around.first(where: { scope.state.instances[$0].line == part }) else { break }
            (start, number) = (depth, own)
        }
        return descend(from: number, path[start...])
    }

    /// The step at the end of the path, for each item on the way: a list where there are items.
    private func descend(from number: Int, _ path: ArraySlice<Int>) -> (StepStatus, JSONValue) {
        let state = scope.state
        guard path.count > 1, let next = path.dropFirst().first else {
            return (state.status(ofStep: number), state.outputs(ofStep: number))
        }
        guard let container = state.containers[number] else { return (.pending, .object([:])) }
        if state.isForeach(number) {
            return (state.status(ofStep: number), .array(container.children.map { descend(from: $0, path).1 }))
        }
        let child =
            container.children.lowerBound + next - state.program.lines[path[path.startIndex]].children.lowerBound
        return descend(from: child, path.dropFirst())
    }

    private func stages() -> CELMap {
        let state = scope.state
        return CELMap(
            state.program.definition.stages.enumerated().map { number, stage in
                let known = state.stages[number]
                let status =
                    known.isComplete
                    ? "complete" : !known.isEntered ? "pending" : known.stoppers > 0 ? "failed" : "running"
                return (stage.name, .map(CELMap([("status", .string(status))])))
            })
    }

    private func environment() throws(CELError) -> CELMap {
        var names = names(of: "env") ?? []
        if self.names(of: "env") == nil {
            for level in 0..<scope.environmentLevels { names += scope.environment(at: level).map(\.name) }
        }
        var map = CELMap()
        for name in names {
            guard let (level, template) = scope.environmentVariable(name) else { continue }
            var outer = scope
            outer.environmentLevels = level
            do throws(ExpressionFailure) {
                map.insert(.string(try outer.text(of: template)), for: .string(name))
            } catch {
                throw CELError(.host, "env.\(name): \(error.message)")
            }
        }
        return map
    }

    private func run() -> CELMap {
        var members: [(String, CELValue)] = [
            ("name", .string(scope.state.program.definition.name)),
            ("status", .string(scope.state.statusInExpressions.rawValue)),
        ]
        if let id = scope.state.nameOfRun ?? scope.runID { members.append(("id", .string(id))) }
        if let id = scope.runID { members.append(("local_id", .string(id))) }
        if let started = scope.state.startedAt { members.append(("started_at", .string(started.text))) }
        return CELMap(members)
    }
}
