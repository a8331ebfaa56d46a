internal import Foundation
internal import GRDB
internal import MigrationsSQLite
internal import WorkflowCore
internal import WorkflowStore

/// The database's schema: its version, `user_version`, is the number of migrations applied.
struct Schema: Sendable {
    /// Oldest first; tests may know one more than the program does.
    var migrations = Migrations.all

    var newest: Int { migrations.count }

    /// Whether a store notes in which folder it lies; since the fifth format.
    var hasPlace: Bool { newest >= 5 }

    /// Whether a store has a key for the hashes of a run's environment; since the seventh format.
    private var hasEnvironmentKey: Bool { newest >= 7 }

    /// Marks the file as a store of ours ("wkfl").
    static let applicationID: Int32 = 0x776B_666C

    /// The namespace of a run that is being removed: nobody sees it any more, and its rows go bit by bit.
    static let removed = "removed"

    /// The condition on a row of `runs` that the run is there for people.
    static let isPresent = "(runs.namespace <> '\(removed)')"

    /// Applies what is missing, all of it or nothing.
    func migrate(_ database: Database, from version: Int) throws {
        try database.inTransaction(.immediate) {
            for migration in migrations.dropFirst(version) { try database.execute(sql: migration) }
            if hasEnvironmentKey, version < 7 {
                try database.execute(
                    sql: "INSERT INTO environment_key (only_row, key) VALUES (1, ?)",
                    arguments: [Data(EnvironmentKey.random().bytes)])
            }
            try database.execute(sql: "PRAGMA user_version = \(newest)")
            return .commit
        }
    }

    /// The version of an open database.
    ///
    /// - Throws: `StoreError`: `.storeDamaged` when it is no store of ours, `.storeTooNew`.
    func version(of database: Database, in folder: StoreFolder) throws -> Int {
        let application = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard application == Schema.applicationID, version >= 1 else {
            throw StoreError(
                .storeDamaged,
                "\(folder.database) is not a store's database, or an emptied one; restore it from a backup, or name "
                    + "another --store")
        }
        guard version <= newest else {
            throw StoreError(
                .storeTooNew,
                "\(folder.path) was written by a newer version of this program (format \(version); this one knows "
                    + "\(newest)); use that version")
        }
        return version
    }

    /// What the store was named when it was made.
    static func storeID(of database: Database, in folder: StoreFolder) throws -> UniqueID {
        let text = try String.fetchOne(database, sql: "SELECT id FROM store")
        guard let id = text.flatMap({ UniqueID(text: $0) }) else {
            throw StoreError(
                .storeDamaged, "\(folder.database) has lost the id of its store; restore it from a backup")
        }
        return id
    }
}
