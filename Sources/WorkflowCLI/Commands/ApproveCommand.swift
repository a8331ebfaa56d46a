internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore

struct ApproveCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Let a step that waits for approval go on.",
        discussion: """
              workflow approve run-2026-02-02-001 go_live --reason "checked with the network team" --resume
              workflow approve run-2026-02-02-001 'drain[node-3].confirm' --reason ok

            Where no process drives the run the answer is recorded, and the run goes on with --resume, or with a later \
            `workflow resume`. Where the step names its approvers, only these logins are heard (exit 77): who logged \
            in, else the user of this process. Where the store takes names on trust (`workflow store set \
            identity=claimed`), --as names who approves.
            """)

    var takesSignals: Bool { true }

    @Argument(help: ArgumentHelp("The run.", valueName: "run"), completion: .runToApprove)
    var run: String

    @Argument(help: ArgumentHelp("The step.", valueName: "step"), completion: .waitingStep)
    var step: String

    @OptionGroup var follow: FollowOption
    @OptionGroup var person: PersonOptions
    @OptionGroup var store: StoreOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        try await StepCaller.find(session, in: process).refuse("approve")
        try await person.refuseSecrets(session, RunID(run), by: person.actor(in: process))
        let asking = Asking(
            session: session, console: console, run: RunID(run), actor: person.actor(in: process),
            next: follow.goesOn ? DetachedDriver(session: session, process: process) : nil)
        return try await asking.ask(.approve(step: step, reason: person.reason), what: "approve \(step)")
    }
}
