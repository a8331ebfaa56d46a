internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore

struct RejectCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject",
        abstract: "Let a step that waits for approval fail.",
        discussion: """
              workflow reject run-2026-02-02-001 go_live --reason "the backup is older than a day"

            The step fails with the reason, and the run with it unless the step says `continue_on_error`. Where no \
            process drives the run, that is done with --resume or a later `workflow resume`. A resume of the failed \
            run asks again.
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
        try await StepCaller.find(session, in: process).refuse("reject")
        try await person.refuseSecrets(session, RunID(run), by: person.actor(in: process))
        let asking = Asking(
            session: session, console: console, run: RunID(run), actor: person.actor(in: process),
            next: follow.goesOn ? DetachedDriver(session: session, process: process) : nil)
        return try await asking.ask(.reject(step: step, reason: person.reason), what: "reject \(step)")
    }
}
