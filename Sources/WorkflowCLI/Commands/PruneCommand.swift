internal import ArgumentParser
internal import Workflow
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore
internal import WorkflowStoreSQLite

struct PruneCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove runs that ended long ago, with their journals, checkpoints and logs.",
        discussion: """
              workflow prune --older-than 30d --dry-run
              workflow prune --older-than 30d --keep 5
              workflow prune --older-than 90d --status failed --include-resumable

            Without more it removes runs that are completed, cancelled, rolled back or moved, and had their last entry \
            that long ago: a run that can be resumed stays unless --include-resumable is given, and one that a process \
            drives stays in any case. What crashes left is removed as well: logs of removed runs, folders of attempts \
            that no process and no run uses, definitions that no run needs.

            It may run beside drivers, and may be killed: a run is gone or whole, and the next prune removes what is \
            left. What is removed cannot be brought back; see `workflow backup`. Ids are not given twice. A --run-id \
            whose run was removed is unknown again: `workflow run` with it starts a new run.

            store.db keeps its size: what is freed in it is used again.
            """)

    @Option(
        help: ArgumentHelp("How long ago the last entry was: 12h, 30d, 8w.", valueName: "age"), transform: Age.init(_:))
    var olderThan: Age

    @Option(help: ArgumentHelp("Keep so many of the newest runs of each workflow, however old.", valueName: "count"))
    var keep = 0

    @Option(help: ArgumentHelp("Only runs of this status; may be repeated.", valueName: "status"))
    var status: [RunStatus] = []

    @Flag(help: "Also runs that could be resumed: pending, interrupted, waiting, paused, failed.")
    var includeResumable = false

    @Flag(help: "Tell what would be removed, and remove nothing.")
    var dryRun = false

    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    func validate() throws {
        guard keep >= 0 else { throw ValidationError("--keep takes 0 or more.") }
        if let status = status.first(where: \.canBeResumed), !includeResumable {
            throw ValidationError(
                "A \(status.rawValue) run can be resumed; to remove such runs add --include-resumable.")
        }
    }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        return try await session.closing { () async throws(CommandFailure) in
            let request = PruneRequest(
                olderThan: olderThan.milliseconds, keep: keep, statuses: status, includesResumable: includeResumable,
                isDry: dryRun)
            let report = try await CommandFailure.telling { () async throws(EngineError) in
                try await session.engine.prune(request)
            }
            var freeBytes: Int64 = 0
            do throws(StoreError) { freeBytes = try await session.runtime.opened.sqlite?.freeBytes() ?? 0 } catch {
                throw CommandFailure(error)
            }
            let summary = PruneSummary(report: report, isDry: dryRun, freeBytes: freeBytes)
            switch output.format {
            case .text:
                for line in summary.lines() { console.told(line) }
                for note in summary.notes() { console.note(note) }
            case .json, .yaml: console.data(summary.document.text(as: output.format))
            }
            return .completed
        }
    }
}
