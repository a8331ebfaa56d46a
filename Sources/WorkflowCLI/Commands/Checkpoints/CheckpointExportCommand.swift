internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore

struct CheckpointExportCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a checkpoint as a file that another machine can resume from.",
        discussion: """
              workflow checkpoint export chk-2026-02-02-001 > checkpoint.json
              workflow resume --checkpoint checkpoint.json            # there

            The file holds the definition, the parameters and the journal up to the checkpoint, and no secrets. With \
            --hand-over the run ends here as moved, so that only the other machine goes on with it; asked again, the \
            command prints the same file.
            """)

    var takesSignals: Bool { true }
    /// The run is moved only once the file is written.
    var waitsForReader: Bool { true }

    @Argument(help: ArgumentHelp("The checkpoint.", valueName: "id"), completion: .anyCheckpoint)
    var checkpoint: String

    @Flag(help: "End the run here: it goes on where the file is resumed.")
    var handOver = false

    @OptionGroup var store: StoreOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        return try await session.closing { () async throws(CommandFailure) in
            let progress = PlainProgress(console: console, isQuiet: true, printsID: false)
            let text = try await CommandFailure.telling { () async throws(EngineError) in
                try await session.engine.export(
                    CheckpointID(checkpoint), handsOver: handOver, actor: process.actor(), control: RunControl(),
                    observer: progress)
            }
            guard console.output.write(Array((text + "\n").utf8)) else {
                throw CommandFailure(
                    .inputOutput,
                    "the checkpoint could not be written whole; run the command again: it prints the same file")
            }
            try await warn(session, console)
            if handOver { console.note("the run is moved: resume the file where it is to go on") }
            return .completed
        }
    }

    /// A run that has ended goes on nowhere: what is made of its checkpoint does again what came after it.
    private func warn(_ session: Session, _ console: Console) async throws(CommandFailure) {
        let (status, run, again) = try await CommandFailure.telling { () async throws(EngineError) in
            let view = try await session.engine.checkpoint(CheckpointID(checkpoint))
            let record = try await session.engine.record(of: view.record.runID)
            let again = view.state.stepsInOrder().filter {
                !view.state.steps[$0].hasEnded && !view.state.isContainer($0)
            }
            return (record.projection.status, record.id, again.map { view.state.name(ofStep: $0) })
        }
        guard !status.canBeResumed, status != .moved else { return }
        let what = again.isEmpty ? "nothing but its on_exit steps" : again.prefix(10).joined(separator: ", ")
        console.note(
            "warning: \(run.text) is \(status.rawValue). Who resumes the file makes another run of it, which runs "
                + "\(what) "
                + "again" + (again.count > 10 ? " and \(again.count - 10) more" : ""))
    }
}
