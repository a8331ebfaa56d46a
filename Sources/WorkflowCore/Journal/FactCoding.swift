package import JSON

/// The stored form of facts: an entry's type, the version of that type's payload, and the payload as JSON.
///
/// Old payloads must be readable for ever: a changed shape gets a new version and keeps the reader of the old one.
extension Fact {
    /// The type of the entries that name a definition which their run did not begin with.
    package static let definitionChangedType = "definition_changed"

    /// The version that this program writes, and the only one there has been of every type.
    package static let payloadVersion = 1

    /// The stored name of the fact's type.
    package var type: String {
        switch self {
        case .runCreated: "run_created"
        case .driverAttached: "driver_attached"
        case .driverDetached: "driver_detached"
        case .runRewound: "run_rewound"
        case .definitionChanged: Fact.definitionChangedType
        case .carriedOver: "carried_over"
        case .stageEntered: "stage_entered"
        case .stageCompleted: "stage_completed"
        case .stageReturned: "stage_returned"
        case .itemsEvaluated: "items_evaluated"
        case .groupEntered: "group_entered"
        case .stepRepeated: "step_repeated"
        case .locksRequested: "locks_requested"
        case .locksTaken: "locks_taken"
        case .attemptStarted: "attempt_started"
        case .attemptVoided: "attempt_voided"
        case .attemptFailed: "attempt_failed"
        case .attemptInDoubt: "attempt_in_doubt"
        case .probeFinished: "probe_finished"
        case .stepSucceeded: "step_succeeded"
        case .stepSkipped: "step_skipped"
        case .stepFailed: "step_failed"
        case .stepCancelled: "step_cancelled"
        case .stepResolved: "step_resolved"
        case .signalReceived: "signal_received"
        case .stepApproved: "step_approved"
        case .stepRejected: "step_rejected"
        case .verifyFinished: "verify_finished"
        case .requestRefused: "request_refused"
        case .concurrencyRequested: "concurrency_requested"
        case .concurrencyTaken: "concurrency_taken"
        case .pauseRequested: "pause_requested"
        case .runPaused: "run_paused"
        case .stopRequested: "stop_requested"
        case .cancelRequested: "cancel_requested"
        case .endingBegan: "ending_began"
        case .runEnded: "run_ended"
        case .failuresReopened: "failures_reopened"
        }
    }

    package var payload: JSONValue {
        switch self {
        case .runCreated(let fact): fact.payload
        case .driverAttached(let fact): fact.payload
        case .driverDetached(let fact): .object(["reason": .string(fact.reason)])
        case .definitionChanged(let fact): fact.payload
        case .runRewound(let fact):
            object(
                ["checkpoint": .string(fact.checkpoint.text), "sequence": .int(fact.sequence)],
                ["reason": fact.reason.map { .string($0) }])
        case .stageEntered(let fact): .object(["stage": .string(fact.stage)])
        case .stageCompleted(let fact): .object(["stage": .string(fact.stage)])
        case .stageReturned(let fact):
            .object([
                "stage": .string(fact.stage), "returned_to": .string(fact.returnedTo), "count": .int(Int64(fact.count)),
            ])
        case .itemsEvaluated(let fact): fact.payload
        case .groupEntered(let fact): .object(["step": .string(fact.step)])
        case .stepRepeated(let fact): fact.payload
        case .locksRequested(let fact): fact.payload
        case .locksTaken(let fact): .object(["step": .string(fact.step)])
        case .attemptStarted(let fact): fact.payload
        case .attemptVoided(let fact):
            .object(["step": .string(fact.step), "attempt": .int(Int64(fact.attempt))])
        case .attemptFailed(let fact):
            object(
                ["step": .string(fact.step), "attempt": .int(Int64(fact.attempt)), "failure": fact.failure.payload],
                [
                    "retry": fact.retry?.payload, "losses": fact.losses?.payload,
                    "ended_at": fact.endedAt.map { .string($0.text) },
                    "events": fact.events.isEmpty ? nil : .array(fact.events),
                ])
        case .attemptInDoubt(let fact):
            object(
                ["step": .string(fact.step), "attempt": .int(Int64(fact.attempt)), "reason": .string(fact.reason)],
                [
                    "failure": fact.failure?.payload, "losses": fact.losses?.payload,
                    "ended_at": fact.endedAt.map { .string($0.text) },
                    "events": fact.events.isEmpty ? nil : .array(fact.events),
                ])
        case .probeFinished(let fact):
            .object([
                "step": .string(fact.step), "attempt": .int(Int64(fact.attempt)),
                "verdict": .string(fact.verdict.rawValue), "message": .string(fact.message),
            ])
        case .stepSucceeded(let fact):
            object(
                [
                    "step": .string(fact.step), "attempt": .int(Int64(fact.attempt)),
                    "outputs": .object(fact.outputs), "basis": .string(fact.basis.rawValue),
                ],
                [
                    "checkpoint": fact.checkpoint.map { .string($0.text) }, "losses": fact.losses?.payload,
                    "ended_at": fact.endedAt.map { .string($0.text) },
                    "events": fact.events.isEmpty ? nil : .array(fact.events),
                ])
        case .stepSkipped(let fact):
            object(
                ["step": .string(fact.step), "basis": .string(fact.basis.rawValue)],
                ["checkpoint": fact.checkpoint.map { .string($0.text) }])
        case .stepFailed(let fact):
            .object([
                "step": .string(fact.step), "failure": fact.failure.payload, "tolerated": .bool(fact.isTolerated),
            ])
        case .stepCancelled(let fact): .object(["step": .string(fact.step)])
        case .stepResolved(let fact):
            object(
                ["step": .string(fact.step), "decision": .string(fact.decision.rawValue)],
                ["reason": fact.reason.map { .string($0) }])
        case .signalReceived(let fact):
            object(
                ["name": .string(fact.name), "data": fact.data], ["reason": fact.reason.map { .string($0) }])
        case .stepApproved(let fact), .stepRejected(let fact):
            object(["step": .string(fact.step)], ["reason": fact.reason.map { .string($0) }])
        case .verifyFinished(let fact):
            .object([
                "step": .string(fact.step), "verdict": .string(fact.verdict.rawValue), "message": .string(fact.message),
            ])
        case .requestRefused(let fact):
            .object([
                "request": .string(fact.request), "code": .string(fact.code), "message": .string(fact.message),
            ])
        case .concurrencyRequested(let fact): .object(["group": .string(fact.group)])
        case .concurrencyTaken(let fact): .object(["group": .string(fact.group)])
        case .pauseRequested(let fact), .cancelRequested(let fact):
            object(
                [:],
                [
                    "reason": fact.reason.map { .string($0) },
                    "ended": fact.ended.isEmpty ? nil : .array(fact.ended.map { .string($0) }),
                ])
        case .stopRequested(let fact): .object(["signal": .string(fact.signal)])
        case .runPaused: .object([:])
        case .carriedOver(let fact): object([:], ["forked_from": fact.forkedFrom.map { .string($0) }])
        case .endingBegan(let fact):
            object(["status": .string(fact.status.rawValue)], ["failure": fact.failure?.payload])
        case .runEnded(let fact):
            object(["status": .string(fact.status.rawValue)], ["failure": fact.failure?.payload])
        case .failuresReopened(let fact): .object(["steps": .array(fact.steps.map { .string($0) })])
        }
    }

    /// Reads a stored fact.
    ///
    /// - Throws: `FactError.unknownType` or `.unknownVersion` for what a newer program wrote, `.malformed` for a
    ///   payload that this program cannot have written.
    package init(type: String, version: Int, payload: JSONValue) throws(FactError) {
        guard let reader = Fact.readers[type] else { throw .unknownType(type) }
        guard version == Fact.payloadVersion else { throw .unknownVersion(type, version) }
        self = try reader(PayloadReader(type: type, payload: payload))
    }

    private typealias Reader = @Sendable (PayloadReader) throws(FactError) -> Fact

    private static let readers: [String: Reader] = [
        "failures_reopened": { (r) throws(FactError) in
            .failuresReopened(FailuresReopened(steps: try r.textList("steps")))
        },
        "run_created": { (r) throws(FactError) in .runCreated(try RunCreated(r)) },
        "driver_attached": { (r) throws(FactError) in .driverAttached(try DriverAttached(r)) },
        "driver_detached": { (r) throws(FactError) in .driverDetached(DriverDetached(reason: try r.text("reason"))) },
        "run_rewound": { (r) throws(FactError) in
            .runRewound(
                RunRewound(
                    checkpoint: CheckpointID(try r.text("checkpoint")), sequence: try r.integer("sequence"),
                    reason: try r.optionalText("reason")))
        },
        "carried_over": { (r) throws(FactError) in
            .carriedOver(CarriedOver(forkedFrom: try r.optionalText("forked_from")))
        },
        "definition_changed": { (r) throws(FactError) in .definitionChanged(try DefinitionChanged(r)) },
        "stage_entered": { (r) throws(FactError) in .stageEntered(StageEntered(stage: try r.text("stage"))) },
        "stage_completed": { (r) throws(FactError) in .stageCompleted(StageCompleted(stage: try r.text("stage"))) },
        "stage_returned": { (r) throws(FactError) in
            .stageReturned(
                StageReturned(
                    stage: try r.text("stage"), returnedTo: try r.text("returned_to"), count: try r.count("count")))
        },
        "items_evaluated": { (r) throws(FactError) in .itemsEvaluated(try ItemsEvaluated(r)) },
        "group_entered": { (r) throws(FactError) in .groupEntered(GroupEntered(step: try r.text("step"))) },
        "step_repeated": { (r) throws(FactError) in .stepRepeated(try StepRepeated(r)) },
        "locks_requested": { (r) throws(FactError) in .locksRequested(try LocksRequested(r)) },
        "locks_taken": { (r) throws(FactError) in .locksTaken(LocksTaken(step: try r.text("step"))) },
        "attempt_started": { (r) throws(FactError) in .attemptStarted(try AttemptStarted(r)) },
        "attempt_voided": { (r) throws(FactError) in
            .attemptVoided(AttemptReference(step: try r.text("step"), attempt: try r.count("attempt")))
        },
        "attempt_failed": { (r) throws(FactError) in
            Fact.attemptFailed(
                AttemptFailed(
                    step: try r.text("step"), attempt: try r.count("attempt"), failure: try Failure(r.inner("failure")),
                    retry: try r.optional("retry").map { (w) throws(FactError) in try Wait(w) },
                    losses: try AttemptLosses.read(r), endedAt: try r.optionalTimestamp("ended_at"))
            ).with(events: try r.optionalArray("events"))
        },
        "attempt_in_doubt": { (r) throws(FactError) in
            Fact.attemptInDoubt(
                AttemptInDoubt(
                    step: try r.text("step"), attempt: try r.count("attempt"), reason: try r.text("reason"),
                    failure: try r.optional("failure").map { (f) throws(FactError) in try Failure(f) },
                    losses: try AttemptLosses.read(r), endedAt: try r.optionalTimestamp("ended_at"))
            ).with(events: try r.optionalArray("events"))
        },
        "probe_finished": { (r) throws(FactError) in
            .probeFinished(
                ProbeFinished(
                    step: try r.text("step"), attempt: try r.count("attempt"), verdict: try r.value("verdict"),
                    message: try r.text("message")))
        },
        "step_succeeded": { (r) throws(FactError) in
            Fact.stepSucceeded(
                StepSucceeded(
                    step: try r.text("step"), attempt: try r.count("attempt"), outputs: try r.object("outputs"),
                    basis: try r.value("basis"), checkpoint: try r.optionalText("checkpoint").map { CheckpointID($0) },
                    losses: try AttemptLosses.read(r), endedAt: try r.optionalTimestamp("ended_at"))
            ).with(events: try r.optionalArray("events"))
        },
        "step_skipped": { (r) throws(FactError) in
            .stepSkipped(
                StepSkipped(
                    step: try r.text("step"), basis: try r.value("basis"),
                    checkpoint: try r.optionalText("checkpoint").map { CheckpointID($0) }))
        },
        "step_failed": { (r) throws(FactError) in
            .stepFailed(
                StepFailed(
                    step: try r.text("step"), failure: try Failure(r.inner("failure")),
                    isTolerated: try r.flag("tolerated")))
        },
        "step_cancelled": { (r) throws(FactError) in .stepCancelled(StepCancelled(step: try r.text("step"))) },
        "step_resolved": { (r) throws(FactError) in
            .stepResolved(
                StepResolved(
                    step: try r.text("step"), decision: try r.value("decision"), reason: try r.optionalText("reason")))
        },
        "signal_received": { (r) throws(FactError) in
            .signalReceived(
                SignalReceived(
                    name: try r.text("name"), data: try r.any("data"), reason: try r.optionalText("reason")))
        },
        "step_approved": { (r) throws(FactError) in
            .stepApproved(StepJudged(step: try r.text("step"), reason: try r.optionalText("reason")))
        },
        "step_rejected": { (r) throws(FactError) in
            .stepRejected(StepJudged(step: try r.text("step"), reason: try r.optionalText("reason")))
        },
        "verify_finished": { (r) throws(FactError) in
            .verifyFinished(
                VerifyFinished(
                    step: try r.text("step"), verdict: try r.value("verdict"), message: try r.text("message")))
        },
        "request_refused": { (r) throws(FactError) in
            .requestRefused(
                RequestRefused(
                    request: try r.text("request"), code: try r.text("code"), message: try r.text("message")))
        },
        "concurrency_requested": { (r) throws(FactError) in
            .concurrencyRequested(ConcurrencyRequested(group: try r.text("group")))
        },
        "concurrency_taken": { (r) throws(FactError) in
            .concurrencyTaken(ConcurrencyTaken(group: try r.text("group")))
        },
        "pause_requested": { (r) throws(FactError) in .pauseRequested(Request(reason: try r.optionalText("reason"))) },
        "run_paused": { (_) throws(FactError) in .runPaused },
        "stop_requested": { (r) throws(FactError) in .stopRequested(StopRequested(signal: try r.text("signal"))) },
        "cancel_requested": { (r) throws(FactError) in
            .cancelRequested(
                Request(
                    reason: try r.optionalText("reason"),
                    ended: r.members["ended"] == nil ? [] : try r.textList("ended")))
        },
        "ending_began": { (r) throws(FactError) in
            .endingBegan(
                EndingBegan(
                    status: try r.value("status"),
                    failure: try r.optional("failure").map { (f) throws(FactError) in try Failure(f) }))
        },
        "run_ended": { (r) throws(FactError) in
            .runEnded(
                RunEnded(
                    status: try r.value("status"),
                    failure: try r.optional("failure").map { (f) throws(FactError) in try Failure(f) }))
        },
    ]
}

/// The members that are always there, and those that are there when they have a value.
func object(_ members: [String: JSONValue], _ optional: [String: JSONValue?]) -> JSONValue {
    var all = members
    for (name, value) in optional { if let value { all[name] = value } }
    return .object(all)
}
