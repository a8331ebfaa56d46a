internal import AttemptProtocol
internal import JSON
package import WorkflowCore
package import WorkflowDefinitions
package import WorkflowEngine
package import WorkflowStore

/// A run as data: the one shape of `run`, `resume` and `show`.
package enum RunDocument {
    /// - Parameters:
    ///   - warnings: of the definition, where the command has read one.
    ///   - more: members that somebody asked for.
    package static func of(
        _ view: RunView, file: RunFile, children: [RunRecord], warnings: [Diagnostic] = [], _ commands: CommandTexts,
        more: [Document.Member] = []
    ) -> Document {
        let state = view.state
        let record = view.record
        var members: [Document.Member] = [
            Document.Member(key: "run", value: .string(record.id.text)),
            Document.Member(key: "workflow", value: .string(record.workflow)),
            Document.Member(key: "status", value: .string(state.status.rawValue)),
            Document.Member(key: "stage", value: .string(state.stageName)),
            Document.Member(key: "failures", value: .int(Int64(state.status == .completed ? state.failureCount : 0))),
            Document.Member(key: "counts", value: counts(StepCount(state))),
            Document.Member(key: "driven", value: .bool(view.isDriven)),
            Document.Member(key: "driven_by", value: driver(of: view)),
            Document.Member(key: "interrupted", value: .bool(view.isInterrupted)),
            Document.Member(key: "checkpoint", value: .text(record.checkpoint?.text)),
            Document.Member(key: "labels", value: .object(record.labels.mapValues { .string($0) })),
            Document.Member(key: "params", value: .object(state.created?.parameters ?? [:])),
            Document.Member(key: "created_at", value: .string(record.createdAt.text)),
            Document.Member(key: "updated_at", value: .string(record.updatedAt.text)),
            Document.Member(key: "ended_at", value: state.status.hasEnded ? .string(record.updatedAt.text) : .null),
            Document.Member(key: "created_by", value: .string(record.createdBy)),
            Document.Member(key: "user", value: .text(state.created?.context.user)),
            Document.Member(key: "host", value: .string(record.host)),
            Document.Member(key: "working_directory", value: .text(state.created?.context.workingDirectory)),
            Document.Member(key: "definition", value: .string(record.definitionHash)),
            Document.Member(key: "file", value: described(file)),
            Document.Member(key: "forked_from", value: .text(state.created?.forkedFrom)),
            Document.Member(key: "concurrency", value: concurrency(of: state)),
            Document.Member(key: "steps", value: .list(state.stepsInOrder().map { step($0, of: state, view: view) })),
            Document.Member(key: "waits", value: waits(of: view, commands)),
            Document.Member(key: "requests", value: requests(of: view)),
        ]
        if let command = commands.resume(view) {
            members.append(Document.Member(key: "resume_command", value: .string(command)))
        }
        members.append(Document.Member(key: "error", value: failure(state.failure)))
        members.append(Document.Member(key: "parent_run", value: .text(view.record.parent?.text)))
        members.append(RunDocument.children(children))
        let stop = state.status.canBeResumed && !view.isDriven ? state.stop : nil
        members.append(Document.Member(key: "stopped_by", value: .text(stop?.told)))
        members.append(Document.Member(key: "warnings", value: .list(warnings.map(DiagnosticDocument.of))))
        return .map(members + more)
    }

    /// What was asked of it, while no process is there that does it.
    private static func requests(of view: RunView) -> Document {
        .list(
            view.requests.map {
                .members([
                    "request": .string($0.spoken), "step": .text($0.step), "by": .string($0.actor.told),
                    "at": .string($0.at.text),
                ])
            })
    }

    /// The numbers of tree and text.
    private static func counts(_ count: StepCount) -> Document {
        .members([
            "steps": .int(Int64(count.all)), "steps_done": .int(Int64(count.done)), "items": .int(Int64(count.items)),
            "items_done": .int(Int64(count.itemsDone)), "failed": .int(Int64(count.failed)),
        ])
    }

    /// The process that drives it now.
    private static func driver(of view: RunView) -> Document {
        guard view.isDriven, let driver = view.state.driver else { return .null }
        return .members([
            "host": .string(driver.host), "pid": .int(Int64(driver.processID)), "since": .string(driver.since.text),
        ])
    }

    /// Where the definition was read from, and whether that is still the same.
    private static func described(_ file: RunFile) -> Document {
        guard let path = file.path else { return .null }
        return .members(["path": .string(path), "change": .text(file.change)])
    }

    private static func concurrency(of state: RunState) -> Document {
        guard let concurrency = state.concurrency else { return .null }
        return .members(["group": .string(concurrency.group), "held": .bool(concurrency.isHeld)])
    }

    /// What it waits for; of a run whose process is gone also what a resume would ask.
    private static func waits(of view: RunView, _ commands: CommandTexts) -> Document {
        .list(view.waits.map { WaitDocument.of($0, in: view, commands) })
    }

    /// One element of `steps`.
    ///
    /// - Parameter view: tells what became of attempts that no process waits for.
    package static func step(
        _ number: Int, of state: RunState, view: RunView? = nil, more: [Document.Member] = []
    ) -> Document {
        let step = state.steps[number]
        var members = [
            Document.Member(key: "name", value: .string(state.name(ofStep: number))),
            Document.Member(key: "stage", value: .string(state.stageName(ofStep: number))),
            Document.Member(key: "status", value: .string(state.status(ofStep: number).rawValue)),
            Document.Member(key: "attempts", value: .int(Int64(step.attempts))),
            Document.Member(key: "outputs", value: Document(state.outputs(ofStep: number))),
            Document.Member(key: "error", value: error(of: step)),
            Document.Member(key: "losses", value: losses(step.losses)),
            Document.Member(key: "started_at", value: .text(step.startedAt?.text)),
            Document.Member(key: "ended_at", value: .text(step.hasEnded ? step.endedAt?.text : nil)),
        ]
        if let progress = view?.report(state.name(ofStep: number))?.progress {
            members.append(
                Document.Member(
                    key: "progress",
                    value: .members([
                        "message": .text(progress.message), "done": progress.done.map { .double($0) } ?? .null,
                        "total": progress.total.map { .double($0) } ?? .null,
                    ])))
        }
        if view?.report(state.name(ofStep: number))?.isNotEnding == true {
            members.append(Document.Member(key: "not_ending", value: .bool(true)))
        }
        if let open = view?.open(state.name(ofStep: number)) {
            members.append(Document.Member(key: "found", value: .string(open.spoken(in: state))))
        }
        return .map(members + more)
    }

    /// What was lost of an attempt; null where nothing was.
    package static func losses(_ losses: AttemptLosses?) -> Document {
        guard let losses else { return .null }
        return .members([
            "log_lost_bytes": .int(Int64(losses.lostLogBytes)),
            "log_omitted_bytes": .int(Int64(losses.omittedLogBytes)),
            "ended_processes": .int(Int64(losses.endedProcesses)),
            "refused_events": .int(Int64(losses.refusedEvents)),
            "event_problem": .text(losses.eventProblem),
        ])
    }

    /// A step in doubt has an error too: why its outcome is not known.
    private static func error(of step: StepState) -> Document {
        if case .inDoubt(let doubt) = step.phase {
            return ErrorDocument.of(code: doubt.failure?.code ?? "in_doubt", message: doubt.reason)
        }
        if let doubt = step.openDoubt, step.phase == .cancelled {
            return ErrorDocument.of(code: "in_doubt", message: "cancelled while its outcome was not known: \(doubt)")
        }
        if let drift = step.drift { return ErrorDocument.of(code: "drifted", message: drift.message) }
        return failure(step.failure)
    }

    private static func failure(_ failure: Failure?) -> Document {
        guard let failure else { return .null }
        guard let advice = failure.advice else {
            return ErrorDocument.of(code: failure.code, message: failure.message)
        }
        return .members([
            "code": .string(failure.code), "message": .string(failure.message),
            "docs": .text(ErrorDocument.command(failure.code)), "retry": .text(advice.retry?.rawValue),
            "after": .text(advice.after?.text), "effect": .text(advice.effect?.rawValue),
        ])
    }

    /// One element of `list`.
    ///
    /// - Parameters:
    ///   - view: of a run that has not ended and could be read.
    ///   - children: the runs that steps of it started.
    package static func listed(
        _ record: RunRecord, _ view: RunView?, children: [RunRecord], _ commands: CommandTexts
    ) -> Document {
        .members([
            "run": .string(record.id.text),
            "workflow": .string(record.workflow),
            "status": .string(record.projection.status.rawValue),
            "stage": .string(record.projection.stage),
            "driven": .bool(view?.isDriven ?? false),
            "driven_by": view.map(driver) ?? .null,
            "interrupted": .bool(view?.isInterrupted ?? false),
            "checkpoint": .text(record.checkpoint?.text),
            "created_at": .string(record.createdAt.text),
            "updated_at": .string(record.updatedAt.text),
            "created_by": .string(record.createdBy),
            "host": .string(record.host),
            "failures": .int(Int64(record.projection.failures)),
            "labels": .object(record.labels.mapValues { .string($0) }),
            "parent_run": .text(record.parent?.text),
            "children": .list(children.map { .string($0.id.text) }),
            "waits": view.map { waits(of: $0, commands) } ?? .list([]),
            "stopped_by": .text(record.projection.stop),
        ])
    }

    /// The runs that steps of a run started.
    package static func children(_ records: [RunRecord]) -> Document.Member {
        Document.Member(
            key: "children",
            value: .list(
                records.map {
                    .members(["run": .string($0.id.text), "status": .string($0.projection.status.rawValue)])
                }))
    }
}
