internal import GRDB
internal import JSON
package import WorkflowCore
package import WorkflowStore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A store in a folder of this machine, on SQLite.
package final class SQLiteStore: WorkflowStore {
    package let id: UniqueID
    package var place: String { folder.path }
    package let folder: StoreFolder
    /// This process has made it.
    package let isNew: Bool
    let holder: LeaseHolder
    let locks: RunLocks
    let connections: StoreConnections

    /// Opens a store.
    ///
    /// Blocks the thread for some milliseconds, and up to 10 s while another process migrates the store.
    /// - Parameters:
    ///   - programVersion: recorded in a store that is made.
    ///   - holder: the process that will hold claims; this one.
    /// - Throws: `.storeMissing` (nothing was made), `.notPermitted`, `.storeDamaged`, `.storeTooNew`,
    ///   `.storeUnsupported`, `.migrating`, `.io`.
    package static func open(
        _ location: StoreLocation, mode: StoreMode, programVersion: String = "", holder: LeaseHolder = .current(),
        tuning: StoreTuning = StoreTuning()
    ) throws(StoreError) -> SQLiteStore {
        let folder = location.folder
        var isNew = false
        if case .create = mode, PathKind(of: folder.path) == .nothing {
            isNew = try StoreBuilder(
                folder: folder, programVersion: programVersion, holder: holder, schema: tuning.schema
            ).build()
        }
        try check(location)
        return try SQLiteStore(folder, mode, holder, tuning, isNew: isNew)
    }

    /// Whether there is a store that this user may have, on a file system that holds one.
    static func check(_ location: StoreLocation) throws(StoreError) {
        let folder = location.folder
        switch PathKind(of: folder.path) {
        case .nothing:
            throw missing(location)
        case .folder(let owner):
            // Whoever else wrote there, root included, would leave files that its owner cannot use.
            guard owner == geteuid() else { throw foreign(folder, owner) }
            // A link that somebody else left in a shared folder decides nothing unless it is named.
            if location.origin == .search, let owner = nameOwner(of: folder.path), owner != geteuid() {
                throw StoreError(
                    .notPermitted,
                    "\(folder.path) is a link of another user, \(UserName.text(owner)); name it with --store if it is "
                        + "the one you mean")
            }
        case .file:
            throw StoreError(.storeDamaged, "\(folder.path) is a file, and a store is a folder; move it away")
        case .unreadable(let error):
            throw .file("look at", folder.path, error)
        }
        switch PathKind(of: folder.database) {
        case .nothing: throw .databaseMissing(folder)
        case .unreadable(let error): throw .file("look at", folder.database, error)
        case .file, .folder: break
        }
        try NetworkFileSystem.check(folder.path)
    }

    init(
        _ folder: StoreFolder, _ mode: StoreMode, _ holder: LeaseHolder, _ tuning: StoreTuning, isNew: Bool = false
    ) throws(StoreError) {
        self.isNew = isNew
        var isReadOnly = false
        var forWriting = false
        switch mode {
        case .create: forWriting = true
        case .existing: break
        case .readOnly: isReadOnly = true
        }
        connections = StoreConnections(
            folder: folder, holder: holder, tuning: tuning, isReadOnly: isReadOnly)
        id = try connections.openFirst(forWriting: forWriting)
        self.folder = folder
        self.holder = holder
        locks = RunLocks(folder: folder, holder: holder)
    }

    private static func foreign(_ folder: StoreFolder, _ owner: UInt32) -> StoreError {
        StoreError(
            .notPermitted,
            "\(folder.path) belongs to \(UserName.text(owner)), and a store is for its owner alone: "
                + "`\(UserName.command(as: owner))`")
    }

    private static func missing(_ location: StoreLocation) -> StoreError {
        switch location.origin {
        case .nowhere(let searched):
            StoreError(
                .storeMissing,
                "there is no store here: no \(StoreLocation.folderName)/ in \(searched.joined(separator: ", ")); "
                    + "`workflow run` makes one, or name one with --store")
        case .option, .environment, .search:
            StoreError(
                .storeMissing,
                "there is no store at \(location.folder.path); `workflow run` makes one, or name another with --store")
        }
    }

    // MARK: Claims

    package func claim(_ run: UniqueID) async throws(StoreError) -> RunClaim {
        let writer = try await connections.writer()
        guard let record = try await self.run(run) else { throw .noSuchRun(run) }
        let noted = try locks.take(run, called: record.id.text).head
        do {
            let holder = holder
            let lock = folder.lock(of: run)
            let token = try await writer.write { connection in
                try connection.requireJournal(of: run, upTo: noted, as: lock)
                return try connection.raiseToken(of: run, holder: holder)
            }
            locks.raised(run, to: token)
            return RunClaim(run: run, token: token)
        } catch {
            locks.abandon(run)
            throw error
        }
    }

    package func release(_ claim: RunClaim) async {
        locks.release(claim)
    }

    package func isClaimed(_ run: UniqueID) async throws(StoreError) -> Bool {
        guard !connections.isClosed else { throw .closed }
        return try locks.isTaken(run)
    }

    // MARK: Writing

    package func createRun(
        _ run: NewRun, entries: [ProposedEntry], projection: RunProjection
    ) async throws(StoreError) -> CreatedRun {
        let encoded = try EncodedEntries(entries)
        guard !encoded.isEmpty else { throw StoreError(.invalidEntry, "a run needs a first entry") }
        let labels = try json(.object(run.labels.mapValues { .string($0) }))
        let writer = try await connections.writer()
        let isFresh = try locks.take(run.uuid, called: run.id?.text ?? run.uuid.text).isFresh
        do {
            let holder = holder
            let created = try await writer.write { connection in
                try connection.createRun(run, labels: labels, encoded, projection, holder: holder)
            }
            locks.raised(run.uuid, to: created.claim.token)
            locks.note(created.receipt.head, of: run.uuid)
            return created
        } catch {
            // Only after a refusal: what a failed commit left on the disk is not known.
            let isRefusal = error.code == .runExists || error.code == .invalidEntry
            let isNoRun = isRefusal ? await isMissing(run.uuid) : false
            locks.abandon(run.uuid, removingFile: isFresh && isNoRun)
            throw error
        }
    }

    /// Whether it is sure that there is no such run.
    private func isMissing(_ run: UniqueID) async -> Bool {
        do {
            return try await self.run(run) == nil
        } catch {
            return false
        }
    }

    package func append(_ append: Append) async throws(StoreError) -> AppendReceipt {
        let encoded = try EncodedEntries(append.entries)
        let writer = try await connections.writer()
        guard locks.holds(append.claim) else {
            throw .staleToken(try await run(append.claim.run)?.id ?? RunID(append.claim.run.text))
        }
        let receipt = try await writer.write { try $0.append(append, encoded) }
        locks.note(receipt.head, of: append.claim.run)
        return receipt
    }

    package func takeLocks(
        _ names: [LockName], holder: String, claim: RunClaim, at: Timestamp
    ) async throws(StoreError) -> [LockObstacle] {
        let request = try LockRequest(names, run: claim.run, holder: holder)
        let writer = try await connections.writer()
        guard locks.holds(claim) else { throw .staleToken(try await run(claim.run)?.id ?? RunID(claim.run.text)) }
        let locks = locks
        // A look first: who asks again and again for what others have writes nothing.
        let settled = try await connections.reader().readLocks { statements in
            try statements.settled(request, claim) { run throws(StoreError) in try locks.isTaken(run) }
        }
        if let settled { return settled }
        return try await writer.write { connection in
            try connection.takeLocks(request, claim: claim, at: at) { run throws(StoreError) in
                try locks.isTaken(run)
            }
        }
    }

    package func enqueue(_ request: NewInboxRequest) async throws(StoreError) {
        let payload = try request.encodedPayload()
        let writer = try await connections.writer()
        try await writer.write { try $0.enqueue(request, payload: payload) }
    }

    package func add(_ act: StoreAct) async throws(StoreError) {
        let payload = try json(act.actor.added(to: act.payload))
        let writer = try await connections.writer()
        try await writer.write { try $0.add(act, payload: payload) }
    }

    private func json(_ value: JSONValue) throws(StoreError) -> [UInt8] {
        do {
            return try value.compactBytes()
        } catch {
            throw StoreError(.invalidEntry, "a value cannot be stored: \(error.message)")
        }
    }

    // MARK: Reading

    package func run(named id: RunID) async throws(StoreError) -> RunRecord? {
        try await one("runs", "SELECT \(RunRecord.columns) FROM runs WHERE id = ? AND \(Schema.isPresent)", [id.text]) {
            (row) throws(StoreError) in try RunRecord(row)
        }
    }

    package func run(_ uuid: UniqueID) async throws(StoreError) -> RunRecord? {
        try await one(
            "runs", "SELECT \(RunRecord.columns) FROM runs WHERE uuid = ? AND \(Schema.isPresent)", [uuid.text]
        ) {
            (row) throws(StoreError) in try RunRecord(row)
        }
    }

    package func runs(_ filter: RunFilter) async throws(StoreError) -> [RunRecord] {
        let (condition, arguments) = filter.condition
        return try await all(
            "runs",
            "SELECT \(RunRecord.columns) FROM runs \(condition) ORDER BY number DESC LIMIT ?",
            arguments + [max(filter.limit, 0)]
        ) { (row) throws(StoreError) in try RunRecord(row) }
    }

    package func checkpoint(_ id: CheckpointID) async throws(StoreError) -> CheckpointRecord? {
        try await one("checkpoints", "\(CheckpointRecord.query) WHERE checkpoints.id = ?", [id.text]) {
            (row) throws(StoreError) in try CheckpointRecord(row)
        }
    }

    package func checkpoints(of run: UniqueID) async throws(StoreError) -> [CheckpointRecord] {
        try await all(
            "checkpoints", "\(CheckpointRecord.query) WHERE runs.uuid = ? ORDER BY checkpoints.seq", [run.text]
        ) { (row) throws(StoreError) in try CheckpointRecord(row) }
    }

    package func definition(hash: String) async throws(StoreError) -> DefinitionRecord? {
        try await one(
            "definitions", "SELECT hash, canonical, source, hash AS id FROM definitions WHERE hash = ?", [hash]
        ) { (row) throws(StoreError) in try DefinitionRecord(row) }
    }

    package func inbox(of run: UniqueID) async throws(StoreError) -> [InboxRequest] {
        try await all(
            "inbox",
            """
            SELECT id, kind, payload, actor, at FROM inbox WHERE run = (SELECT id FROM runs WHERE uuid = ?)
            ORDER BY id
            """, [run.text]
        ) { row in InboxRequest(row, run: run) }
    }

    package func environmentKey() async throws(StoreError) -> EnvironmentKey {
        let bytes = try await one("environment_key", "SELECT key, only_row AS id FROM environment_key", []) {
            (row) throws(StoreError) in try row.bytes("key")
        }
        guard let key = bytes.flatMap(EnvironmentKey.init(_:)) else {
            throw StoreError(
                .storeDamaged,
                "\(place) has lost the key that its runs hash their environment with; restore it from a backup")
        }
        return key
    }

    package func acts() async throws(StoreError) -> [StoreAct] {
        try await all("acts", "SELECT kind, payload, actor, at, number AS id FROM acts ORDER BY number", []) {
            (row) throws(StoreError) in
            let payload = try row.parsed("payload", try row.text("payload")) { try? JSONValue(parsing: $0) }
            guard case .object(var members) = payload else {
                return StoreAct(kind: "", payload: payload, actor: engineActor, at: try row.time("at"))
            }
            let actor = Actor(name: try row.text("actor"), payload: payload)
            members[Actor.payloadMember] = nil
            return StoreAct(
                kind: try row.text("kind"), payload: .object(members), actor: actor, at: try row.time("at"))
        }
    }

    package func locks(of run: UniqueID?) async throws(StoreError) -> [LockHolding] {
        let order = "ORDER BY locks.kind, locks.name"
        guard let run else {
            return try await all("locks", "\(LockHolding.query) \(order)", []) { (row) throws(StoreError) in
                try LockHolding(row)
            }
        }
        return try await all("locks", "\(LockHolding.query) WHERE runs.uuid = ? \(order)", [run.text]) {
            (row) throws(StoreError) in try LockHolding(row)
        }
    }

    private func one<Record: Sendable>(
        _ table: String, _ sql: String, _ arguments: StatementArguments,
        _ read: @escaping @Sendable (CheckedRow) throws(StoreError) -> Record
    ) async throws(StoreError) -> Record? {
        try await all(table, sql, arguments, read).first
    }

    private func all<Record: Sendable>(
        _ table: String, _ sql: String, _ arguments: StatementArguments,
        _ read: @escaping @Sendable (CheckedRow) throws(StoreError) -> Record
    ) async throws(StoreError) -> [Record] {
        try await connections.reader().read { database in
            let statement = try database.cachedStatement(sql: sql)
            return try Row.fetchAll(statement, arguments: arguments).map { row in
                try read(CheckedRow(row: row, table: table))
            }
        }
    }

    // MARK: The end

    package func close() async {
        await connections.close()
        locks.releaseAll()
    }

    /// What this process has written through the store so far.
    package var writeCounts: WriteCounts { connections.openedWriter?.counts ?? WriteCounts() }
}
