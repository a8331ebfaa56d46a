internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore
internal import WorkflowViews

/// That a run goes on with an answer.
struct FollowOption: ParsableArguments {
    @Flag(name: .customLong("resume"), help: "Let the run go on with it, driven by a process of its own.")
    var goesOn = false
}

/// What `approve`, `reject`, `signal`, `pause`, `cancel` and `resolve` share: ask, and say what came of it.
struct Asking {
    let session: Session
    let console: Console
    let run: RunID
    let actor: Actor
    /// With `--resume`: what lets the run go on.
    var next: DetachedDriver?

    /// A driver takes a request within a second.
    private static let followTries = 60

    /// - Parameter what: for the message: `cancel`, `pause`, `resolve vpc_creation`.
    func ask(_ request: ControlRequest, what: String) async throws(CommandFailure) -> ExitStatus {
        try await session.closing { () async throws(CommandFailure) in try await answer(request, what) }
    }

    private func answer(_ request: ControlRequest, _ what: String) async throws(CommandFailure) -> ExitStatus {
        let progress = PlainProgress(console: console, isQuiet: false, printsID: false, commands: session.commands)
        let control = RunControl()
        SignalWatch.deliver(to: control, telling: console)
        let before = try await session.view(of: run).state
        progress.expect(before.program.definition)
        let answer = try await CommandFailure.telling { () async throws(EngineError) in
            var answer = try await session.engine.ask(
                request, of: run, actor: actor, control: control, observer: progress)
            var tries = 0
            while answer == .handedOver, tries < Asking.followTries {
                if let taken = try await session.engine.follow(
                    request, of: run, since: before.head, actor: actor, control: control, observer: progress)
                {
                    answer = taken
                    break
                }
                tries += 1
                try? await Task.sleep(for: .milliseconds(50))
            }
            return answer
        }
        switch answer {
        case .handedOver:
            console.note("\(what): handed to the process that drives \(run.text), which obeys within a second")
        case .obeyed(let entries):
            console.note("\(what): handed to the process that drives \(run.text), which has obeyed")
            tellMatches(of: request, entries, try await session.view(of: run).state)
            tellEnded(by: request, entries)
        case .kept(let missing):
            console.note(
                "\(what): recorded, and done by the process that drives \(run.text) next: "
                    + missing.map(\.message).joined(separator: "; "))
            let command = session.commands.resume(run)
            guard next == nil else {
                throw CommandFailure(.invalid, "\(run.text) cannot go on from here without it").then(command)
            }
            console.note("To go on, where it is set:")
            console.note(command)
        case .applied(let status):
            let view = try await session.view(of: run)
            let entries = try await CommandFailure.telling { () async throws(EngineError) in
                try await session.engine.entries(of: view.record.uuid, after: before.head)
            }
            tellMatches(of: request, entries, view.state)
            tellEnded(by: request, entries)
            if request.isAnswer, status.canBeResumed {
                console.note(request.whatItLeaves(what, run, status, goesOn: next != nil))
            } else {
                console.note("\(run.text) is \(status.rawValue)")
            }
            try await goOn(view)
        }
        return .completed
    }

    /// Starts what drives the run, or says what to type.
    private func goOn(_ view: RunView) async throws(CommandFailure) {
        guard let command = session.commands.resume(view) else { return }
        guard let next else {
            console.note("To go on:")
            console.note(command)
            return
        }
        next.tell(try await next.start(run), run, console)
    }

    /// Owed work that a cancel has ended: what it was to do is not done.
    private func tellEnded(by request: ControlRequest, _ entries: [Entry]) {
        guard case .cancel = request else { return }
        for entry in entries where entry.actor.by?.processID == actor.by?.processID {
            guard case .cancelRequested(let fact) = entry.fact, !fact.ended.isEmpty else { continue }
            console.note("it ended owed work (on_exit): \(named(fact.ended))")
        }
    }

    /// For `host[*]`: how many were decided, and which were not.
    private func tellMatches(of request: ControlRequest, _ entries: [Entry], _ after: RunState) {
        guard case .resolve(let name, let decision, _, _) = request, after.number(ofStep: name) == nil,
            let pattern = ItemPattern(name)
        else { return }
        var decided: [String] = []
        for entry in entries {
            if case .stepResolved(let fact) = entry.fact, pattern.matches(fact.step) { decided.append(fact.step) }
        }
        let left = after.stepsInOrder().filter {
            let name = after.name(ofStep: $0)
            return pattern.matches(name) && !decided.contains(name)
        }
        console.note("resolved \(decided.count) as \(decision.rawValue): \(named(decided))")
        guard !left.isEmpty else { return }
        let others = left.filter { after.steps[$0].status != .success }
        let successes = left.count - others.count
        var parts: [String] = successes > 0 ? ["\(successes) success"] : []
        parts += others.prefix(Self.namesMax).map {
            "\(after.name(ofStep: $0)) \(after.status(ofStep: $0).rawValue)"
        }
        if others.count > Self.namesMax { parts.append("and \(others.count - Self.namesMax) more") }
        console.note("left \(left.count) as they are: \(parts.joined(separator: ", "))")
    }

    private static let namesMax = 20

    private func named(_ names: [String]) -> String {
        names.prefix(Self.namesMax).joined(separator: ", ")
            + (names.count > Self.namesMax ? " and \(names.count - Self.namesMax) more" : "")
    }
}

extension ControlRequest {
    /// It answers what the run waits for, and does not change where the run goes.
    fileprivate var isAnswer: Bool {
        switch self {
        case .approve, .reject, .signal, .resolve: true
        case .pause, .cancel: false
        }
    }

    /// That no process goes on with the answer.
    fileprivate func whatItLeaves(_ what: String, _ run: RunID, _ status: RunStatus, goesOn: Bool) -> String {
        guard !goesOn else { return "\(what): recorded" }
        let recorded = "\(what): recorded; no process drives \(run.text)"
        guard case .reject = self, status != .failed else { return recorded }
        return recorded + ", and what the no brings about (on_exit, the run's end) is done when it goes on"
    }
}
