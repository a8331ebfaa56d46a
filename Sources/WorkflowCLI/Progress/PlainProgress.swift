internal import JSON
internal import Synchronization
internal import Workflow
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowViews

/// Tells a run as it goes: one plain line on standard error for each thing that happens.
///
/// ```
/// 10:15:30.123Z  provisioning  vpc_creation     running   attempt 1
/// 10:15:30.481Z  provisioning  vpc_creation     success   chk-2026-02-02-001
/// ```
///
/// Times are UTC. Where another day begins, or the first thing told is not of today, a line says which day it is. What
/// running steps report is looked at every ten seconds, and printed where it has changed.
final class PlainProgress: ProgressTeller {
    fileprivate struct State {
        /// Stage of each step, as far as known.
        var stages: [String: String] = [:]
        var stageWidth = 0
        var stepWidth = 0
        /// Of the last time that was told.
        var day: String?
    }

    private let console: Console
    private let hasColour: Bool
    private let isQuiet: Bool
    /// The run's id goes to standard output as soon as there is one.
    private let printsID: Bool
    /// Stands before each line where several runs are driven side by side.
    private let prefix: String
    /// That the run has started is told.
    private let tellsStart: Bool
    /// What commands end with that are printed for people to type.
    private let suffix: String
    private let stream: ByteStream
    private let state: Mutex<State>
    private let reports = Mutex(StepReports())
    /// What the attempt of an id says of itself.
    private let report: (@Sendable (String) -> String?)?

    /// - Parameters:
    ///   - stream: standard error by default.
    ///   - report: what the attempt of an id says of itself; nil: nobody is asked.
    init(
        console: Console, isQuiet: Bool, printsID: Bool, prefix: String = "", tellsStart: Bool = true,
        commands: CommandTexts? = nil, stream: ByteStream? = nil, report: (@Sendable (String) -> String?)? = nil
    ) {
        self.report = report
        suffix = commands?.suffix ?? ""
        state = Mutex(State(day: WallClock().now().day))
        self.console = console
        self.tellsStart = tellsStart
        self.stream = stream ?? console.error
        hasColour = stream === console.output ? console.hasOutputColour : console.hasColour
        self.isQuiet = isQuiet
        self.printsID = printsID
        self.prefix = prefix
    }

    func accompany<Value: Sendable>(
        _ body: () async throws(CommandFailure) -> Value
    ) async throws(CommandFailure) -> Value {
        guard let report, !isQuiet else { return try await body() }
        return try await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: StepReports.interval, clock: .continuous)
                    if !Task.isCancelled { self.tellReports(report, at: WallClock().now()) }
                }
            }
            defer { group.cancelAll() }
            do throws(CommandFailure) { return Result<Value, CommandFailure>.success(try await body()) } catch {
                return .failure(error)
            }
        }.get()
    }

    func tellReports(_ report: (String) -> String?, at now: Timestamp) {
        for (step, text) in reports.withLock({ $0.news(report) }) { tell(at: now, step, "running", text) }
    }

    /// Which steps there are, for the columns.
    func expect(_ definition: Definition) {
        state.withLock { state in
            for stage in definition.stages {
                state.learn(stage.steps, stage.name)
            }
            state.learn(definition.onExit, "on_exit")
        }
    }

    var drawsRun: Bool { false }

    func expect(_ view: RunView) { expect(view.state.program.definition) }

    func observe(_ event: RunEvent) {
        switch event {
        case .created(let run, let workflow):
            if printsID { console.data(run.text) }
            if tellsStart { tell("\(prefix)\(run.text): \(workflow) started") }
        case .follows(let definition): expect(definition)
        case .entry(let entry, let run): tell(entry, run)
        case .reattached(let step, let attempt, let id):
            reports.withLock { $0.begin(step, id) }
            tell("\(prefix)\(step): attempt \(attempt) goes on under its supervisor")
        case .stillRunning(let step, let attempt, let processes):
            tell(
                "\(prefix)\(step): attempt \(attempt) has lost its supervisor and still runs (pid "
                    + processes.map(String.init).joined(separator: ", ") + "); waiting for its end")
        case .supervisorEnded(let step, let attempt, let process):
            tell(
                "\(prefix)\(step): the supervisor of attempt \(attempt) (pid \(process)) did not end it in time, "
                    + "stopped or stuck, and was killed")
        case .changed(let changes):
            for change in changes { tell("\(prefix)since the run began: \(change)") }
        case .lacksSecrets(let errors):
            for error in errors {
                tell(
                    "\(prefix)\(error.message): the run ends without it; steps that need it fail, and a reason that "
                        + "may hold it is left out")
            }
        case .awaitsLock(let step, let lock, let holder, let run):
            let whose = holder.run == run ? "another step" : holder.run.text
            tell("\(prefix)\(step): waits for the lock \(lock), which \(whose) holds" + holder.remedy(suffix: suffix))
        case .awaitsTurn(let group, let holder, _):
            tell("\(prefix)waits for its turn in the concurrency group \(group): \(holder.inTurn(suffix: suffix))")
        case .stopping: break  // Whoever took the signal has told it.
        case .leftRunning(let steps):
            tell("\(prefix)still running under their supervisors: \(steps.joined(separator: ", "))")
        }
    }

    private func tell(_ line: String) {
        if !isQuiet { stream.line(line) }
    }

    /// What was lost of the attempt that an entry ends, on lines of its own.
    func tellLosses(_ entry: Entry) {
        guard !isQuiet, let lost = entry.fact.lost else { return }
        for sentence in lost.losses.sentences { tell(entry, lost.step, "lost", sentence) }
    }

    private func tell(_ entry: Entry, _ run: RunID) {
        guard !isQuiet else { return }
        reports.withLock { $0.note(entry.fact) }
        defer { tellLosses(entry) }
        switch entry.fact {
        case .attemptStarted(let fact):
            if let question = fact.question, let wait = fact.wait {
                tell(entry, fact.step, "waiting", "\(question.text), until \(wait.due.text)")
            } else if let wait = fact.wait {
                tell(entry, fact.step, "waiting", "until \(wait.due.text)")
            } else {
                tell(entry, fact.step, "running", "attempt \(fact.attempt)")
            }
        case .attemptVoided(let attempt): tell(entry, attempt.step, "pending", "attempt \(attempt.attempt) never began")
        case .attemptFailed(let fact):
            guard let retry = fact.retry else { return }
            tell(
                entry, fact.step, "retrying",
                "attempt \(fact.attempt): \(fact.failure.message); again in \(retry.length.text)")
        case .attemptInDoubt(let fact): tell(entry, fact.step, "in_doubt", fact.reason)
        case .probeFinished(let fact): tell(entry, fact.step, "probed", "\(fact.verdict.text): \(fact.message)")
        case .stepSucceeded(let fact): tell(entry, fact.step, "success", saved(fact.checkpoint) + fact.basis.text)
        case .stepSkipped(let fact): tell(entry, fact.step, "skipped", saved(fact.checkpoint))
        case .stepFailed(let fact):
            tell(entry, fact.step, "failed", fact.failure.message + (fact.isTolerated ? " (the run goes on)" : ""))
        case .stepCancelled(let fact): tell(entry, fact.step, "cancelled", "")
        case .stepResolved(let fact):
            tell(entry, fact.step, "resolved", "\(fact.decision.rawValue), by \(entry.actor)" + reason(fact.reason))
        case .itemsEvaluated(let fact): tell(entry, fact.step, "running", Counted.text(fact.items.count, "item"))
        case .stepRepeated(let fact):
            tell(
                entry, fact.step, "repeated",
                "pass \(fact.iteration) done" + (fact.wait.map { "; the next in \($0.length.text)" } ?? ""))
        case .signalReceived(let fact):
            tell(entry, run, "signal \(fact.name) from \(entry.actor)" + reason(fact.reason))
        case .stepApproved(let fact): tell(entry, fact.step, "approved", "by \(entry.actor)" + reason(fact.reason))
        case .stepRejected(let fact): tell(entry, fact.step, "rejected", "by \(entry.actor)" + reason(fact.reason))
        case .verifyFinished(let fact):
            tell(
                entry, fact.step, fact.verdict == .done ? "verified" : "drifted",
                "\(fact.verdict.text): \(fact.message)")
        case .requestRefused(let fact):
            tell(entry, run, "\(fact.request) by \(entry.actor) was refused: \(fact.message)")
        case .stageReturned(let fact):
            tell(entry, "back to \(fact.returnedTo) (return \(fact.count))", stage: fact.stage)
        case .definitionChanged(let fact):
            tell(
                entry, run,
                "moved to another definition: \(fact.change.reused.count) reused, \(fact.change.repeated.count) "
                    + "repeated, \(fact.change.added.count) new, \(fact.change.orphaned.count) orphaned"
                    + outrun(fact.change))
        case .failuresReopened(let fact): tell(entry, run, "repeats \(fact.steps.joined(separator: ", "))")
        case .runRewound(let fact): tell(entry, run, "back to \(fact.checkpoint.text)")
        case .pauseRequested(let fact): tell(entry, run, "pause asked for by \(entry.actor)" + reason(fact.reason))
        case .cancelRequested(let fact): tell(entry, run, "cancel asked for by \(entry.actor)" + reason(fact.reason))
        case .runPaused: tell(entry, run, "paused")
        case .runEnded(let fact): tell(entry, run, fact.status.rawValue)
        case .driverAttached(let fact):
            if fact.reason == .resume { tell(entry, run, "resumed by \(entry.actor)" + reason(fact.note)) }
        default: return
        }
    }

    /// Names what stays done behind a step that is done again.
    private func outrun(_ change: DefinitionChange) -> String {
        guard !change.outrun.isEmpty else { return "" }
        let more = change.outrun.count > 10 ? ", … (\(change.outrun.count) in all)" : ""
        return "; done before, and what they come after runs again: "
            + change.outrun.prefix(10).joined(separator: ", ") + more
    }

    private func saved(_ checkpoint: CheckpointID?) -> String { checkpoint?.text ?? "" }

    private func reason(_ reason: String?) -> String { reason.map { ": \($0)" } ?? "" }

    private func tell(_ entry: Entry, _ step: String, _ status: String, _ detail: String) {
        tell(at: entry.at, step, status, detail)
    }

    private func tell(at instant: Timestamp, _ step: String, _ status: String, _ detail: String) {
        let (stage, stageWidth, stepWidth) = state.withLock { state in
            (state.stage(ofStep: step), state.stageWidth, state.stepWidth)
        }
        let word = StatusColour.paint(Table.padded(status, to: 9), status, if: hasColour)
        let line =
            "\(time(instant))  \(Table.padded(stage, to: stageWidth))  \(Table.padded(step, to: stepWidth))  "
            + "\(word) \(DisplayLine.text(Array(detail.utf8)))"
        stream.line(line.trimmedAtEnd)
    }

    private func tell(_ entry: Entry, _ run: RunID, _ text: String) {
        let shown = StatusColour.paint(text, text, if: hasColour)
        stream.line("\(time(entry.at))  \(run.text) \(shown)")
    }

    private func tell(_ entry: Entry, _ text: String, stage: String) {
        let width = state.withLock { $0.stageWidth }
        stream.line("\(time(entry.at))  \(Table.padded(stage, to: width))  \(text)")
    }

    /// When it was, behind a line with the day where that is another one.
    private func time(_ instant: Timestamp) -> String {
        let day = instant.day
        let isNews = state.withLock { state in
            defer { state.day = day }
            return state.day != day
        }
        if isNews { stream.line("\(prefix)\(day), in UTC:") }
        return prefix + instant.clock
    }
}

extension PlainProgress.State {
    fileprivate mutating func learn(_ steps: [Step], _ stage: String) {
        var waiting = steps
        while let step = waiting.popLast() {
            stages[step.name] = stage
            stageWidth = max(stageWidth, min(stage.count, 24))
            stepWidth = max(stepWidth, min(step.name.count, 40))
            if case .group(let inner) = step.action { waiting += inner }
        }
    }

    /// `subnets[3].attach` stands in the stage of `subnets`.
    fileprivate func stage(ofStep name: String) -> String {
        stages[name] ?? stages[String(name.prefix { $0 != "[" && $0 != "." })] ?? ""
    }
}

extension LockHolder {
    /// Why the turn has not come.
    func inTurn(suffix: String) -> String {
        standing == .driven ? "\(run.text) is under way" : "\(run.text) is before it" + remedy(suffix: suffix)
    }
}

extension Question {
    fileprivate var text: String {
        switch self {
        case .signal(let name): "for the signal \(name)"
        case .approval(let prompt, _): "for approval: \(prompt)"
        }
    }
}

extension StepSucceeded.Basis {
    fileprivate var text: String {
        switch self {
        case .execution: ""
        case .probe: "  (found done by its probe)"
        case .resolution: "  (resolved)"
        case .signal, .approval: ""
        }
    }
}

extension Timestamp {
    /// `10:15:30.123Z`.
    var clock: String { String(text.dropFirst(11)) }
}

extension String {
    fileprivate var trimmedAtEnd: String {
        var text = self
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }
}
