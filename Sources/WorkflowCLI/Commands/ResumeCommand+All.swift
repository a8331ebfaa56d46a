internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore
internal import WorkflowViews

extension ResumeCommand {
    /// So many runs are driven at once; the others wait their turn.
    private static let runsAtOnceMax = 8

    /// What became of one of the runs.
    private struct Outcome: Sendable {
        var status: ExitStatus
        var document: Document?
    }

    /// Drives all that can go on side by side. One that fails to be driven is told, and does not stop the others.
    func resumeAll(
        _ driving: Driving, _ control: RunControl, _ actor: Actor
    ) async throws(CommandFailure) -> ExitStatus {
        let records = try await CommandFailure.telling { () async throws(EngineError) in
            try await driving.session.engine.resumableRuns()
        }
        let left = try await CommandFailure.telling { () async throws(EngineError) in
            try await driving.session.engine.runsLeftByParents()
        }
        for record in left where !quiet {
            let takesReason = record.projection.status != .pending
            let cancel = driving.session.commands.cancel(record.id, takesReason: takesReason)
            driving.console.note(
                "\(record.id.text) is left as it is: \(record.parent?.text ?? ""), which started it, has ended or is "
                    + "cancelled; `\(driving.session.commands.resume(record.id))` goes on with it, "
                    + "`\(cancel)` ends it")
        }
        if records.isEmpty, !quiet { driving.console.note("no run is interrupted, and no timer is due") }
        let outcomes = await withTaskGroup(of: (Int, Outcome).self) { group in
            var outcomes: [Int: Outcome] = [:]
            for (index, record) in records.enumerated() {
                if index >= Self.runsAtOnceMax, let (finished, outcome) = await group.next() {
                    outcomes[finished] = outcome
                }
                group.addTask { (index, await resume(record, driving, control, actor)) }
            }
            for await (finished, outcome) in group { outcomes[finished] = outcome }
            return outcomes
        }
        if driving.format != .text {
            let documents = records.indices.compactMap { outcomes[$0]?.document }
            driving.console.data(Document.list(documents).text(as: driving.format))
        }
        let statuses = records.indices.compactMap { outcomes[$0]?.status }
        let worst = statuses.reduce(ExitStatus.completed) { $0.worse($1) }
        return worst.worse(try await whatWaits(driving))
    }

    /// Runs that were left waiting by an earlier one wait still, and nobody else may ever be told.
    private func whatWaits(_ driving: Driving) async throws(CommandFailure) -> ExitStatus {
        let items = try await CommandFailure.telling { () async throws(EngineError) in
            try await driving.session.engine.attention()
        }
        let runs = Set(items.filter { $0.needsAnswer && !$0.isDriven }.map(\.run))
        guard !runs.isEmpty else { return .completed }
        if !quiet {
            let who = runs.count == 1 ? "1 run waits" : "\(runs.count) runs wait"
            driving.console.note("\(who) for somebody; what for: \(driving.session.commands.attention)")
        }
        // Who does not stay for anything leaves it to others to be told.
        return patience.patience == .nothing ? .waiting : .completed
    }

    private func resume(
        _ record: RunRecord, _ driving: Driving, _ control: RunControl, _ actor: Actor
    ) async -> Outcome {
        let console = driving.console
        do {
            if driving.format == .text { console.data(record.id.text) }
            let progress = driving.progress(isQuiet: quiet, prefix: "[\(record.id.text)] ")
            let request = ResumeRequest(
                target: .run(record.id), onDoubt: onDoubt, isRecovery: true, reason: person.reason, actor: actor)
            let result = try await CommandFailure.telling { () async throws(EngineError) in
                try await driving.session.engine.resume(
                    request, patience: patience.patience, control: control, observer: progress)
            }
            let account = try await driving.session.account(of: result.run)
            let ending = RunEnding(
                account: account, end: result.end, session: driving.session, screen: console.errorScreen)
            for line in ending.lines() { console.note(line) }
            let children = try await driving.session.children(of: result.run)
            return Outcome(
                status: ExitStatus(result.end),
                document: RunDocument.of(
                    account.view, file: RunFile(of: account.view.state), children: children, driving.session.commands))
        } catch {
            console.say(CommandFailure(error.status, "\(record.id.text): \(error.message)", code: error.code))
            return Outcome(status: error.status, document: nil)
        }
    }
}
