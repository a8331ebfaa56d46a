internal import ExecutorKit
internal import JSON
internal import WorkflowCore
internal import WorkflowExecutors

/// What the executors of a plan's calls say that they would do. Asked are those that can plan, for calls that are not
/// skipped and whose `with` is known before the run.
struct ExecutorPlans {
    /// Further ones are counted.
    static let callsMax = 100
    private static let atOnce = 4

    static let none = ExecutorPlans(answers: [:], notAsked: 0)

    /// By the name of the step.
    let answers: [String: PlanAnswer]
    let notAsked: Int

    private init(answers: [String: PlanAnswer], notAsked: Int) {
        (self.answers, self.notAsked) = (answers, notAsked)
    }

    /// - Parameter file: the definition's, absolute.
    init(of plan: RunPlan, from executors: ExecutorPrograms, beside file: String) async {
        var calls: [(stage: String?, step: PlannedStep)] = []
        for planned in plan.stages {
            for step in planned.steps { ExecutorPlans.gather(step, planned.stage.name, into: &calls) }
        }
        for step in plan.onExit { ExecutorPlans.gather(step, nil, into: &calls) }
        let asked = calls.prefix(ExecutorPlans.callsMax)
        answers = await withTaskGroup(of: (String, PlanAnswer)?.self) { group in
            var answers: [String: PlanAnswer] = [:]
            for (number, call) in asked.enumerated() {
                if number >= ExecutorPlans.atOnce, let done = await group.next(), let (step, answer) = done {
                    answers[step] = answer
                }
                group.addTask {
                    await ExecutorPlans.answer(call.step, call.stage, executors, file).map { (call.step.step.name, $0) }
                }
            }
            for await case (let step, let answer)? in group { answers[step] = answer }
            return answers
        }
        notAsked = calls.count - asked.count
    }

    private static func gather(
        _ planned: PlannedStep, _ stage: String?, into calls: inout [(stage: String?, step: PlannedStep)]
    ) {
        guard planned.condition?.holds != false else { return }
        if let call = planned.call, call.values != nil, call.supports.contains(ExecutorDescriptor.Verb.plan.rawValue) {
            calls.append((stage, planned))
        }
        for step in planned.steps { gather(step, stage, into: &calls) }
    }

    private static func answer(
        _ planned: PlannedStep, _ stage: String?, _ executors: ExecutorPrograms, _ file: String
    ) async -> PlanAnswer? {
        guard case .call(let call) = planned.step.action, let with = planned.call?.values,
            case .described(let found) = await executors.executor(call.name.group, beside: file),
            let operation = found.descriptor.operation(call.name.operation)
        else { return nil }
        let request = ExecutorRequest(
            with: with, run: "", stage: stage, step: planned.step.name, attempt: 1, idempotencyKey: "", fencingToken: 0,
            workspace: "")
        return await executors.plan(operation, of: found.program, request)
    }
}
