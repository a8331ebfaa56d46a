internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore

struct CancelCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Stop a run: running steps are ended, nothing else starts.",
        discussion: """
              workflow cancel run-2026-02-02-001 --reason "maintenance window"

            A cancelled run has ended; it cannot be resumed. Owed work (on_exit) runs first; to end that too once it \
            runs, give a reason: approvals in it stay their approvers'. A failed run is ended too, by \
            a reason; its owed work has run. Where a step is in doubt a reason is needed as well: its effect may be in \
            place, and `workflow show` goes on to say so.
            """)

    var takesSignals: Bool { true }

    @Argument(help: ArgumentHelp("The run.", valueName: "run"), completion: .endableRun)
    var run: String

    @Flag(help: "Kill what runs at once, also what nothing else may kill.")
    var kill = false

    @OptionGroup var person: PersonOptions
    @OptionGroup var store: StoreOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        if kill { try await StepCaller.find(session, in: process).refuse("cancel --kill") }
        try await person.refuseSecrets(session, RunID(run), by: person.actor(in: process))
        let asking = Asking(
            session: session, console: console, run: RunID(run), actor: person.actor(in: process))
        let ended = try await CommandFailure.telling { () async throws(EngineError) in
            try await session.engine.childrenEnded(byCancelOf: RunID(run))
        }
        if !ended.isEmpty {
            console.note(
                "cancelled with it, as its steps started them: \(ended.map(\.id.text).joined(separator: ", "))")
        }
        return try await asking.ask(.cancel(reason: person.reason, kills: kill), what: "cancel")
    }
}
