internal import CEL
package import ExecutorKit
package import JSON

/// What a run of a definition would do, told from the definition and its parameters alone.
package struct RunPlan: Sendable {
    package let definition: Definition
    package let parameters: [String: JSONValue]
    /// The name of the group whose runs never overlap.
    package let group: PlannedText?
    package let stages: [PlannedStage]
    package let onExit: [PlannedStep]

    /// - Parameter executors: what is known of those that the definition calls.
    package init(_ definition: Definition, parameters: [String: JSONValue], executors: [CalledExecutor] = []) {
        self.definition = definition
        self.parameters = parameters
        var scope = PlanScope(parameters: parameters, workflow: definition.name)
        scope.executors = CalledExecutors(executors)
        scope.environment = [definition.environment]
        group = definition.concurrency.map { scope.text(of: $0.group) }
        stages = definition.stages.map { stage in
            var inside = scope
            inside.environment.append(stage.environment)
            return PlannedStage(stage: stage, steps: stage.steps.map { PlannedStep($0, among: stage.steps, inside) })
        }
        scope.environment.append([])
        onExit = definition.onExit.map { PlannedStep($0, among: definition.onExit, scope) }
    }

    /// Every step at any depth, in the definition's order, and whether it is sure to run as far as conditions and items
    /// tell.
    package var allSteps: [(step: PlannedStep, isCertain: Bool)] {
        var steps: [(step: PlannedStep, isCertain: Bool)] = []
        var waiting = (stages.flatMap(\.steps) + onExit).reversed().map { ($0, true) }
        while let (step, isReached) = waiting.popLast() {
            let isCertain = isReached && (step.condition.map { $0.holds == true || $0.problem != nil } ?? true)
            steps.append((step, isCertain))
            let hasItems = step.items.map { $0.count ?? 0 > 0 } ?? true
            waiting += step.steps.reversed().map { ($0, isCertain && hasItems) }
        }
        return steps
    }
}

/// Text in which every expression has its value, or stands as it was written.
package struct PlannedText: Sendable, Equatable {
    package var text: String
    package var isKnown: Bool
    /// Why an expression can have no value at all.
    package var problem: String?

    package init(text: String, isKnown: Bool, problem: String? = nil) {
        self.text = text
        self.isKnown = isKnown
        self.problem = problem
    }

    mutating func append(_ other: PlannedText) {
        text += other.text
        isKnown = isKnown && other.isKnown
        problem = problem ?? other.problem
    }
}

package struct PlannedStage: Sendable {
    package let stage: Stage
    package let steps: [PlannedStep]
}

package struct PlannedItems: Sendable, Equatable {
    package static let shownMax = 5

    /// As it was written; empty where the items stand in the definition themselves.
    package let source: String
    /// nil where only the run can tell.
    package let count: Int?
    package let first: [JSONValue]
    package let problem: String?
}

package struct PlannedCondition: Sendable, Equatable {
    package let source: String
    /// nil where only the run can tell.
    package let holds: Bool?
    package let problem: String?
}

/// What an executor will be asked, as far as it is known.
package struct PlannedCall: Sendable, Equatable {
    /// `GROUP/OPERATION`
    package let name: String
    /// Compact JSON; what only the run can tell stands as its expression.
    package let with: String
    /// nil where nothing is known of the executor, or only the run can tell.
    package let effect: OperationEffect.Word?
    /// What the executor can be asked beside `run`.
    package let supports: [String]
    /// When its outcome is unknown and no probe could tell.
    package let onDoubt: DoubtPolicy
    /// `with` as values, without its defaults; nil where some of it is known to the run alone.
    package let values: JSONValue?

    init?(_ step: Step, _ scope: PlanScope) {
        guard case .call(let call) = step.action else { return nil }
        name = call.name.text
        with = call.with.text(scope.json)
        if case .known(let known) = scope.json(of: call.with) { values = known } else { values = nil }
        let traits = scope.executors[call.name]
        supports = (traits?.supports ?? []).map(\.rawValue)
        switch traits?.effect {
        case .word(let word)?: effect = word
        case .computed(let expression)?:
            var with = traits?.defaults ?? [:]
            if case .object(let members) = call.with {
                for member in members {
                    with[member.name] = nil
                    if case .known(let value) = scope.json(of: member.value) { with[member.name] = value }
                }
            }
            effect = OperationEffect.known(of: expression, with: .object(with))
        case nil: effect = nil
        }
        let isRepeatable = call.isIdempotent ?? effect?.isRepeatable ?? false
        onDoubt = call.onDoubt ?? (isRepeatable ? .retry : .ask)
    }
}

/// A step with what is known of it before it runs.
package struct PlannedStep: Sendable {
    package let step: Step
    /// The names of the steps that it starts after; empty: at once.
    package let after: [String]
    package let condition: PlannedCondition?
    package let command: PlannedText?
    package let call: PlannedCall?
    package let probe: PlannedText?
    package let verify: PlannedText?
    package let undo: PlannedText?
    package let environment: [(name: String, value: PlannedText)]
    package let workingDirectory: PlannedText?
    /// What a `sleep` lasts, the name of a signal, or the prompt of an approval.
    package let wait: PlannedText?
    package let approvers: [PlannedText]
    package let items: PlannedItems?
    package let locks: [PlannedText]
    /// The steps of a group.
    package let steps: [PlannedStep]

    init(_ step: Step, among siblings: [Step], _ outer: PlanScope) {
        self.step = step
        after = step.needs.map { siblings[$0].name }
        // Variables of a step see those further out, and scripts see all.
        let inside = outer
        var scope = outer
        scope.environment.append(step.environment)
        condition = step.condition.map { PlannedStep.condition($0, scope) }
        call = PlannedCall(step, scope)
        command = step.script(.run).map { scope.text(of: $0) }
        probe = step.probe.map { scope.text(of: $0) }
        verify = step.verify.map { scope.text(of: $0) }
        undo = step.undo.map { scope.text(of: $0) }
        environment = step.environment.map { ($0.name, inside.text(of: $0.value)) }
        workingDirectory = step.workingDirectory.map { scope.text(of: $0) }
        locks = step.locks.map { scope.text(of: $0) }
        items = step.foreach.map { scope.items(of: $0) }
        switch step.action {
        case .run, .call:
            (wait, approvers, steps) = (nil, [], [])
        case .sleep(.duration(let length)):
            (wait, approvers, steps) = (PlannedText(text: length.text, isKnown: true), [], [])
        case .sleep(.computedDuration(let template)), .sleep(.until(let template)):
            (wait, approvers, steps) = (scope.text(of: template), [], [])
        case .signal(let signal): (wait, approvers, steps) = (scope.text(of: signal.name), [], [])
        case .approval(let approval):
            (wait, approvers, steps) = (
                scope.text(of: approval.prompt), scope.approvers(of: approval), []
            )
        case .group(let inner):
            // A group's own variables are not those of its steps.
            (wait, approvers) = (nil, [])
            steps = inner.map { PlannedStep($0, among: inner, inside) }
        }
    }

    private static func condition(_ condition: Condition, _ scope: PlanScope) -> PlannedCondition {
        let source = condition.expression.source
        switch scope.outcome(of: condition.expression) {
        case .known(.bool(let holds)): return PlannedCondition(source: source, holds: holds, problem: nil)
        case .known(let value):
            return PlannedCondition(
                source: source, holds: nil, problem: "it gives a value of type \(value.type), not true or false")
        case .later: return PlannedCondition(source: source, holds: nil, problem: nil)
        case .invalid(let message): return PlannedCondition(source: source, holds: nil, problem: message)
        }
    }

    /// Everything about it that cannot have a value in any run.
    package var problems: [String] {
        let texts = [command, probe, verify, undo, workingDirectory, wait].compactMap { $0 } + approvers + locks
        return [condition?.problem, items?.problem].compactMap { $0 } + texts.compactMap(\.problem)
            + environment.compactMap(\.value.problem)
    }
}
