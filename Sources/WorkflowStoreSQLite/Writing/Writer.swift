internal import Dispatch
internal import GRDB
internal import Synchronization
internal import WorkflowCore
internal import WorkflowStore

/// Makes every write of this process durable, many in one transaction when many wait.
///
/// Writes wait in a list. Whenever the connection's queue is free it takes all of them, runs each under a savepoint of
/// one transaction, so that one which is refused undoes itself alone, commits once, and only then answers them all.
/// After a commit that failed, nothing is tried on that connection again: nobody knows what is on the disk.
///
/// `@unchecked Sendable`: `connection` and `nextCheckpoint` are touched by blocks of the GRDB queue alone, which runs
/// one at a time; all else is immutable or behind the mutex.
final class Writer: @unchecked Sendable {
    /// Writes that share one transaction at most.
    static let batchLimit = 256

    /// One write that waits for its turn.
    struct Job: Sendable {
        /// Does the work inside the transaction and returns what tells the caller, to be called after the commit.
        let perform: @Sendable (WriterConnection) throws -> @Sendable () -> Void
        let fail: @Sendable (StoreError) -> Void
    }

    private struct State {
        var waiting: [Job] = []
        var isDraining = false
        /// Why nothing is taken any more.
        var end: StoreError?
        var counts = WriteCounts()
    }

    let storeID: UniqueID
    /// What became of the store as it was opened to be adopted.
    let adoption: StoreAdoption?
    private let folder: StoreFolder
    private let tuning: StoreTuning
    let database: DatabaseQueue
    private let connection: WriterConnection
    private let logLock: FileLock
    private let presence: WriterPresence
    private let state = Mutex(State())
    /// Held while something is put into the connection's queue, so that nothing comes behind the closing. Not taken by
    /// what runs there.
    private let isClosing = Mutex(false)
    /// The size of the log, in pages, from which the next checkpoint is tried.
    private var nextCheckpoint: Int

    /// Opens the database for writing: after the folder's locks say that it may be, and in the folder in which it
    /// always lay.
    init(
        folder: StoreFolder, holder: LeaseHolder, tuning: StoreTuning, adopter: StoreAdopter? = nil
    ) throws(StoreError) {
        let presence = try WriterPresence(folder: folder, holder: holder, tuning: tuning)
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(Double(tuning.busyTimeoutMilliseconds) / 1000)
            configuration.label = "workflow.store.writer"
            guard PathKind(of: folder.database) != .nothing else { throw StoreError.databaseMissing(folder) }
            let database = try DatabaseQueue(path: folder.database, configuration: configuration)
            (connection, storeID, adoption) = try database.writeWithoutTransaction { database in
                let version = try tuning.schema.version(of: database, in: folder)
                let connection = try WriterConnection(database, in: folder, tuning: tuning)
                try presence.prepare(database, version: version)
                let id = try Schema.storeID(of: database, in: folder)
                let adoption = try presence.settle(database, id: id, adopter)
                return (connection, adoption?.to ?? id, adoption)
            }
            logLock = try FileLock(folder.logLock)
            self.database = database
            try presence.opened()
        } catch {
            throw StoreError(sqlite: error, in: folder)
        }
        self.folder = folder
        self.tuning = tuning
        self.presence = presence
        nextCheckpoint = tuning.checkpointPages
    }

    var counts: WriteCounts { state.withLock { $0.counts } }

    /// How many writes wait to be taken into a transaction.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Writes durably, and returns what `body` returned once it is.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (WriterConnection) throws -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            submit(
                Job(
                    perform: { connection in
                        let value = try body(connection)
                        return { continuation.resume(returning: .success(value)) }
                    },
                    fail: { continuation.resume(returning: .failure($0)) }))
        }
        return try result.get()
    }

    /// Refuses new writes, finishes those that wait, and closes the connection.
    func close() async {
        await withCheckedContinuation { continuation in
            isClosing.withLock { isClosing in
                guard !isClosing else { return continuation.resume() }
                isClosing = true
                state.withLock { $0.end = $0.end ?? .closed }
                database.asyncWriteWithoutTransaction { database in
                    self.shrinkLog()
                    let rows = fileSize(self.folder.log) > 0 ? try? NewestRows(database) : nil
                    self.connection.finish()
                    // On a queue of its own, not in the task: the door is locked now, and whoever waits for it may keep
                    // every thread that tasks run on.
                    DispatchQueue(label: "workflow.store.closing").async {
                        // The connection is idle now, and whatever its closing reports, the descriptors are gone.
                        try? self.database.close()
                        self.presence.leave(isClean: !self.counts.hasFailedCommit, rows: rows)
                        continuation.resume()
                    }
                }
            }
        }
    }

    private func submit(_ job: Job) {
        let refusal = isClosing.withLock { _ -> StoreError? in
            let (refusal, startsDraining) = state.withLock { state -> (StoreError?, Bool) in
                if let end = state.end { return (end, false) }
                state.waiting.append(job)
                defer { state.isDraining = true }
                return (nil, !state.isDraining)
            }
            if startsDraining { database.asyncWriteWithoutTransaction { _ in self.drain() } }
            return refusal
        }
        if let refusal { job.fail(refusal) }
    }

    private func drain() {
        while true {
            let batch = state.withLock { state -> [Job] in
                let batch = Array(state.waiting.prefix(Writer.batchLimit))
                state.waiting.removeFirst(batch.count)
                if batch.isEmpty { state.isDraining = false }
                return batch
            }
            if batch.isEmpty { return }
            let answers = commit(batch)
            for answer in answers { answer() }
            tendLog()
        }
    }

    /// Runs a batch as one transaction and returns how to answer each of its jobs.
    private func commit(_ batch: [Job]) -> [@Sendable () -> Void] {
        do {
            if let end = state.withLock({ $0.counts.hasFailedCommit ? $0.end : nil }) { throw end }
            guard try logLock.attempt(.shared, forMilliseconds: Int(tuning.busyTimeoutMilliseconds)) else {
                throw StoreError(
                    .unavailable,
                    "another process has kept \(folder.logLock) locked for too long; find out what it waits for (it "
                        + "moves the log into the database), then try again")
            }
            defer { logLock.unlock() }
            try connection[.begin].run()
            var answers: [@Sendable () -> Void] = []
            var accepted = 0
            for job in batch {
                do {
                    answers.append(try perform(job, isAlone: batch.count == 1))
                    accepted += 1
                } catch let refusal as StoreError {
                    answers.append { job.fail(refusal) }
                }
            }
            if accepted > 0 { try commit() } else { try connection[.rollback].run() }
            return answers
        } catch {
            let failure = StoreError(sqlite: error, in: folder)
            if connection.isInTransaction { try? connection[.rollback].run() }
            // What cannot be undone must not be committed with what comes next.
            if connection.isInTransaction { end(after: failure) }
            return batch.map { job in { job.fail(failure) } }
        }
    }

    private func commit() throws {
        do {
            try connection[.commit].run()
            state.withLock { $0.counts.transactions += 1 }
        } catch {
            let failure = StoreError(sqlite: error, in: folder)
            end(after: failure)
            throw failure
        }
    }

    private func end(after failure: StoreError) {
        state.withLock { state in
            state.counts.hasFailedCommit = true
            state.end = StoreError(
                failure.code,
                "\(failure.message). Nothing more is written by this process: what the disk holds is not known; "
                    + "resume in a new one")
        }
    }

    /// Runs one job of a transaction.
    ///
    /// - Throws: `StoreError` when it was refused and undone alone; any other error is the whole transaction's.
    private func perform(_ job: Job, isAlone: Bool) throws -> @Sendable () -> Void {
        // A job that is alone is undone with the transaction.
        if isAlone { return try job.perform(connection) }
        try connection[.beginPart].run()
        do {
            let answer = try job.perform(connection)
            try connection[.keepPart].run()
            return answer
        } catch {
            // After some errors SQLite has undone the whole transaction by itself.
            guard connection.isInTransaction, let refusal = refusal(error) else { throw error }
            try connection[.undoPart].run()
            try connection[.keepPart].run()
            throw refusal
        }
    }

    /// The error as one that concerns a single write, if it is one.
    private func refusal(_ error: any Error) -> StoreError? {
        if let error = error as? StoreError { return error }
        guard let error = error as? DatabaseError else { return nil }
        switch error.resultCode {
        case .SQLITE_CONSTRAINT, .SQLITE_TOOBIG, .SQLITE_MISMATCH: return StoreError(sqlite: error, in: folder)
        default: return nil
        }
    }

    /// Moves a long log into the database, unless an append of another process is under way.
    ///
    /// SQLite before 3.51.3 can lose pages when a checkpoint overlaps with a commit that starts the log anew; the lock
    /// keeps the two apart.
    private func tendLog() {
        let pages = connection.pagesInLog
        if pages < tuning.checkpointPages { nextCheckpoint = tuning.checkpointPages }
        guard pages >= nextCheckpoint else { return }
        // A missed checkpoint costs space alone; the next append tries again.
        let isUrgent = pages >= tuning.urgentPages
        // Unless a reader holds some of it back the next commit starts the log anew; else it grows on, and not every
        // append shall try again, least of all with patience.
        if isUrgent { nextCheckpoint = pages + tuning.checkpointPages / 4 }
        guard (try? logLock.attempt(.exclusive, forMilliseconds: isUrgent ? 5000 : 0)) == true else { return }
        defer { logLock.unlock() }
        nextCheckpoint = pages + tuning.checkpointPages / 4
        guard connection.checkpoint(cutting: false) else { return }
        state.withLock { $0.counts.checkpoints += 1 }
    }

    /// Before closing: whoever opens the store next reads the whole log first; and after the last one to leave, the
    /// database alone is the store.
    private func shrinkLog() {
        guard state.withLock({ !$0.counts.hasFailedCommit }) else { return }
        let isLast = presence.isLast()
        guard isLast ? fileSize(folder.log) > 0 : connection.pagesInLog >= tuning.closingPages,
            (try? logLock.attempt(.exclusive)) == true
        else { return }
        if connection.checkpoint(cutting: true) { state.withLock { $0.counts.checkpoints += 1 } }
        logLock.unlock()
    }
}

/// What a writer has done so far.
package struct WriteCounts: Sendable, Equatable {
    /// Committed, each with one sync.
    package var transactions = 0
    /// Of the log into the database.
    package var checkpoints = 0
    package var hasFailedCommit = false

    package init() {}
}
