internal import Glibc
internal import Workflow
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowStoreSQLite
internal import WorkflowViews

/// An open store with an engine over it, for a command.
struct Session: Sendable {
    let runtime: Runtime
    let executors: ExecutorPrograms
    let commands: CommandTexts

    var store: any WorkflowStore { runtime.store }
    var workspace: Workspace { runtime.opened.workspace }
    var executor: ShellExecutor { runtime.executor }
    var engine: Engine { runtime.engine }
    var environment: EngineEnvironment { runtime.environment }

    /// Opens what a command needs.
    ///
    /// - Parameters:
    ///   - option: `--store`, as given.
    ///   - mode: `.create` for `run` alone; who only looks never makes a store.
    ///   - gate: stands before every command that is started.
    static func open(
        _ option: String?, _ mode: StoreMode, in process: ProcessEnvironment, gate: (any LaunchGate)? = nil
    ) throws(CommandFailure) -> Session {
        if option == nil, let given = process.rawVariables.first(where: { $0.starts(with: "WORKFLOW_STORE=".utf8) }) {
            throw CommandFailure(
                .usage, "\(EscapedBytes.text(given)) is not UTF-8; give the store's folder a name that is, or --store")
        }
        let temporary = process.variables["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
        do throws(StoreError) {
            let opened = try OpenStore.open(
                option: option, environment: process.variables["WORKFLOW_STORE"], workingFolder: process.workingFolder,
                temporaryFolder: temporary, mode: mode, programVersion: programVersion)
            return try Session(opened, option: option, in: process, gate: gate)
        } catch {
            throw CommandFailure(error)
        }
    }

    private init(
        _ opened: OpenStore, option: String?, in process: ProcessEnvironment, gate: (any LaunchGate)?
    ) throws(StoreError) {
        executors = process.executors
        commands = CommandTexts(store: option)
        do throws(ExecutorError) {
            runtime = try Runtime(opened, executors: executors, gate: gate) { workspace, host in
                var environment = EngineEnvironment(
                    variables: process.variables, user: process.user, umask: process.umask,
                    workingDirectory: process.workingFolder, host: host, processID: Int(getpid()),
                    engineVersion: programVersion, logsFolder: workspace.logs, userID: Int(geteuid()))
                environment.rawVariables = process.rawVariables
                return environment
            }
        } catch {
            throw StoreError(.io, error.message)
        }
    }

    /// For what a store of SQLite alone can be asked.
    func requireSQLite(_ what: String) throws(CommandFailure) -> SQLiteStore {
        guard let store = runtime.opened.sqlite else {
            throw CommandFailure(.usage, "\(what) is for a store in a folder; \(store.place) is none")
        }
        return store
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
            await runtime.close()
            return value
        } catch {
            await runtime.close()
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
