internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore

struct PauseCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Pause a run once its running steps have ended.",
        discussion: """
              workflow pause run-2026-02-02-001 --reason "maintenance window"

            A paused run stays until somebody resumes it.
            """)

    var takesSignals: Bool { true }

    @Argument(help: ArgumentHelp("The run.", valueName: "run"), completion: .pausableRun)
    var run: String

    @OptionGroup var person: PersonOptions
    @OptionGroup var store: StoreOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        try await person.refuseSecrets(session, RunID(run), by: person.actor(in: process))
        let asking = Asking(
            session: session, console: console, run: RunID(run), actor: person.actor(in: process))
        return try await asking.ask(.pause(reason: person.reason), what: "pause")
    }
}
