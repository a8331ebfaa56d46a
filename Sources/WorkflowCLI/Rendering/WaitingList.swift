internal import JSON
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowViews

/// What a run waits for, for people: each thing with how long it lasts and the commands that answer it.
///
/// ```
/// go_live waits for approval: Switch the traffic?
///   until 2026-02-02T11:00:00.000Z, then it fails; approvers: ada, bob
///     workflow approve run-2026-02-02-001 go_live      # let it go on
///     workflow reject run-2026-02-02-001 go_live       # let it fail
/// ```
struct WaitingList {
    /// More are counted, not named.
    private static let stepsMax = 20
    private static let headlinesMax = 3

    let account: RunAccount
    let commands: CommandTexts
    let tails: OutputTails
    let screen: Screen

    private var view: RunView { account.view }
    private var run: RunID { view.record.id }
    private var state: RunState { view.state }

    /// Something here needs a person or a program, so that going on alone is of no use.
    var needsAnswer: Bool {
        !state.drifted.isEmpty || waitingSteps.contains(where: asks)
    }

    /// One paragraph for each thing that is waited for, an empty line before each; none when nothing is.
    func lines() -> [String] {
        var lines: [String] = []
        for request in view.requests {
            lines += [
                "",
                "\(shown(request.spoken)), by \(shown(request.actor.told)) \(request.at.spoken(at: screen.now)): "
                    + "recorded, and done when a process drives the run",
            ]
        }
        if let turn = turn() { lines += [""] + turn }
        let steps = waitingSteps
        for number in steps.prefix(Self.stepsMax) { lines += [""] + told(number) }
        if steps.count > Self.stepsMax {
            lines += ["", "and \(steps.count - Self.stepsMax) more: \(commands.show(run))"]
        }
        return lines + together(steps)
    }

    /// The first things that are waited for alone, and where to read on.
    func headlines() -> [String] {
        let told = waitingSteps.prefix(Self.headlinesMax).compactMap { self.told($0).first } + (turn()?.prefix(1) ?? [])
        guard !told.isEmpty else { return [] }
        let others = waitingSteps.count - Self.headlinesMax
        return [""] + told.map { screen.fitted($0) } + (others > 0 ? ["and \(others) more"] : [])
            + ["What answers it: \(commands.show(run))"]
    }

    /// What decides several doubts at once.
    private func together(_ steps: [Int]) -> [String] {
        let doubtful = steps.filter {
            if case .inDoubt = state.steps[$0].phase { return true }
            return false
        }
        guard doubtful.count > 1 else { return [] }
        return ["", "\(doubtful.count) steps are in doubt. To decide them together:"]
            + commands.decisions(run, doubtful.map { state.name(ofStep: $0) }).map { "    " + $0 }
    }

    /// What holds up everything comes first, then what needs an answer, then what time ends.
    private var waitingSteps: [Int] {
        guard !state.hasEnded else { return [] }
        let decided = Set(view.requests.compactMap { $0.step.map(ExactText.init) })
        let waiting = state.stepsThatWait.filter {
            !state.isSettledByResume($0) && !decided.contains(ExactText(state.name(ofStep: $0)))
        }
        return state.drifted + waiting.filter(asks) + waiting.filter { !asks($0) }
    }

    private func asks(_ number: Int) -> Bool {
        switch state.steps[number].phase {
        case .asking, .inDoubt: true
        default: false
        }
    }

    private func turn() -> [String]? {
        guard let concurrency = state.concurrency, !concurrency.isHeld, !state.hasEnded else { return nil }
        let heading = "\(run.text) waits for its turn in the concurrency group \(shown(concurrency.group))"
        guard let holder = view.holders.first(where: { $0.holding.name == LockName(.concurrency, concurrency.group) })
        else {
            return [heading + ":", "  it is free; only while the run is driven can it get its turn."]
        }
        return ["\(heading): \(holder.run.text) has it"]
            + hindrance(holder)
            + ["  The runs of the group follow each other in the order of their creation."]
    }

    private func told(_ number: Int) -> [String] {
        let name = shown(state.name(ofStep: number))
        let step = state.steps[number]
        if let drift = step.drift { return drifted(number, name, drift) }
        switch step.phase {
        case .asking(_, let wait, .approval(let prompt, let approvers)):
            if let over = over(wait) { return ["\(name) waited for approval: \(shown(prompt))"] + over }
            let who = approvers.isEmpty ? "" : "; approvers: " + shown(approvers.joined(separator: ", "))
            return ["\(name) waits for approval: \(shown(prompt))", "  " + until(wait, number) + who + left(wait)]
                + choices([
                    (commands.approve(run, state.name(ofStep: number), view.claim(number)), "let it go on"),
                    (commands.reject(run, state.name(ofStep: number), view.claim(number)), "let it fail"),
                ])
        case .asking(_, let wait, .signal(let signal)):
            if let over = over(wait) { return ["\(name) waited for the signal \(shown(signal))"] + over }
            return ["\(name) waits for the signal \(shown(signal))", "  " + until(wait, number) + left(wait)]
                + choices([(commands.signal(run, signal), "or with --data JSON")])
        case .awaitingLocks(let locks, let wait):
            let holder = view.holders.first { locks.contains($0.holding.name.name) && $0.holding.name.kind == .lock }
            return [
                "\(name) waits for \(locks.count == 1 ? "the lock" : "the locks") "
                    + shown(locks.joined(separator: ", ")) + (holder.map { ", which \($0.run.text) holds" } ?? "")
            ] + (holder.map(hindrance) ?? []) + [
                "  until \(told(wait)), then it fails; only while the run is driven can it get "
                    + (locks.count == 1 ? "it" : "them")
            ]
        case .inDoubt(let doubt):
            var lines = [
                "\(name) is in doubt: attempt \(doubt.attempt.number) began, and nobody knows how it ended.",
                "  What is known: \(shown(doubt.reason))",
            ]
            lines += StepFacts(account: account, screen: screen).lines(number)
            lines += tails.lines(of: number, in: view)
            if !lines[lines.count - 1].hasPrefix("  |"), step.attempts > 0 { lines.append("It has printed nothing.") }
            return lines + ["Look at what it was to do, then decide:"]
                + choices(commands.resolutions(run, state.name(ofStep: number)))
        case .sleeping(_, let wait): return ["\(name) sleeps until \(told(wait))"]
        case .repeating(let wait): return ["\(name) begins pass \(step.passes + 1) at \(told(wait))"]
        case .retrying(let wait):
            return [
                "\(name) is tried again at \(told(wait))", "  " + shown(step.failure?.message ?? "it has failed"),
            ]
        case .blocked, .ready, .running, .open, .succeeded, .skipped, .failed, .cancelled: return []
        }
    }

    /// Where no process drives the run, nothing has been written down yet of a time that is over.
    private func over(_ wait: Wait) -> [String]? {
        guard wait.due <= screen.now, !view.isDriven else { return nil }
        return ["  until \(told(wait)): no answer counts any more"]
            + choices([(commands.resume(run), "let the run go on without one")])
    }

    /// Why whoever has it does not go on, and what frees it; nothing of one that a process drives.
    private func hindrance(_ holder: LockHolder) -> [String] {
        guard let why = holder.hindrance else { return [] }
        return ["  \(shown(why)):"] + holder.commands(suffix: commands.suffix).map { "    " + $0 }
    }

    private func drifted(_ number: Int, _ name: String, _ drift: StepState.Drift) -> [String] {
        let what =
            drift.verdict == .cannotTell
            ? "\(name) was done, and its verify cannot tell whether that still holds"
            : "\(name) has drifted: it was done, and that does not hold any more"
        let isPast = state.stage(ofStep: number) != state.currentStage
        var lines = [what, "  Its verify: \(shown(drift.message))", "Nothing starts before this is decided:"]
        lines += choices(commands.resolutionsOfDrift(run, state.name(ofStep: number), isPast: isPast))
        if isPast {
            lines.append(
                "  To run it again, go back: workflow resume --checkpoint … --rewind, from before it "
                    + "(\(commands.checkpoints(run)))")
        }
        return lines
    }

    private func until(_ wait: Wait, _ number: Int) -> String {
        let policy: TimeoutPolicy? =
            switch state.step(number).action {
            case .signal(let signal): signal.onTimeout
            case .approval(let approval): approval.onTimeout
            case .run, .sleep, .group, .call: nil
            }
        return "until \(wait.due.text), then it \(policy == .skip ? "is skipped" : "fails")"
    }

    private func choices(_ choices: [(command: String, meaning: String)]) -> [String] {
        commands.choices(choices, within: screen)
    }

    private func left(_ wait: Wait) -> String { "; \(wait.remaining(at: screen.now).spoken) left" }

    /// The instant, and how far it is.
    private func told(_ wait: Wait) -> String { "\(wait.due.text) (\(wait.due.spoken(at: screen.now)))" }

    private func shown(_ text: String) -> String { DisplayLine.text(Array(text.utf8)) }
}

extension RunState {
    fileprivate var hasEnded: Bool {
        if case .ended = lifecycle { return true }
        return false
    }

    /// Steps that nothing but time, others or a person lets go on, in the definition's order.
    fileprivate var stepsThatWait: [Int] {
        stepsInOrder().filter {
            switch steps[$0].phase {
            case .sleeping, .asking, .awaitingLocks, .repeating, .retrying, .inDoubt: true
            case .blocked, .ready, .running, .open, .succeeded, .skipped, .failed, .cancelled: false
            }
        }
    }
}
