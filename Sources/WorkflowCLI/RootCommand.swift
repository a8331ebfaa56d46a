internal import ArgumentParser

struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workflow",
        abstract: "Durable workflows for infrastructure: what was done stays done.",
        discussion: """
            A run survives the death of this program and of the machine: resume it from its newest checkpoint.

              workflow run workflows/quickstart.yaml
              workflow list
              workflow resume --checkpoint chk-2026-02-02-001
              workflow docs words

            The last one says what checkpoint, in doubt, interrupted and other words mean. An error ends with its code \
            in brackets: `workflow docs CODE` says what it means and what to do.

            Exit status: 0 completed, 1 failed (resumable), 3 waits for somebody, 4 cancelled or paused, 64 wrong \
            usage, 65 invalid definition or input, 66 not found, 69 unavailable, 70 a defect of ours, 74 I/O, 75 \
            driven by another process, 77 not permitted, 129/130/143 stopped by a signal after saving.
            """,
        version: "workflow \(programVersion)",
        subcommands: [
            InitCommand.self, RunCommand.self, ResumeCommand.self, ValidateCommand.self, PlanCommand.self,
            DiffCommand.self,
            GraphCommand.self, SchemaCommand.self, ExecutorCommand.self,
            ListCommand.self, AttentionCommand.self, LocksCommand.self, ShowCommand.self, LogsCommand.self,
            JournalCommand.self, EvidenceCommand.self,
            CheckpointCommand.self,
            ResolveCommand.self, ApproveCommand.self, RejectCommand.self, SignalCommand.self, PauseCommand.self,
            CancelCommand.self, EventCommand.self, EvalCommand.self, DoctorCommand.self, BackupCommand.self,
            PruneCommand.self,
            StoreCommand.self,
            CompletionsCommand.self, DocsCommand.self, ManCommand.self, DrillCommand.self, DrillDriverCommand.self,
        ])
}
