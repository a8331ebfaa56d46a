package import WorkflowCore

/// A copy of a store's database in one file, and what is in it.
package struct StoreBackup: Sendable, Equatable {
    /// Absolute.
    package var path: String
    package var bytes: Int64
    package var storeID: UniqueID
    /// The number of migrations applied.
    package var format: Int
    package var runs: Int64
    package var entries: Int64
    package var checkpoints: Int64
}
