internal import Dispatch
internal import Synchronization
internal import WorkflowCore
internal import WorkflowStore

/// The connections of a store, each opened when it is first needed: a look never writes, and a start never reads twice.
final class StoreConnections: Sendable {
    private struct State {
        var writer: Writer?
        var reader: Reader?
        var isClosed = false
    }

    private let folder: StoreFolder
    private let holder: LeaseHolder
    private let tuning: StoreTuning
    let isReadOnly: Bool
    private let state = Mutex(State())
    /// Opens one connection at a time; opening blocks.
    private let queue = DispatchQueue(label: "workflow.store.opening")

    init(folder: StoreFolder, holder: LeaseHolder, tuning: StoreTuning, isReadOnly: Bool) {
        self.folder = folder
        self.holder = holder
        self.tuning = tuning
        self.isReadOnly = isReadOnly
    }

    func writer() async throws(StoreError) -> Writer {
        if let writer = state.withLock({ $0.writer }) { return writer }
        return try await onQueue { () throws(StoreError) in try self.openWriter() }
    }

    func reader() async throws(StoreError) -> Reader {
        if let reader = state.withLock({ $0.reader }) { return reader }
        return try await onQueue { () throws(StoreError) in try self.openReader() }
    }

    /// Opens what a store needs at once, blocking, and says which store it is.
    func openFirst(forWriting: Bool) throws(StoreError) -> UniqueID {
        let result: Result<UniqueID, StoreError> = queue.sync {
            Result { () throws(StoreError) in
                if forWriting { return try openWriter().storeID }
                let reader = try openReader()
                if reader.version < tuning.schema.newest {
                    // An older store is migrated before it is read.
                    guard !isReadOnly else {
                        throw StoreError(
                            .io,
                            "\(folder.path) has the older format \(reader.version) and cannot be migrated while it is "
                                + "read-only; open it once where it can be written")
                    }
                    _ = try openWriter()
                }
                return reader.storeID
            }
        }
        return try result.get()
    }

    /// The connection that writes, if there is one yet.
    var openedWriter: Writer? { state.withLock { $0.writer } }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    func close() async {
        let (writer, reader) = state.withLock { state in
            let open = (state.writer, state.reader)
            state = State(isClosed: true)
            return open
        }
        await reader?.close()
        await writer?.close()
    }

    private func openWriter() throws(StoreError) -> Writer {
        if let writer = state.withLock({ $0.writer }) { return writer }
        guard !isReadOnly else {
            throw StoreError(.io, "\(folder.path) was opened read-only; open it for writing to change it")
        }
        let writer = try Writer(folder: folder, holder: holder, tuning: tuning)
        try keep { state in
            state.writer = writer
            return state.reader.map { $0.storeID == writer.storeID } ?? true
        }
        return writer
    }

    private func openReader() throws(StoreError) -> Reader {
        if let reader = state.withLock({ $0.reader }) { return reader }
        let reader = try Reader(folder: folder, tuning: tuning)
        try keep { state in
            state.reader = reader
            return state.writer.map { $0.storeID == reader.storeID } ?? true
        }
        return reader
    }

    /// Keeps a new connection, unless the store was closed meanwhile or is no longer the same.
    private func keep(_ connection: (inout State) -> Bool) throws(StoreError) {
        try state.withLock { (state) throws(StoreError) in
            guard !state.isClosed else { throw .closed }
            let before = state
            guard connection(&state) else {
                state = before
                throw StoreError(
                    .unavailable, "\(folder.path) was replaced by another store while it was open; start again")
            }
        }
    }

    private func onQueue<Value: Sendable>(
        _ body: @escaping @Sendable () throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: Result(catching: body)) }
        }
        return try result.get()
    }
}
