internal import JSON
package import WorkflowCore
package import WorkflowEngine

/// What happened in a run, as data: members that `show` adds when it is asked for them.
package enum HistoryDocument {
    package static func members(_ account: RunAccount, _ sections: RunSections) -> [Document.Member] {
        var members: [Document.Member] = []
        func add(_ key: String, _ list: [Document]) {
            members.append(Document.Member(key: key, value: .list(list)))
        }
        if sections.contains(.timeline) { add("drives", account.history.drives.map(drive)) }
        if sections.contains(.attempts) || sections.contains(.timeline) {
            add("attempts", account.history.attempts.map(attempt))
        }
        if sections.contains(.decisions) { add("decisions", account.history.decisions.map(decision)) }
        return members
    }

    package static func attempt(_ attempt: AttemptAccount) -> Document {
        var failure: Failure?
        switch attempt.outcome {
        case .failed(let known): failure = known
        case .inDoubt(let known): failure = known
        case .running, .voided, .succeeded, .passed, .skipped, .cancelled, .leftBehind: break
        }
        return .members([
            "step": .string(attempt.step), "attempt": .int(Int64(attempt.number)), "id": .string(attempt.id.text),
            "idempotency_key": .string(attempt.idempotencyKey), "started_at": .string(attempt.startedAt.text),
            "ended_at": .text(attempt.endedAt?.text), "outcome": .string(attempt.word),
            "error": failure.map { ErrorDocument.of(code: $0.code, message: $0.message) } ?? .null,
            "exit_status": exitStatus(attempt, failure),
            "due_at": .text(attempt.wait?.due.text), "retry_at": .text(attempt.retry?.due.text),
            "in_doubt_since": .text(attempt.doubtSince?.text), "doubt": .text(attempt.doubtReason),
            "probes": .list(attempt.probes.map(verdict)), "verifications": .list(attempt.verifications.map(verdict)),
            "resolution": .text(attempt.resolution?.rawValue), "checkpoint": .text(attempt.checkpoint?.text),
            "losses": RunDocument.losses(attempt.losses), "events": .list(attempt.events.map { Document($0) }),
            "found_at": .text(attempt.foundAt?.text),
        ])
    }

    /// A command that has succeeded ended with 0; a wait has no command, and of what a probe or a person found no
    /// status is known.
    private static func exitStatus(_ attempt: AttemptAccount, _ failure: Failure?) -> Document {
        if let code = failure?.exitCode { return .int(Int64(code)) }
        guard attempt.wait == nil else { return .null }
        switch attempt.outcome {
        case .succeeded(.execution), .passed: return .int(0)
        case .succeeded, .failed, .inDoubt, .running, .voided, .skipped, .cancelled, .leftBehind: return .null
        }
    }

    private static func verdict(_ verdict: AttemptAccount.Verdict) -> Document {
        .members([
            "at": .string(verdict.at.text), "verdict": .string(verdict.verdict.rawValue),
            "message": .string(verdict.message),
        ])
    }

    package static func decision(_ decision: RunHistory.Decision) -> Document {
        let told = DecisionWords.told(decision.fact)
        return .members([
            "seq": .int(decision.sequence), "at": .string(decision.at.text), "actor": .string(decision.actor.name),
            "who": .string(decision.actor.told), "by": decision.actor.by.map { Document($0.payload) } ?? .null,
            "what": .string(told.what), "subject": .text(told.subject), "reason": .text(told.why),
        ])
    }

    private static func drive(_ drive: RunHistory.Drive) -> Document {
        let end: Document =
            switch drive.end {
            case .open: .null
            case .left(let reason): .string(reason)
            case .lost: .string("lost")
            }
        return .members([
            "from": .string(drive.from.text), "until": .string(drive.until.text),
            "reason": .string(drive.reason.rawValue),
            "end": end, "host": .string(drive.host.host), "pid": .int(Int64(drive.processID)),
            "engine_version": .string(drive.engineVersion), "changes": .list(drive.changes.map { .string($0) }),
        ])
    }
}
