internal import WorkflowCore
internal import WorkflowExecutors
package import WorkflowStore

// Removing old runs. A run that somebody drives is never touched; one that is removed is gone at once, and what a crash
// leaves of it is removed by the next prune: the rows first, then the logs.

extension Engine {
    /// Folders of attempts and lock files are left alone for a day at least: an engine makes them before the run or the
    /// intent is in the store.
    private static let leftoverAgeMin = Milliseconds.hours(24)

    package func prune(_ request: PruneRequest) async throws(EngineError) -> PruneReport {
        let now = clock.now()
        var report = PruneReport(before: now.before(request.olderThan))
        for record in try await candidates(request, report.before) {
            try await remove(record, request, &report)
        }
        if !request.isDry {
            let before = min(report.before, now.before(Self.leftoverAgeMin))
            report.sweep = try await translated { () async throws(StoreError) in try await store.sweep(before: before) }
        }
        try await removeOrphanedLogs(request, &report)
        try await removeAttempts(before: min(report.before, now.before(Self.leftoverAgeMin)), request, &report)
        return report
    }

    /// The oldest first.
    private func candidates(
        _ request: PruneRequest, _ before: Timestamp
    ) async throws(EngineError) -> [RunRecord] {
        var kept: [String: Int] = [:]
        var candidates: [RunRecord] = []
        for record in try await runs(RunFilter(limit: Int.max)) {
            let place = kept[record.workflow, default: 0]
            kept[record.workflow] = place + 1
            if place >= request.keep, request.isMeant(record, before) { candidates.append(record) }
        }
        return candidates.reversed()
    }

    private func remove(
        _ seen: RunRecord, _ request: PruneRequest, _ report: inout PruneReport
    ) async throws(EngineError) {
        let store = store
        func skip(_ reason: PruneReport.Skipped.Reason, _ message: String) {
            report.skipped.append(PruneReport.Skipped(record: seen, reason: reason, message: message))
        }
        let logs = LogFolders(root: environment.logsFolder)
        if request.isDry {
            if try await translated({ () async throws(StoreError) in try await store.isClaimed(seen.uuid) }) {
                return skip(.driven, "\(seen.id.text) is driven by another process")
            }
            if let step = try await liveStep(of: seen) {
                return skip(.running, "\(seen.id.text): its step \(step) still runs, though nobody drives the run")
            }
            return report.removed.append(try await described(seen, logs))
        }
        let claim: RunClaim
        do throws(StoreError) {
            claim = try await store.claim(seen.uuid)
        } catch {
            switch error.code {
            case .heldByOther: return skip(.driven, error.message)
            case .noSuchRun: return
            case .storeDamaged: return skip(.unclaimable, error.message)
            default: throw EngineError(error)
            }
        }
        do throws(EngineError) {
            // Read again: another driver may have gone on until a moment ago.
            let record = try await RunLoader(store: store).record(seen.uuid)
            guard request.isMeant(record, report.before) else {
                await store.release(claim)
                return skip(.changed, "\(record.id.text) went on meanwhile")
            }
            if let step = try await liveStep(of: record) {
                await store.release(claim)
                return skip(
                    .running,
                    "\(record.id.text): its step \(step) still runs, though nobody drives the run; resume it, or end "
                        + "it with `workflow cancel \(record.id.text)"
                        + (record.projection.status == .running ? "`" : " --reason \"…\"`"))
            }
            let run = try await described(record, logs)
            try await translated { () async throws(StoreError) in try await store.remove(claim) }
            report.removed.append(run)
        } catch {
            await store.release(claim)
            throw error
        }
        try translatedExecutor { () throws(ExecutorError) in
            try logs.remove(seen.uuid.text)
            try logs.removeDriverLog(ofRun: seen.id.text)
        }
    }

    /// A step with a process of this machine that lives.
    private func liveStep(of record: RunRecord) async throws(EngineError) -> String? {
        guard record.projection.status.canBeResumed else { return nil }
        let state = try await RunLoader(store: store).state(of: record)
        for (step, attempt) in state.runningAttempts {
            let leftover = try translatedExecutor { () throws(ExecutorError) in
                try executor.leftover(attempt.id.text)
            }
            if let leftover, !leftover.isDead { return state.name(ofStep: step) }
        }
        return nil
    }

    private func described(_ record: RunRecord, _ logs: LogFolders) async throws(EngineError) -> PruneReport.Run {
        let bytes = try await translated { () async throws(StoreError) in
            try await store.journalBytes(of: record.uuid)
        }
        let size = try translatedExecutor { () throws(ExecutorError) in try logs.size(of: record.uuid.text) }
        return PruneReport.Run(record: record, journalBytes: bytes, logs: size)
    }

    /// Logs of runs that are not in the store: left by a prune that was cut off.
    private func removeOrphanedLogs(_ request: PruneRequest, _ report: inout PruneReport) async throws(EngineError) {
        let logs = LogFolders(root: environment.logsFolder)
        for (run, changed) in try translatedExecutor({ () throws(ExecutorError) in try logs.driverLogs() }) {
            guard !request.isDry, changed < report.before.millisecondsSinceEpoch,
                try await translated({ () async throws(StoreError) in try await store.run(named: RunID(run)) }) == nil
            else { continue }
            try translatedExecutor { () throws(ExecutorError) in try logs.removeDriverLog(ofRun: run) }
        }
        // The names first: a folder that comes later belongs to a run that comes later.
        for name in try translatedExecutor({ () throws(ExecutorError) in try logs.names() }) {
            guard let run = UniqueID(text: name),
                try await translated({ () async throws(StoreError) in try await store.run(run) }) == nil
            else { continue }
            let size = try translatedExecutor { () throws(ExecutorError) in try logs.size(of: name) }
            // Younger ones may be of a run that a restored store does not know.
            guard let changed = size.changedAtMilliseconds, changed < report.before.millisecondsSinceEpoch else {
                continue
            }
            report.orphanedLogs.append(size)
            if !request.isDry { try translatedExecutor { () throws(ExecutorError) in try logs.remove(name) } }
        }
    }

    /// Folders of attempts that nothing works for and that no run waits for.
    private func removeAttempts(
        before: Timestamp, _ request: PruneRequest, _ report: inout PruneReport
    ) async throws(EngineError) {
        var dead: [String] = []
        for id in try translatedExecutor({ () throws(ExecutorError) in try executor.leftovers() }) {
            let leftover = try translatedExecutor { () throws(ExecutorError) in try executor.leftover(id) }
            if let leftover, leftover.isDead, leftover.changedAtMilliseconds < before.millisecondsSinceEpoch {
                dead.append(id)
            }
        }
        if dead.isEmpty { return }
        let used: Set<String>
        do {
            used = Set(try await awaitedAttempts().map(\.attempt))
        } catch {
            report.attemptsProblem = error.message
            return
        }
        for id in dead where !used.contains(id) {
            report.attempts.append(id)
            if !request.isDry {
                try translatedExecutor { () throws(ExecutorError) in try executor.removeLeftover(id) }
            }
        }
    }

    /// The attempts whose end some run waits for: those that a resume would look at.
    package func awaitedAttempts() async throws(EngineError) -> [(attempt: String, run: RunRecord)] {
        let loader = RunLoader(store: store)
        var awaited: [(attempt: String, run: RunRecord)] = []
        let resumable = RunStatus.allCases.filter(\.canBeResumed)
        for record in try await runs(RunFilter(statuses: resumable, limit: Int.max)) {
            for running in try await loader.state(of: record).runningAttempts {
                awaited.append((running.attempt.id.text, record))
            }
        }
        return awaited
    }

    private func translatedExecutor<Value>(
        _ body: () throws(ExecutorError) -> Value
    ) throws(EngineError) -> Value {
        do throws(ExecutorError) { return try body() } catch { throw EngineError(error) }
    }
}

extension PruneRequest {
    /// Whether the run is old enough and of a kind that may go.
    fileprivate func isMeant(_ record: RunRecord, _ before: Timestamp) -> Bool {
        let status = record.projection.status
        return record.updatedAt < before && (statuses.isEmpty || statuses.contains(status))
            && (includesResumable || !status.canBeResumed)
    }
}

extension Timestamp {
    /// The instant `length` earlier; the beginning of 1970 at the earliest.
    fileprivate func before(_ length: Milliseconds) -> Timestamp {
        let (time, overflow) = millisecondsSinceEpoch.subtractingReportingOverflow(length.count)
        return Timestamp(millisecondsSinceEpoch: overflow ? 0 : max(0, time))
    }
}
