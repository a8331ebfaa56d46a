internal import GRDB
package import WorkflowCore
package import WorkflowStore

/// That a copied store may be driven where it is now: who said so, and why.
package struct StoreAdoption: Sendable, Equatable {
    package var at: Timestamp
    package var actor: String
    package var reason: String
    /// Of the store that was copied.
    package var from: UniqueID
    package var to: UniqueID
}

extension StoreAdoption {
    fileprivate init(row: Row) throws {
        let texts: [String] = ["at", "from_id", "to_id"].map { row[$0] }
        guard let at = Timestamp(text: texts[0]), let from = UniqueID(text: texts[1]), let to = UniqueID(text: texts[2])
        else {
            throw StoreError(
                .storeDamaged, "the table adoptions of this store cannot be read; restore it from a backup")
        }
        self.init(at: at, actor: row["actor"], reason: row["reason"], from: from, to: to)
    }
}

extension SQLiteStore {
    /// Makes a copied store one of its own, with another id: attempts that the original began belong to another store
    /// from then on, and are in doubt.
    ///
    /// Returns nil for a store that lies where it always did: nothing is changed.
    /// - Throws: `.migrating` while other processes use the store.
    package static func adopt(
        _ location: StoreLocation, actor: String, reason: String, at: Timestamp, holder: LeaseHolder = .current(),
        tuning: StoreTuning = StoreTuning()
    ) async throws(StoreError) -> StoreAdoption? {
        try check(location)
        var random = SystemRandomNumberGenerator()
        let adopter = StoreAdopter(
            actor: actor, reason: reason, at: at, to: UniqueID(randomHigh: random.next(), randomLow: random.next()))
        let writer = try Writer(folder: location.folder, holder: holder, tuning: tuning, adopter: adopter)
        await writer.close()
        return writer.adoption
    }

    /// Who adopted the store, the newest last.
    package func adoptions() async throws(StoreError) -> [StoreAdoption] {
        try await connections.reader().read { database in
            try Row.fetchAll(database, sql: "SELECT at, actor, reason, from_id, to_id FROM adoptions ORDER BY number")
                .map(StoreAdoption.init(row:))
        }
    }
}

/// A person who adopts a store as it is opened.
struct StoreAdopter: Sendable {
    let actor: String
    let reason: String
    let at: Timestamp
    /// The store's id from then on.
    let to: UniqueID

    func adopt(_ id: UniqueID, at place: StorePlace, in database: Database) throws -> StoreAdoption {
        let adoption = StoreAdoption(at: at, actor: actor, reason: reason, from: id, to: to)
        try database.inTransaction(.immediate) {
            try database.execute(sql: "UPDATE store SET id = ?", arguments: [to.text])
            try database.execute(
                sql: "INSERT INTO adoptions (at, actor, reason, from_id, to_id) VALUES (?, ?, ?, ?, ?)",
                arguments: [at.text, actor, reason, id.text, to.text])
            try place.note(in: database)
            return .commit
        }
        return adoption
    }
}
