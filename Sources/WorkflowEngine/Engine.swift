package import WorkflowCore
package import WorkflowExecutors
package import WorkflowStore

/// The engine: starts runs, drives them, recovers them, and answers what is asked of them.
///
/// It knows stores and executors by their protocols and never reads a clock, the environment or a random source that it
/// was not given.
package struct Engine: Sendable {
    package let store: any WorkflowStore
    let executor: any AttemptExecutor
    package let environment: EngineEnvironment
    let clock: any EngineClock
    let executors: any ExecutorDirectory
    let random: any EngineRandom
    let secrets: any SecretSource

    package init(
        store: any WorkflowStore, executor: any AttemptExecutor, environment: EngineEnvironment, clock: any EngineClock,
        executors: any ExecutorDirectory = NoExecutors(), random: any EngineRandom = SystemRandom(),
        secrets: any SecretSource = SystemSecrets()
    ) {
        self.random = random
        self.secrets = secrets
        self.executors = executors
        self.store = store
        self.executor = executor
        self.environment = environment
        self.clock = clock
    }

    // Running: Driving/Engine+Running.swift
    //   func start(_ request: StartRequest, patience:, control:, observer:) async throws(EngineError) -> DriveResult
    //   func create(_ request: StartRequest) async throws(EngineError) -> DriveResult      (left pending, for --detach)
    //   func resume(_ request: ResumeRequest, patience:, control:, observer:) async throws(EngineError) -> DriveResult
    //   func resumableRuns() async throws(EngineError) -> [RunRecord]                       (for resume --all)
    // Asking: Driving/Engine+Asking.swift
    //   func ask(_ request: ControlRequest, of run: RunID, actor:, control:, observer:) async throws(EngineError) ->
    //   ControlAnswer
    // Looking: Looking/Engine+Looking.swift
    //   func view(of run: RunID) async throws(EngineError) -> RunView
    //   func runs(_ filter: RunFilter) async throws(EngineError) -> [RunRecord]
    //   func checkpoint(_ id: CheckpointID) async throws(EngineError) -> CheckpointView
    //   func checkpoints(of run: RunID) async throws(EngineError) -> [CheckpointRecord]
    //   func entries(of run: RunID) async throws(EngineError) -> [RawEntry]
    //   func verifyJournal(of run: RunID) async throws(EngineError) -> JournalVerification
    //   func attempts(of run: RunID, step: String?) async throws(EngineError) -> [AttemptLog]   (step, attempt, log
    //   path)
}

/// Where the output of one attempt is.
package struct AttemptLog: Sendable, Equatable {
    package let step: String
    package let attempt: Int
    package let path: String
    /// What was lost of it; nil while it runs.
    package internal(set) var losses: AttemptLosses?
}
