internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowViews

/// What `prune` removed, or would: a table for people, with what else there is to say, and a document for programs.
struct PruneSummary {
    let report: PruneReport
    let isDry: Bool
    /// Inside the database, used again before it grows.
    let freeBytes: Int64

    func lines() -> [String] {
        guard !report.removed.isEmpty else { return [] }
        var table = Table(["RUN", "WORKFLOW", "STATUS", "UPDATED", "ENTRIES", "JOURNAL", "LOGS"])
        for run in report.removed {
            table.add([
                run.record.id.text, run.record.workflow, run.record.projection.status.rawValue,
                run.record.updatedAt.text, "\(run.record.head)", ByteCount.text(run.journalBytes),
                ByteCount.text(run.logs.bytes),
            ])
        }
        return table.lines()
    }

    func notes() -> [String] {
        let verb = isDry ? "would remove" : "removed"
        var notes = report.skipped.map { "left alone: \($0.message)" }
        let runs = report.removed.count == 1 ? "1 run" : "\(report.removed.count) runs"
        notes.append(
            "\(verb) \(runs) without an entry since \(report.before.text): \(ByteCount.text(journalBytes)) of journal, "
                + "\(ByteCount.text(logBytes)) of logs")
        if !report.orphanedLogs.isEmpty {
            notes.append(
                "\(verb) \(Counted.text(report.orphanedLogs.count, "log folder")) of runs that are not in the store, "
                    + ByteCount.text(orphanBytes))
        }
        if !report.attempts.isEmpty {
            notes.append("\(verb) \(Counted.text(report.attempts.count, "folder")) of attempts that nothing uses")
        }
        if let problem = report.attemptsProblem {
            notes.append("folders of attempts were left alone: \(problem)")
        }
        let sweep = report.sweep
        if !sweep.finishedRemovals.isEmpty {
            notes.append(
                "finished \(Counted.text(sweep.finishedRemovals.count, "removal")) that "
                    + "\(sweep.finishedRemovals.count == 1 ? "was" : "were") cut off"
            )
        }
        if sweep.definitions + sweep.lockFiles > 0 {
            notes.append(
                "removed \(Counted.text(sweep.definitions, "definition")) and "
                    + "\(Counted.text(sweep.lockFiles, "lock file")) that no run needs"
            )
        }
        if sweep.wasBusy {
            notes.append("definitions were left alone, as runs went on all the while; the next prune looks again")
        }
        if !isDry, !report.removed.isEmpty {
            notes.append("\(ByteCount.text(freeBytes)) of store.db are free now, and are used again before it grows")
        }
        return notes
    }

    var document: Document {
        .members([
            "dry_run": .bool(isDry),
            "before": .string(report.before.text),
            "removed": .list(
                report.removed.map { run in
                    .members([
                        "run": .string(run.record.id.text), "workflow": .string(run.record.workflow),
                        "status": .string(run.record.projection.status.rawValue),
                        "updated_at": .string(run.record.updatedAt.text), "entries": .int(run.record.head),
                        "journal_bytes": .int(run.journalBytes), "log_bytes": .int(run.logs.bytes),
                    ])
                }),
            "skipped": .list(
                report.skipped.map { skipped in
                    .members([
                        "run": .string(skipped.record.id.text), "reason": .string(skipped.reason.rawValue),
                        "message": .string(skipped.message),
                    ])
                }),
            "journal_bytes": .int(journalBytes),
            "log_bytes": .int(logBytes),
            "leftovers": .members([
                "log_folders": .int(Int64(report.orphanedLogs.count)), "log_bytes": .int(orphanBytes),
                "attempt_folders": .int(Int64(report.attempts.count)),
                "definitions": .int(Int64(report.sweep.definitions)),
                "lock_files": .int(Int64(report.sweep.lockFiles)),
                "finished_removals": .int(Int64(report.sweep.finishedRemovals.count)),
            ]),
            "free_bytes": .int(freeBytes),
        ])
    }

    private var journalBytes: Int64 { report.removed.reduce(0) { $0 + $1.journalBytes } }
    private var logBytes: Int64 { report.removed.reduce(0) { $0 + $1.logs.bytes } }
    private var orphanBytes: Int64 { report.orphanedLogs.reduce(0) { $0 + $1.bytes } }
}
