internal import Workflow
internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowViews

/// What `doctor` says about the runs of a store: who waits for whom, and what earlier ones left.
struct RunExamination {
    /// So many names stand in a finding.
    private static let namesMax = 5
    /// Findings about what waits for an answer.
    private static let waitingMax = 20

    let session: Session
    let now: Timestamp

    func findings() async throws(CommandFailure) -> [Finding] {
        do {
            let records = try await session.store.runs(RunFilter(limit: Int.max))
            var driven: Set<UniqueID> = []
            for record in records where !record.projection.status.hasEnded {
                if try await session.store.isClaimed(record.uuid) { driven.insert(record.uuid) }
            }
            let waiting = try await waiting()
            return [interrupted(records, driven), stopped(records, driven), due(records, driven)] + waiting
                + [failed(records), clock(records)]
                + (try await locks(records, driven)) + (await shells(records))
                + (await ExecutorExamination(session: session).findings(records)) + (await attempts(records, driven))
        } catch let error as StoreError {
            throw CommandFailure(error)
        } catch let error as EngineError {
            throw CommandFailure(error)
        } catch {
            throw CommandFailure(.defect, "\(error)")
        }
    }

    private func interrupted(_ records: [RunRecord], _ driven: Set<UniqueID>) -> Finding {
        let left = records.filter {
            [.pending, .running, .rollingBack].contains($0.projection.status) && !driven.contains($0.uuid)
                && $0.projection.stop == nil
        }
        guard !left.isEmpty else {
            return Finding(.ok, "interrupted", driven.isEmpty ? "no run" : "no run; \(driven.count) are driven")
        }
        return Finding(.warning, "interrupted", names(left), "`workflow resume --all` goes on with them")
    }

    private func stopped(_ records: [RunRecord], _ driven: Set<UniqueID>) -> Finding {
        let stopped = records.filter { $0.projection.stop != nil && !driven.contains($0.uuid) }
        return Finding(
            .ok, "stopped",
            stopped.isEmpty
                ? "no run" : "by a person: \(names(stopped)); each waits for `workflow resume RUN`")
    }

    private func due(_ records: [RunRecord], _ driven: Set<UniqueID>) -> Finding {
        let due = records.filter { record in
            record.projection.status == .waiting && record.projection.dueAt.map { $0 <= now } == true
                && !driven.contains(record.uuid) && record.projection.stop == nil
        }
        return due.isEmpty
            ? Finding(.ok, "timers", "none is due")
            : Finding(.warning, "timers", "due: \(names(due))", "`workflow resume --all` goes on with them")
    }

    /// What needs an answer, and what queues behind a run that no process drives: a warning each, with its command.
    private func waiting() async throws -> [Finding] {
        let items = try await session.engine.attention().filter {
            $0.needsAnswer || $0.kind == .queued && $0.holder.map { $0.standing != .driven } == true
        }
        guard !items.isEmpty else { return [Finding(.ok, "waiting", "no run waits for an answer")] }
        let commands = session.commands
        var findings: [Finding] = []
        for item in items.prefix(Self.waitingMax) {
            let step = item.step.map { "\($0) of " } ?? ""
            let answer = item.awaited.flatMap {
                commands.answers($0, of: item.run, item.holder, isDriven: item.isDriven, item.identity).first?.command
            }
            let advice = item.kind == .inDoubt ? commands.decisions(item.run, [item.step ?? ""]).first : answer
            findings.append(
                Finding(
                    .warning, item.kind.rawValue, "\(step)\(item.run.text): \(item.awaited?.message ?? "")",
                    (advice ?? commands.show(item.run)).quotedForPeople))
        }
        if items.count > Self.waitingMax {
            findings.append(
                Finding(
                    .warning, "waiting", "and \(items.count - Self.waitingMax) more",
                    commands.attention.quotedForPeople))
        }
        return findings
    }

    private func failed(_ records: [RunRecord]) -> Finding {
        let failed = records.filter { $0.projection.status == .failed }
        return Finding(
            .ok, "failed", failed.isEmpty ? "no run" : "\(names(failed)); each can be resumed: `workflow resume RUN`")
    }

    /// 2026-01-01: this program is not older.
    private static let earliest = Timestamp(millisecondsSinceEpoch: 1_767_225_600_000)

    private func clock(_ records: [RunRecord]) -> Finding {
        let newest = records.map(\.updatedAt).max() ?? Self.earliest
        // Another process may have written a moment after this one looked at its clock.
        if newest.since(now) > .seconds(5) {
            return Finding(
                .problem, "clock", "\(now.text), and the newest entry is of \(newest.text)",
                "the clock is behind, or was ahead: set it (`timedatectl set-ntp true`); until it has caught up, "
                    + "timers fire late and ids carry an old day")
        }
        return now < Self.earliest
            ? Finding(
                .problem, "clock", now.text,
                "set it (`timedatectl set-ntp true`): ids carry the day, and timers wait for an instant")
            : Finding(.ok, "clock", now.text)
    }

    private func locks(_ records: [RunRecord], _ driven: Set<UniqueID>) async throws(StoreError) -> [Finding] {
        let held = try await session.store.locks(of: nil)
        if held.isEmpty { return [Finding(.ok, "locks", "no run holds one")] }
        let open = Set(records.filter { !$0.projection.status.hasEnded }.map(\.uuid))
        let lost = held.filter { !open.contains($0.run) }
        if let lock = lost.first {
            return [
                Finding(
                    .problem, "locks", "\(lock.name.name) is held by \(lock.runID.text), which has ended",
                    "this is a defect of ours: keep the output of `workflow journal \(lock.runID.text)` and report it; "
                        + "`workflow prune` with that run gives the lock back")
            ]
        }
        let idle: [LockHolder]
        do {
            idle = try await session.engine.lockHolders().filter { $0.standing != .driven }
        } catch {
            return [Finding(.problem, "locks", error.message)]
        }
        if idle.isEmpty { return [Finding(.ok, "locks", "\(held.count) held by runs that are driven")] }
        return idle.prefix(Self.namesMax).map { holder in
            Finding(
                .warning, "locks",
                "\(holder.holding.name.name) is held by \(holder.run.text); \(holder.hindrance ?? "")",
                "what frees it: "
                    + holder.commands(suffix: session.commands.suffix).map(\.quotedForPeople).joined(separator: ", or ")
            )
        }
    }

    /// The shells of the definitions with which runs can go on.
    private func shells(_ records: [RunRecord]) async -> [Finding] {
        var seen: Set<String> = []
        var programs: [String: RunRecord] = [:]
        for record in records where record.projection.status.canBeResumed {
            guard seen.insert(record.definitionHash).inserted,
                let kept = try? await session.store.definition(hash: record.definitionHash),
                let stored = try? DefinitionLoader().load(canonicalJSON: kept.canonicalJSON, source: kept.source)
            else { continue }
            let definition = stored.definition
            for program in (definition.stages.flatMap(\.steps) + definition.onExit).flatMap(shells) {
                programs[program] = programs[program] ?? record
            }
        }
        return programs.sorted { $0.key < $1.key }.map { program, record in
            let path = ProgramSearch.path(of: program, in: session.environment.variables["PATH"])
            guard let path else {
                return Finding(
                    .problem, "shell \(program)", "\(record.id.text) needs it, and it is not in PATH",
                    "install it before you resume the run")
            }
            return Finding(.ok, "shell \(program)", path)
        }
    }

    private func shells(_ step: Step) -> [String] {
        if case .group(let steps) = step.action { return steps.flatMap(shells) }
        if case .run = step.action { return step.shell.first.map { [$0] } ?? [] }
        if step.probe != nil || step.verify != nil { return step.shell.first.map { [$0] } ?? [] }
        return []
    }

    /// Folders of attempts, and the processes that work for them.
    private func attempts(_ records: [RunRecord], _ driven: Set<UniqueID>) async -> [Finding] {
        do {
            var findings = try await openAttempts(records, driven)
            let leftovers = try session.executor.leftovers().compactMap { try session.executor.leftover($0) }
            if leftovers.isEmpty, findings.isEmpty { return [Finding(.ok, "attempts", "none is unsettled")] }
            var runs: [String: RunRecord] = [:]
            for awaited in try await session.engine.awaitedAttempts() { runs[awaited.attempt] = awaited.run }
            let strays = leftovers.filter { runs[$0.attemptID] == nil && !$0.isDead && !isAside($0, driven) }
            for leftover in strays.prefix(Self.namesMax) {
                findings.append(
                    Finding(
                        .warning, "processes",
                        "\(processes(of: leftover)) of attempt \(leftover.attemptID) work for no run that can go on",
                        "look with `ps -o pid,ppid,etime,args \(numbers(of: leftover))`, and end what is not wanted "
                            + "with `kill`"))
            }
            let dead = leftovers.count { runs[$0.attemptID] == nil && $0.isDead }
            if dead > 0 {
                findings.append(
                    Finding(
                        .warning, "attempts",
                        "\(dead) \(dead == 1 ? "folder" : "folders") in \(session.workspace.attempts) that no run "
                            + "waits for",
                        "`workflow prune --older-than 1d` removes them, with old runs; add --dry-run to look first"))
            }
            if findings.isEmpty {
                findings.append(Finding(.ok, "attempts", "\(leftovers.count) of runs that are driven"))
            }
            return findings
        } catch let error as ExecutorError {
            return [Finding(.problem, "attempts", error.message)]
        } catch let error as EngineError {
            return [Finding(.problem, "attempts", error.message)]
        } catch {
            return [Finding(.problem, "attempts", "\(error)")]
        }
    }

    /// Each step of a run that no process drives whose end its journal does not tell, once.
    private func openAttempts(_ records: [RunRecord], _ driven: Set<UniqueID>) async throws -> [Finding] {
        var findings: [Finding] = []
        for record in records where record.projection.status.canBeResumed && !driven.contains(record.uuid) {
            guard let view = try? await session.engine.view(of: record) else { continue }
            let open = view.open
            for attempt in open.prefix(Self.namesMax) {
                findings.append(
                    Finding(
                        .warning, "attempts", "\(attempt.step) of \(record.id.text): \(attempt.spoken(in: view.state))",
                        session.commands.resume(record.id).quotedForPeople + " takes it up"))
            }
            if open.count > Self.namesMax {
                findings.append(
                    Finding(
                        .warning, "attempts", "\(open.count - Self.namesMax) more steps of \(record.id.text)",
                        session.commands.show(record.id).quotedForPeople + " tells of each"))
            }
        }
        return findings
    }

    /// Probes and their like are in no journal while they run: a living driver waits for them.
    private func isAside(_ leftover: AttemptLeftover, _ driven: Set<UniqueID>) -> Bool {
        !leftover.isOfStep && !driven.isEmpty
    }

    private func processes(of leftover: AttemptLeftover) -> String {
        let numbers = numbers(of: leftover)
        return numbers.isEmpty ? "a process that cannot be seen from here" : "pid \(numbers)"
    }

    private func numbers(of leftover: AttemptLeftover) -> String {
        leftover.processIDs.prefix(8).map(String.init)
            .joined(separator: ",")
    }

    private func names(_ records: [RunRecord]) -> String {
        let names = records.prefix(Self.namesMax).map(\.id.text).joined(separator: ", ")
        return records.count > Self.namesMax ? "\(names) and \(records.count - Self.namesMax) more" : names
    }
}

extension String {
    /// A command in a sentence.
    fileprivate var quotedForPeople: String { "`\(self)`" }
}
