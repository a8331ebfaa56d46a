internal import JSON
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore

/// A run as data: the one shape of `run`, `resume` and `show`.
enum RunDocument {
    /// - Parameter more: members that somebody asked for.
    static func of(_ view: RunView, _ commands: CommandTexts, more: [Document.Member] = []) -> Document {
        let state = view.state
        var members: [Document.Member] = [
            Document.Member(key: "run", value: .string(view.record.id.text)),
            Document.Member(key: "workflow", value: .string(view.record.workflow)),
            Document.Member(key: "status", value: .string(state.status.rawValue)),
            Document.Member(key: "stage", value: .string(state.stageName)),
            Document.Member(key: "failures", value: .int(Int64(state.status == .completed ? state.failureCount : 0))),
            Document.Member(key: "driven", value: .bool(view.isDriven)),
            Document.Member(key: "checkpoint", value: .text(view.record.checkpoint?.text)),
            Document.Member(key: "forked_from", value: .text(state.created?.forkedFrom)),
            Document.Member(key: "steps", value: .list(state.stepsInOrder().map { step($0, of: state) })),
        ]
        if let command = commands.resume(view) {
            members.append(Document.Member(key: "resume_command", value: .string(command)))
        }
        members.append(Document.Member(key: "error", value: failure(state.failure)))
        members.append(Document.Member(key: "parent_run", value: .text(view.record.parent?.text)))
        return .map(members + more)
    }

    /// One element of `steps`.
    static func step(_ number: Int, of state: RunState, more: [Document.Member] = []) -> Document {
        let step = state.steps[number]
        let members = [
            Document.Member(key: "name", value: .string(state.name(ofStep: number))),
            Document.Member(key: "stage", value: .string(state.stageName(ofStep: number))),
            Document.Member(key: "status", value: .string(state.status(ofStep: number).rawValue)),
            Document.Member(key: "attempts", value: .int(Int64(step.attempts))),
            Document.Member(key: "outputs", value: Document(state.outputs(ofStep: number))),
            Document.Member(key: "error", value: error(of: step)),
            Document.Member(key: "losses", value: losses(step.losses)),
        ]
        return .map(members + more)
    }

    /// What was lost of an attempt; null where nothing was.
    static func losses(_ losses: AttemptLosses?) -> Document {
        guard let losses else { return .null }
        return .members([
            "log_lost_bytes": .int(Int64(losses.lostLogBytes)),
            "log_omitted_bytes": .int(Int64(losses.omittedLogBytes)),
            "ended_processes": .int(Int64(losses.endedProcesses)),
        ])
    }

    /// A step in doubt has an error too: why its outcome is not known.
    private static func error(of step: StepState) -> Document {
        if case .inDoubt(let doubt) = step.phase {
            return .members([
                "code": .string(doubt.failure?.code ?? "in_doubt"), "message": .string(doubt.reason),
            ])
        }
        if let drift = step.drift { return .members(["code": .string("drifted"), "message": .string(drift.message)]) }
        return failure(step.failure)
    }

    private static func failure(_ failure: Failure?) -> Document {
        guard let failure else { return .null }
        return .members(["code": .string(failure.code), "message": .string(failure.message)])
    }

    /// One element of `list`.
    ///
    /// - Parameter children: the runs that steps of it started.
    static func listed(_ record: RunRecord, children: [RunRecord]) -> Document {
        .members([
            "run": .string(record.id.text),
            "workflow": .string(record.workflow),
            "status": .string(record.projection.status.rawValue),
            "stage": .string(record.projection.stage),
            "checkpoint": .text(record.checkpoint?.text),
            "created_at": .string(record.createdAt.text),
            "updated_at": .string(record.updatedAt.text),
            "failures": .int(Int64(record.projection.failures)),
            "labels": .object(record.labels.mapValues { .string($0) }),
            "parent_run": .text(record.parent?.text),
            "children": .list(children.map { .string($0.id.text) }),
        ])
    }

    /// The runs that steps of a run started.
    static func children(_ records: [RunRecord]) -> Document.Member {
        Document.Member(
            key: "children",
            value: .list(
                records.map {
                    .members(["run": .string($0.id.text), "status": .string($0.projection.status.rawValue)])
                }))
    }
}
