package import AttemptProtocol

/// Carries attempts out, for an engine: each outlives the process that started it, and what became of it is known afterwards.
///
/// For each attempt: `prepare`, then the caller makes its intent durable, then `launch`, then `conclusion`, and once that is
/// durable `discard`. After a crash: `verdict`, then `conclusion` for what still runs.
package protocol AttemptExecutor: Sendable {
    /// The host and store that attempts begin in.
    var place: AttemptPlace { get }

    /// Comes before the intent, so that afterwards absence cannot pass for an attempt that never began.
    func prepare(_ id: AttemptIdentity) throws(ExecutorError)

    /// When this throws, nothing has begun, and nothing will once `verdict` has said so.
    func launch(_ id: AttemptIdentity, _ spec: CommandSpec) throws(ExecutorError)

    /// Waits for the end of an attempt; any number of tasks may wait.
    func conclusion(
        of id: AttemptIdentity, secrets: [String], followingLeftovers: Bool
    ) async throws(ExecutorError) -> AttemptConclusion

    /// What is true of an attempt now, for a driver that comes after a crash.
    func verdict(of id: AttemptIdentity, secrets: [String]) throws(ExecutorError) -> AttemptVerdict

    /// The same, and nothing is changed by it.
    func look(at id: AttemptIdentity) throws(ExecutorError) -> AttemptVerdict

    func requestCancel(_ id: AttemptIdentity, grace: Duration) throws(ExecutorError)

    /// Ends what still runs of an attempt whose supervisor is gone; returns what survives that.
    func endStillRunning(
        _ id: AttemptIdentity, grace: Duration
    ) async throws(ExecutorError) -> [ProcessStatus]

    /// Ends a supervisor that does not do its work; returns its pid, nil where none lives.
    func endSupervisor(of id: AttemptIdentity) async throws(ExecutorError) -> Int32?

    /// Forgets an attempt whose end is durable elsewhere. The log stays.
    func discard(_ id: AttemptIdentity) throws(ExecutorError)

    /// Makes the folder that a step keeps over its attempts.
    func makeFolder(_ path: String) throws(ExecutorError)

    /// The ids of all attempts that were not discarded, sorted.
    func leftovers() throws(ExecutorError) -> [String]
    func leftover(_ attemptID: String) throws(ExecutorError) -> AttemptLeftover?
    func removeLeftover(_ attemptID: String) throws(ExecutorError)
}

extension ShellExecutor: AttemptExecutor {}
