package import WorkflowCore

/// What a store let go of that no run needs.
package struct StoreSweep: Sendable, Equatable {
    /// Runs whose removal an earlier process had begun.
    package var finishedRemovals: [UniqueID]
    package var definitions: Int
    /// Definitions were not looked for: runs went on all the while.
    package var wasBusy: Bool
    /// Lock files of runs that are not in the store.
    package var lockFiles: Int

    package init(
        finishedRemovals: [UniqueID] = [], definitions: Int = 0, wasBusy: Bool = false, lockFiles: Int = 0
    ) {
        self.finishedRemovals = finishedRemovals
        self.definitions = definitions
        self.wasBusy = wasBusy
        self.lockFiles = lockFiles
    }
}
