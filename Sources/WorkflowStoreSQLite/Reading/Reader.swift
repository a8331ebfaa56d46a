internal import GRDB
internal import Synchronization
internal import WorkflowCore
internal import WorkflowStore

/// A connection that looks at a store. It keeps no transaction open beyond one query, so it never stands in a writer's
/// way.
///
/// `@unchecked Sendable`: `journal` and `locks` are touched by blocks of the GRDB queue alone, which runs one at a
/// time; all else is immutable or behind the mutex.
final class Reader: @unchecked Sendable {
    let storeID: UniqueID
    let version: Int
    private let folder: StoreFolder
    private let database: DatabaseQueue
    private let journal: JournalReader
    private var locks: LockStatements?
    private let isClosed = Mutex(false)

    init(folder: StoreFolder, tuning: StoreTuning) throws(StoreError) {
        do {
            guard PathKind(of: folder.database) != .nothing else { throw StoreError.databaseMissing(folder) }
            database = try Reader.connect(folder, tuning)
            (journal, version, storeID) = try database.unsafeRead { database in
                let version = try tuning.schema.version(of: database, in: folder)
                return (try JournalReader(database), version, try Schema.storeID(of: database, in: folder))
            }
        } catch {
            throw StoreError(sqlite: error, in: folder)
        }
        self.folder = folder
    }

    /// Runs one query, off the caller's thread.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let folder = folder
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            // Under the lock, so that nothing is queued behind the closing.
            isClosed.withLock { isClosed in
                guard !isClosed else { return continuation.resume(returning: .failure(.closed)) }
                database.asyncUnsafeRead { access in
                    let result = Result { try body(try access.get()) }
                    continuation.resume(returning: result.mapError { StoreError(sqlite: $0, in: folder) })
                }
            }
        }
        return try result.get()
    }

    /// The same for the statements that read journals.
    func readJournal<Value: Sendable>(
        _ body: @escaping @Sendable (JournalReader) throws -> Value
    ) async throws(StoreError) -> Value {
        try await read { _ in try body(self.journal) }
    }

    /// The same for the statements that look at locks.
    func readLocks<Value: Sendable>(
        _ body: @escaping @Sendable (LockStatements) throws -> Value
    ) async throws(StoreError) -> Value {
        try await read { database in
            if let locks = self.locks { return try body(locks) }
            guard let connection = database.sqliteConnection else { throw StoreError.closed }
            let locks = try LockStatements(on: connection)
            self.locks = locks
            return try body(locks)
        }
    }

    func close() async {
        await withCheckedContinuation { continuation in
            isClosed.withLock { isClosed in
                guard !isClosed else { return continuation.resume() }
                isClosed = true
                database.asyncUnsafeRead { _ in
                    self.journal.finish()
                    self.locks = nil
                    continuation.resume()
                }
            }
        }
        // The connection is idle now, and whatever its closing reports, the descriptors are gone.
        try? database.close()
    }

    /// Opens the database for reading; where nothing can be written beside it, and no log is, as an unchanging file.
    private static func connect(_ folder: StoreFolder, _ tuning: StoreTuning) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(Double(tuning.busyTimeoutMilliseconds) / 1000)
        configuration.label = "workflow.store.reader"
        if tuning.isUnchanging {
            return try DatabaseQueue(path: unchangingURI(folder.database), configuration: configuration)
        }
        do {
            return try DatabaseQueue(path: folder.database, configuration: configuration)
        } catch let error as DatabaseError {
            let isUnwritable = error.resultCode == .SQLITE_CANTOPEN || error.resultCode == .SQLITE_READONLY
            guard isUnwritable, PathKind(of: folder.log) == .nothing, PathKind(of: folder.database) != .nothing else {
                throw error
            }
            return try DatabaseQueue(path: unchangingURI(folder.database), configuration: configuration)
        }
    }

    /// `file:/…?immutable=1`, with everything but plain characters escaped.
    private static func unchangingURI(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF")
        var uri = "file:"
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                uri.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                uri += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
        return uri + "?immutable=1"
    }
}
