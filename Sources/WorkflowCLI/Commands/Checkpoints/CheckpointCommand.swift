internal import ArgumentParser

struct CheckpointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Look at checkpoints, and carry them to another machine.",
        discussion: """
              workflow checkpoint list run-2026-02-02-001
              workflow checkpoint show chk-2026-02-02-001 -o yaml
              workflow checkpoint export chk-2026-02-02-001 > checkpoint.json
            """,
        subcommands: [CheckpointListCommand.self, CheckpointShowCommand.self, CheckpointExportCommand.self])
}
