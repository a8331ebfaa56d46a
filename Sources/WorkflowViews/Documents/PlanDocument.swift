internal import CEL
internal import ExecutorKit
internal import JSON
package import WorkflowCore
package import WorkflowDefinitions
package import WorkflowExecutors

/// A plan as data: what `plan -o json` prints. Texts hold the values that are known; what only the run can tell stands
/// in them as `${{ … }}`.
package struct PlanDocument {
    package let plan: RunPlan
    /// Of executors that were asked what they would do, by the name of the step.
    package var answers: [String: PlanAnswer] = [:]

    package init(plan: RunPlan, answers: [String: PlanAnswer] = [:]) {
        self.plan = plan
        self.answers = answers
    }

    /// - Parameter warnings: of the definition.
    package func document(hash: String, _ warnings: [Diagnostic]) -> Document {
        let definition = plan.definition
        return .members([
            "workflow": .string(definition.name),
            "description": .text(definition.description),
            "definition_hash": .string(hash),
            "params": .object(plan.parameters),
            "secrets": .list(definition.secrets.map { .string($0.name) }),
            "max_parallel": .int(Int64(definition.maxParallel)),
            "concurrency": group,
            "stages": .list(
                plan.stages.map { planned in
                    .members([
                        "name": .string(planned.stage.name),
                        "on_failure": planned.stage.onFailure.map {
                            .members(["return_to": .string($0.stage), "limit": .int(Int64($0.limit))])
                        } ?? .null,
                        "steps": .list(planned.steps.map(step)),
                    ])
                }),
            "on_exit": .list(plan.onExit.map(step)),
            "warnings": .list(warnings.map(DiagnosticDocument.of)),
        ])
    }

    private var group: Document {
        guard let group = plan.group, let policy = plan.definition.concurrency?.onConflict else { return .null }
        return .members(["group": .string(group.text), "on_conflict": .string(policy.rawValue)])
    }

    private func step(_ planned: PlannedStep) -> Document {
        let step = planned.step
        return .members([
            "name": .string(step.name),
            "kind": .string(kind(step)),
            "after": .list(planned.after.map { .string($0) }),
            "if": planned.condition.map {
                .members(["expression": .string($0.source), "value": $0.holds.map { .bool($0) } ?? .null])
            } ?? .null,
            "foreach": foreach(planned),
            "repeat": step.loop.map {
                .members([
                    "until": .string($0.until.source), "limit": .int(Int64($0.limit)), "delay": .string($0.delay.text),
                ])
            } ?? .null,
            "locks": .list(planned.locks.map { .string($0.text) }),
            "lock_timeout": planned.locks.isEmpty ? .null : .string(step.lockTimeout.text),
            "wait": wait(planned),
            "run": .text(planned.command?.text),
            "call": call(planned),
            "env": .map(
                planned.environment.map { Document.Member(key: $0.name, value: .string($0.value.text)) }),
            "working_directory": .text(planned.workingDirectory?.text),
            "probe": .text(planned.probe?.text),
            "verify": .text(planned.verify?.text),
            "undo": .text(planned.undo?.text),
            "timeout": !step.startsProcess ? .null : .string(step.timeout.text),
            "retry": retry(step.retry),
            "on_doubt": .string((planned.call?.onDoubt ?? step.onDoubt).rawValue),
            "continue_on_error": .bool(step.continueOnError),
            "problems": .list(planned.problems.map { .string($0) }),
            "steps": .list(planned.steps.map(self.step)),
        ])
    }

    private func call(_ planned: PlannedStep) -> Document {
        guard let call = planned.call else { return .null }
        return .members([
            "uses": .string(call.name), "with": .string(call.with), "effect": .text(call.effect?.rawValue),
            "supports": .list(call.supports.map { .string($0) }),
            "plan": answers[planned.step.name].map(answer) ?? .null,
        ])
    }

    private func answer(_ answer: PlanAnswer) -> Document {
        switch answer {
        case .planned(let lines, let isWhole):
            .members(["lines": .list(lines.map { .string($0) }), "whole": .bool(isWhole), "problem": .null])
        case .failed(let message): .members(["lines": .list([]), "whole": .null, "problem": .string(message)])
        }
    }

    private func kind(_ step: Step) -> String {
        switch step.action {
        case .run: "run"
        case .call: "call"
        case .sleep: "sleep"
        case .signal: "signal"
        case .approval: "approval"
        case .group: "group"
        }
    }

    private func foreach(_ planned: PlannedStep) -> Document {
        guard let foreach = planned.step.foreach, let items = planned.items else { return .null }
        return .members([
            "as": .string(foreach.variable),
            "items": items.source.isEmpty ? .null : .string(items.source),
            "count": items.count.map { .int(Int64($0)) } ?? .null,
            "first": .list(items.first.map { Document($0) }),
            "max_parallel": foreach.maxParallel.map { .int(Int64($0)) } ?? .null,
            "continue_on_error": .bool(foreach.continueOnError),
        ])
    }

    private func wait(_ planned: PlannedStep) -> Document {
        let text = planned.wait?.text ?? ""
        switch planned.step.action {
        case .run, .group, .call: return .null
        case .sleep(.until): return .members(["until": .string(text)])
        case .sleep: return .members(["for": .string(text)])
        case .signal(let signal):
            return .members([
                "signal": .string(text), "timeout": .string(signal.timeout.text),
                "on_timeout": .string(signal.onTimeout.rawValue),
            ])
        case .approval(let approval):
            return .members([
                "approval": .string(text), "approvers": .list(planned.approvers.map { .string($0.text) }),
                "timeout": .string(approval.timeout.text), "on_timeout": .string(approval.onTimeout.rawValue),
            ])
        }
    }

    private func retry(_ retry: RetryPolicy) -> Document {
        .members([
            "limit": .int(Int64(retry.limit)), "delay": .string(retry.delay.text), "backoff": .double(retry.backoff),
            "max_delay": .string(retry.maxDelay.text), "jitter": .double(retry.jitter),
            "exit_codes": .list(retry.exitCodes.map { .int(Int64($0)) }),
            "codes": .list(retry.codes.map { .string($0) }),
        ])
    }
}
