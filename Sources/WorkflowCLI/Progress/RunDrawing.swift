internal import Terminal
internal import Workflow
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowViews

/// A model of a run and the screen that it is drawn on: decides when there is something to draw.
struct RunDrawing: Sendable {
    /// The shortest time between two drawings.
    static let interval = Duration.milliseconds(100)
    /// Time passes on the screen in steps of this.
    private static let tick = Milliseconds.seconds(1)

    var model: ProgressModel
    private let screen: LiveScreen
    private let traits: TerminalTraits
    private let session: Session
    private var output = LastOutput()
    private var estimate: TimeEstimate?
    private var drawnAt: Timestamp?
    private(set) var isOpen = false
    private let clock = WallClock()

    init(_ model: ProgressModel, screen: LiveScreen, traits: TerminalTraits, session: Session) {
        self.model = model
        self.screen = screen
        self.traits = traits
        self.session = session
    }

    /// From now on the screen is this drawing's, until it is closed.
    mutating func open() {
        guard !isOpen else { return }
        isOpen = true
        screen.open()
    }

    mutating func apply(_ entry: Entry) {
        model.apply(entry)
        switch entry.fact {
        case .stepSucceeded(let fact): estimate?.ended(fact.step, at: entry.at)
        case .stepSkipped(let fact): estimate?.ended(fact.step, at: entry.at)
        default: break
        }
    }

    /// Draws where something has changed or a second has passed.
    ///
    /// - Parameter isAbandoned: nobody drives the run.
    mutating func update(_ run: RunID, workflow: String, hasNews: Bool, isAbandoned: Bool = false) async {
        if model.needsReload, let view = try? await session.engine.view(of: run) { model.reload(view.state) }
        let now = clock.now()
        let isDue = drawnAt.map { now.since($0) >= Self.tick || now < $0 } ?? true
        guard hasNews || isDue || screen.isDisturbed else { return }
        drawnAt = now
        let size = screen.size
        var view = model.view(run: run, workflow: workflow, rows: size.rows)
        view.isAbandoned = isAbandoned
        if view.ended == nil { view.left = estimate?.left(at: now) }
        readOutput(&view, rows: size.rows)
        screen.show(ProgressLayout(size: size, traits: traits, now: now, commands: session.commands).frame(view))
        if estimate == nil, view.ended == nil { await learn(run, workflow) }
    }

    /// After the first drawing, so that nothing waits for it.
    private mutating func learn(_ run: RunID, _ workflow: String) async {
        var estimate = await TimeEstimate.of(workflow, beside: run, in: session.store)
        if let began = model.state.startedAt { estimate.began(at: began) }
        for number in model.state.completedSteps {
            guard let ended = model.state.steps[number].endedAt else { continue }
            estimate.ended(model.state.name(ofStep: number), at: ended)
        }
        self.estimate = estimate
    }

    /// The last line that each running step on the screen has printed.
    private mutating func readOutput(_ view: inout ProgressView, rows: Int) {
        guard let uuid = model.state.created?.run, view.ended == nil else { return }
        var paths: [String] = []
        var places: [(stage: Int, step: Int)] = []
        for stage in view.stages.indices {
            for step in view.stages[stage].steps.indices where places.count < rows / 2 {
                guard case .running(let attempt, _) = view.stages[stage].steps[step].condition else { continue }
                places.append((stage, step))
                paths.append(
                    session.environment.logPath(run: uuid, step: view.stages[stage].steps[step].name, attempt: attempt))
            }
        }
        let lines = output.lines(of: paths)
        for (place, path) in zip(places, paths) {
            view.stages[place.stage].steps[place.step].lastLine =
                report(ofStep: view.stages[place.stage].steps[place.step].number) ?? lines[path]
        }
    }

    /// What a step says of itself comes before what it prints.
    private func report(ofStep number: Int) -> String? {
        guard model.state.steps.indices.contains(number), case .running(let attempt) = model.state.steps[number].phase
        else { return nil }
        if model.state.isNeverKilled(number), session.executor.isNotEnding(attempt: attempt.id.text) {
            return ReportText.notEnding
        }
        return session.executor.progress(ofAttempt: attempt.id.text).map(ReportText.line)
    }
}
