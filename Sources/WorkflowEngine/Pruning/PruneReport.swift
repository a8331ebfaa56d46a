package import WorkflowCore
package import WorkflowExecutors
package import WorkflowStore

/// Which runs to remove.
package struct PruneRequest: Sendable {
    /// Since the run's newest entry, at least.
    package var olderThan: Milliseconds
    /// So many of the newest runs of each workflow stay, however old.
    package var keep: Int
    /// Of these statuses alone; empty: of any.
    package var statuses: [RunStatus]
    /// Also runs that could be resumed: pending, interrupted, waiting, paused and failed ones.
    package var includesResumable: Bool
    /// Only tells what would be removed.
    package var isDry: Bool

    package init(
        olderThan: Milliseconds, keep: Int = 0, statuses: [RunStatus] = [], includesResumable: Bool = false,
        isDry: Bool = false
    ) {
        self.olderThan = olderThan
        self.keep = keep
        self.statuses = statuses
        self.includesResumable = includesResumable
        self.isDry = isDry
    }
}

/// What a prune removed, or would.
package struct PruneReport: Sendable {
    package struct Run: Sendable {
        package let record: RunRecord
        /// About what its journal takes in the database.
        package let journalBytes: Int64
        package let logs: LogFolders.Size
    }

    /// A run that is old enough and was left alone.
    package struct Skipped: Sendable {
        package enum Reason: String, Sendable {
            case driven
            /// A process of one of its steps lives.
            case running
            /// It went on while the others were removed.
            case changed
            /// It could not be claimed.
            case unclaimable
        }

        package let record: RunRecord
        package let reason: Reason
        package let message: String
    }

    /// Runs without an entry since then.
    package let before: Timestamp
    package var removed: [Run] = []
    package var skipped: [Skipped] = []
    /// Log folders of runs that are not in the store.
    package var orphanedLogs: [LogFolders.Size] = []
    /// Folders of attempts that no run waits for.
    package var attempts: [String] = []
    /// Why folders of attempts were not looked for; nil when they were.
    package var attemptsProblem: String?
    package var sweep = StoreSweep()
}
