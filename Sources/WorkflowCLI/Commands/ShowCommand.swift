internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore
internal import WorkflowViews

struct ShowCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a run: its stages, steps, outputs, and what to type next.",
        discussion: """
              workflow show
              workflow show 001
              workflow show run-2026-02-02-001
              workflow show run-2026-02-02-001 --timeline
              workflow show run-2026-02-02-001 vpc_creation
              workflow show run-2026-02-02-001 --watch
              workflow show run-2026-02-02-001 --attempts --decisions -o json

            Without a run it is the newest one that no step has started; the end of an id is enough where one run \
            alone ends so. Standard error says which run was taken.

            Of many steps those that want attention are named and the others counted; --steps names all. With other \
            flags their sections stand in place of the steps; what is wrong and what to type next always stands last. \
            With -o json they add the members drives, attempts and decisions.

            --watch follows the run, whoever drives it, also while it waits for somebody, until it has ended, is \
            paused or was interrupted. Ctrl-C ends the looking and does nothing to the run.
            """)

    var takesSignals: Bool { watch }
    var colour: ColourForm { colours.form }

    @Argument(
        help: ArgumentHelp("The run, or the end of its id; the newest one where none is named.", valueName: "run"),
        completion: .anyRun)
    var run: String?

    @Argument(help: ArgumentHelp("Only this step, in detail.", valueName: "step"))
    var step: String?

    @Flag(name: .customLong("steps"), help: "All steps, however many.")
    var hasSteps = false

    @Flag(name: .customLong("timeline"), help: "What ran when, as bars.")
    var hasTimeline = false

    @Flag(name: .customLong("attempts"), help: "Every attempt: when, how long, and how it ended.")
    var hasAttempts = false

    @Flag(name: .customLong("decisions"), help: "Who decided what, when and why.")
    var hasDecisions = false

    @Flag(help: "Follow the run until it has ended, is paused or was interrupted.")
    var watch = false

    @OptionGroup var progress: ProgressOption
    @OptionGroup var colours: ColourOption
    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    func validate() throws {
        if watch, output.format != .text || step != nil || !sections.isEmpty {
            throw ValidationError("--watch is for people and shows a whole run; leave out the step and other flags.")
        }
        if step != nil, !sections.isEmpty {
            throw ValidationError(
                "--steps, --timeline, --attempts and --decisions are of a whole run; leave out the step.")
        }
    }

    private var sections: RunSections {
        var sections: RunSections = []
        if hasSteps { sections.insert(.steps) }
        if hasTimeline { sections.insert(.timeline) }
        if hasAttempts { sections.insert(.attempts) }
        if hasDecisions { sections.insert(.decisions) }
        return sections
    }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        let run = try await RunReference(word: run).run(in: session, console)
        if watch {
            return try await RunWatch(session: session, console: console, run: run, form: progress.form).follow()
        }
        let account = try await session.account(of: run)
        if let step {
            try show(step, of: account, session, console)
        } else {
            let children = try await session.children(of: account.view.record.id)
            show(account, children: children, session, console)
        }
        return .completed
    }

    private func show(_ account: RunAccount, children: [RunRecord], _ session: Session, _ console: Console) {
        guard output.format == .text else {
            let document = RunDocument.of(
                account.view, file: RunFile(of: account.view.state), children: children, session.commands,
                more: HistoryDocument.members(account, sections))
            return console.data(document.text(as: output.format))
        }
        let summary = RunSummary(
            account: account, children: children, sections: sections, commands: session.commands,
            tails: OutputTails(environment: session.environment), screen: console.outputScreen)
        for line in summary.lines() { console.told(line) }
    }

    private func show(
        _ step: String, of account: RunAccount, _ session: Session, _ console: Console
    ) throws(CommandFailure) {
        let state = account.view.state
        guard let number = state.number(ofStep: step) else {
            throw CommandFailure(.notFound, "\(account.view.record.id.text) " + state.lacks(step))
        }
        guard output.format == .text else {
            let attempts = account.history.attempts(ofStep: step).map(HistoryDocument.attempt)
            let document = RunDocument.step(
                number, of: state, more: [Document.Member(key: "attempt_list", value: .list(attempts))])
            return console.data(document.text(as: output.format))
        }
        let detail = StepDetail(account: account, number: number, session: session, screen: console.outputScreen)
        for line in detail.lines() { console.data(line) }
    }
}
