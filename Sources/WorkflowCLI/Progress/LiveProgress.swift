internal import Synchronization
internal import Terminal
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowViews

/// Shows a run as a tree that is redrawn in place while it is driven here.
///
/// Whoever drives leaves each event in a list and goes on; one task beside takes them in and draws, at most ten times a
/// second while something happens, and once a second while only time passes.
final class LiveProgress: ProgressTeller {
    private struct State {
        var events: [RunEvent] = []
        /// Nil until there is a run.
        var run: RunID?
        var workflow = ""
        var start: RunState?
    }

    private let session: Session
    private let console: Console
    /// Says what stays to be read above the tree, and the run's id.
    private let plain: PlainProgress
    private let state = Mutex(State())

    init(session: Session, console: Console, printsID: Bool) {
        self.session = session
        self.console = console
        plain = PlainProgress(
            console: console, isQuiet: false, printsID: printsID, tellsStart: false, commands: session.commands)
    }

    func expect(_ definition: Definition) {
        plain.expect(definition)
        state.withLock {
            // A run that goes on has its state, and is moved by its journal.
            guard $0.start == nil else { return }
            $0.start = RunState(Program(definition))
            $0.workflow = definition.name
        }
    }

    var drawsRun: Bool { true }

    func expect(_ view: RunView) {
        plain.expect(view)
        state.withLock {
            $0.start = view.state
            $0.run = view.record.id
            $0.workflow = view.record.workflow
        }
    }

    func observe(_ event: RunEvent) {
        // At once: a script that reads the id must not wait for a drawing.
        if case .created(let run, _) = event {
            plain.observe(event)
            state.withLock { $0.run = run }
        }
        state.withLock { $0.events.append(event) }
    }

    func accompany<Value: Sendable>(
        _ body: () async throws(CommandFailure) -> Value
    ) async throws(CommandFailure) -> Value {
        guard let start = state.withLock({ $0.start }) else { return try await body() }
        let screen = LiveScreen(console.error, console.traits)
        let drawing = RunDrawing(
            ProgressModel(start), screen: screen, traits: console.traits, session: session)
        let (result, last) = await withTaskGroup(of: RunDrawing.self) { group in
            group.addTask { await self.draw(drawing) }
            let result: Result<Value, CommandFailure>
            do throws(CommandFailure) { result = .success(try await body()) } catch { result = .failure(error) }
            group.cancelAll()
            return (result, await group.next())
        }
        if var last {
            await turn(&last)
            // The size has just changed.
            if screen.isDisturbed { await turn(&last) }
            screen.close()
        }
        return try result.get()
    }

    // MARK: - Drawing

    /// Until it is cancelled.
    private func draw(_ drawing: RunDrawing) async -> RunDrawing {
        var drawing = drawing
        while !Task.isCancelled {
            await turn(&drawing)
            let left = ContinuousClock.now
            try? await Task.sleep(for: RunDrawing.interval, clock: .continuous)
            // It was long gone, perhaps stopped by Ctrl-Z: whoever hears of its going on has to be heard before it
            // draws over what the shell has printed.
            if ContinuousClock.now - left > RunDrawing.interval * 3 {
                try? await Task.sleep(for: RunDrawing.interval, clock: .continuous)
            }
        }
        return drawing
    }

    /// Takes in what has happened, and draws. Nothing is drawn before there is a run that does something.
    private func turn(_ drawing: inout RunDrawing) async {
        let (events, run, workflow) = state.withLock { state in
            defer { state.events = [] }
            return (state.events, state.run, state.workflow)
        }
        if !events.isEmpty { drawing.open() }
        for event in events { take(event, &drawing) }
        guard let run, drawing.isOpen else { return }
        await drawing.update(run, workflow: workflow, hasNews: !events.isEmpty)
    }

    private func take(_ event: RunEvent, _ drawing: inout RunDrawing) {
        switch event {
        case .created, .follows: break
        case .entry(let entry, _):
            drawing.apply(entry)
            if entry.fact.staysToBeRead { plain.observe(event) } else { plain.tellLosses(entry) }
        case .awaitsLock(let step, let lock, let holder, _): drawing.model.awaitsLock(step, lock, holder: holder)
        case .awaitsTurn(let group, let holder, _): drawing.model.awaitsTurn(group, holder: holder)
        case .stopping(let signal): drawing.model.stopping(signal)
        case .reattached, .stillRunning, .supervisorEnded, .changed, .leftRunning, .lacksSecrets: plain.observe(event)
        }
    }
}

extension Fact {
    /// What people and programs did, and turns of the run that its tree does not show afterwards.
    var staysToBeRead: Bool {
        switch self {
        case .stepResolved, .signalReceived, .stepApproved, .stepRejected, .requestRefused, .stageReturned,
            .definitionChanged, .runRewound, .failuresReopened, .pauseRequested, .cancelRequested, .attemptVoided,
            .probeFinished:
            true
        case .verifyFinished(let fact): fact.verdict != .done
        case .runCreated, .driverAttached, .driverDetached, .carriedOver, .stageEntered, .stageCompleted,
            .itemsEvaluated, .groupEntered, .stepRepeated, .locksRequested, .locksTaken, .attemptStarted,
            .attemptFailed, .attemptInDoubt, .stepSucceeded, .stepSkipped, .stepFailed, .stepCancelled,
            .concurrencyRequested, .concurrencyTaken, .runPaused, .stopRequested, .endingBegan, .runEnded:
            false
        }
    }
}
