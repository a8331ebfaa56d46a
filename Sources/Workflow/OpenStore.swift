internal import WorkflowCore
internal import WorkflowExecutors
package import WorkflowStore
package import WorkflowStoreSQLite

/// A store that was opened by its URL, and the folders in which its runs work.
///
/// **The door for a further kind of store** is here: a case of `StoreURL`, and a way to open it.
package struct OpenStore: Sendable {
    package let store: any WorkflowStore
    package let workspace: Workspace
    /// This process has made it.
    package let isNew: Bool
    /// It is there for other processes, and when this one has ended.
    package let isDurable: Bool
    /// For what a store of SQLite alone can be asked: examination, backup, adoption.
    package let sqlite: SQLiteStore?

    /// Opens the store that a person names, or the nearest.
    ///
    /// Blocks the thread for some milliseconds, and up to 10 s while another process migrates the store.
    /// - Parameters:
    ///   - option: `--store`.
    ///   - environment: `WORKFLOW_STORE`; empty counts as absent.
    ///   - workingFolder: absolute; the nearest `.workflow/` at or above it is meant where nothing is named.
    ///   - temporaryFolder: where the workspace of a store in memory is made.
    ///   - programVersion: recorded in a store that is made.
    /// - Throws: what `StoreURL`, `StoreLocation` and `SQLiteStore.open` throw.
    package static func open(
        option: String?, environment: String?, workingFolder: String, temporaryFolder: String = "/tmp",
        mode: StoreMode, programVersion: String
    ) throws(StoreError) -> OpenStore {
        var named = option.map { ($0, "--store") }
        if named == nil, let environment, !environment.isEmpty { named = (environment, "WORKFLOW_STORE") }
        if let (text, source) = named, case .memory = try StoreURL(parsing: text, source: source) {
            return try inMemory(source, mode, below: temporaryFolder)
        }
        let location = try StoreLocation.resolve(
            option: option, environment: environment, workingFolder: workingFolder)
        let store = try SQLiteStore.open(location, mode: mode, programVersion: programVersion)
        return OpenStore(
            store: store, workspace: Workspace(store.folder), isNew: store.isNew, isDurable: true, sqlite: store)
    }

    private static func inMemory(
        _ source: String, _ mode: StoreMode, below folder: String
    ) throws(StoreError) -> OpenStore {
        guard case .create = mode else {
            throw StoreError(
                .storeMissing,
                "\(source): a store in memory is there for the process that runs something in it, and for no other; "
                    + "name a folder")
        }
        let id = UniqueID(randomHigh: .random(in: .min ... .max), randomLow: .random(in: .min ... .max))
        return OpenStore(
            store: InMemoryStore(id: id), workspace: try Workspace(temporaryBelow: folder), isNew: true,
            isDurable: false, sqlite: nil)
    }

    /// Lets go of the store, and of a workspace that was made for it alone.
    package func close() async {
        await store.close()
        // What cannot be removed is left to whoever empties the folder of temporary files.
        try? workspace.remove()
    }
}
