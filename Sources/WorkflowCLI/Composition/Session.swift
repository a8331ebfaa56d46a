internal import Glibc
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowStoreSQLite

/// An open store with an engine over it: the composition root of every command that needs one.
struct Session: Sendable {
    let store: SQLiteStore
    let executor: ShellExecutor
    let executors: ExecutorPrograms
    let engine: Engine
    let environment: EngineEnvironment
    let commands: CommandTexts

    /// Opens what a command needs.
    ///
    /// - Parameters:
    ///   - option: `--store`, as given.
    ///   - mode: `.create` for `run` alone; who only looks never makes a store.
    ///   - gate: stands before every command that is started.
    static func open(
        _ option: String?, _ mode: SQLiteStore.Mode, in process: ProcessEnvironment, gate: (any LaunchGate)? = nil
    ) throws(CommandFailure) -> Session {
        if option == nil, let given = process.rawVariables.first(where: { $0.starts(with: "WORKFLOW_STORE=".utf8) }) {
            throw CommandFailure(
                .usage, "\(EscapedBytes.text(given)) is not UTF-8; give the store's folder a name that is, or --store")
        }
        do throws(StoreError) {
            let location = try StoreLocation.resolve(
                option: option, environment: process.variables["WORKFLOW_STORE"], workingFolder: process.workingFolder)
            let store = try SQLiteStore.open(location, mode: mode, programVersion: programVersion)
            return try Session(store, option: option, in: process, gate: gate)
        } catch {
            throw CommandFailure(error)
        }
    }

    private init(
        _ store: SQLiteStore, option: String?, in process: ProcessEnvironment, gate: (any LaunchGate)?
    ) throws(StoreError) {
        do throws(ExecutorError) {
            let host = try WorkflowExecutors.HostIdentity.current()
            let executor = try ShellExecutor(
                attemptsFolder: store.folder.attempts,
                supervisorPath: try SupervisorBinary.besideThisExecutable(),
                place: AttemptPlace(host: host, storeID: store.id.text), gate: gate)
            var environment = EngineEnvironment(
                variables: process.variables, user: process.user, umask: process.umask,
                workingDirectory: process.workingFolder, host: host, processID: Int(getpid()),
                engineVersion: programVersion, logsFolder: store.folder.logs, userID: Int(geteuid()))
            environment.rawVariables = process.rawVariables
            self.store = store
            self.executor = executor
            executors = process.executors
            self.environment = environment
            engine = Engine(
                store: store, executor: executor, environment: environment, clock: WallClock(),
                executors: process.executors)
            commands = CommandTexts(store: option)
        } catch {
            throw StoreError(.io, error.message)
        }
    }

    /// Without a supervisor no step can begin: better said before a run is made.
    func requireSupervisor() throws(CommandFailure) {
        do {
            try SupervisorBinary.check(executor.supervisorPath)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Lets go of the store whatever happens: one that was written and not closed is examined at its next opening.
    func closing<Value>(
        _ body: () async throws(CommandFailure) -> Value
    ) async throws(CommandFailure) -> Value {
        do {
            let value = try await body()
            await store.close()
            return value
        } catch {
            await store.close()
            throw error
        }
    }

    func view(of run: RunID) async throws(CommandFailure) -> RunView {
        try await CommandFailure.telling { () throws(EngineError) in try await engine.view(of: run) }
    }

    /// The runs that its steps have started.
    func children(of run: RunID) async throws(CommandFailure) -> [RunRecord] {
        try await CommandFailure.telling { () throws(EngineError) in try await engine.children(of: run) }
    }

    func account(of run: RunID) async throws(CommandFailure) -> RunAccount {
        try await CommandFailure.telling { () throws(EngineError) in try await engine.account(of: run) }
    }
}
