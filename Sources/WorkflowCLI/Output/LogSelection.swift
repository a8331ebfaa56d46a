internal import JSON
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowViews

/// Which attempts' logs are printed: of all steps, of a step with all that it holds, or of a stage.
struct LogSelection: Sendable {
    /// Steps, each with what it holds; nil: all.
    private let steps: [String]?
    /// Only the attempt with this number.
    let attempt: Int?

    /// - Parameter word: a step or a stage of the run; nil: all.
    /// - Returns: nil where the run has neither.
    init?(_ word: String?, attempt: Int?, of state: RunState) {
        self.attempt = attempt
        guard let word else {
            steps = nil
            return
        }
        let definition = state.program.definition
        let written = definition.stages.flatMap(\.steps) + definition.onExit
        if let step = LogSelection.step(word, in: written) {
            steps = LogSelection.names(in: step)
        } else if state.number(ofStep: word) != nil {
            steps = [word]
        } else if let stage = state.stage(named: word) {
            steps = definition.stages[stage].steps.flatMap(LogSelection.names)
        } else {
            return nil
        }
    }

    private static func step(_ name: String, in steps: [Step]) -> Step? {
        for step in steps {
            if step.name.isSame(as: name) { return step }
            if let inner = LogSelection.step(name, in: inside(step)) { return inner }
        }
        return nil
    }

    private static func names(in step: Step) -> [String] { [step.name] + inside(step).flatMap(names) }

    /// The steps of a group. What a `foreach` holds has its name in front.
    private static func inside(_ step: Step) -> [Step] {
        guard step.foreach == nil, case .group(let inner) = step.action else { return [] }
        return inner
    }

    func contains(_ log: AttemptLog) -> Bool {
        if let attempt, log.attempt != attempt { return false }
        return steps.map { $0.contains { LogSelection.holds($0, log.step) } } ?? true
    }

    /// `upgrade` holds `upgrade[n1]` and `upgrade[n1].drain`.
    private static func holds(_ step: String, _ name: String) -> Bool {
        guard name.utf8.starts(with: step.utf8) else { return false }
        let next = name.utf8.dropFirst(step.utf8.count).first
        return next == nil || next == UInt8(ascii: "[") || next == UInt8(ascii: ".")
    }
}
