package import AttemptProtocol
package import JSON

/// Carries attempts out, for an engine: each outlives the process that started it, and what became of it is known
/// afterwards.
///
/// For each attempt: `prepare`, then the caller makes its intent durable, then `launch`, then `conclusion`, and once
/// that is durable `discard`. After a crash: `verdict`, then `conclusion` for what still runs.
package protocol AttemptExecutor: Sendable {
    /// The host and store that attempts begin in.
    var place: AttemptPlace { get }

    /// The values that attempts had masked while this process lives.
    var masks: LearnedMasks { get }

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

    /// - Parameter kills: also what its stop policy never kills.
    func requestCancel(_ id: AttemptIdentity, grace: Duration, kills: Bool) throws(ExecutorError)

    /// Ends what still runs of an attempt whose supervisor is gone, by its stop policy; returns what survives that.
    func endStillRunning(
        _ id: AttemptIdentity, stop: StopOrder, grace: Duration
    ) async throws(ExecutorError) -> [ProcessStatus]

    /// Ends a supervisor that does not do its work; returns its pid, nil where none lives.
    func endSupervisor(of id: AttemptIdentity) async throws(ExecutorError) -> Int32?

    /// The events that an attempt has kept, in their order; whatever became of it.
    func keptEvents(of id: AttemptIdentity) throws(ExecutorError) -> [JSONValue]

    /// How far an attempt that runs is, as it said last; nil where it said nothing.
    func progress(ofAttempt id: String) -> AttemptProgress?

    /// Whether an attempt runs beyond its end because nothing may kill it.
    func isNotEnding(attempt id: String) -> Bool

    /// Forgets an attempt whose end is durable elsewhere. The log stays.
    func discard(_ id: AttemptIdentity) throws(ExecutorError)

    /// Makes the folder that a step keeps over its attempts.
    func makeFolder(_ path: String) throws(ExecutorError)

    /// The ids of all attempts that were not discarded, sorted.
    func leftovers() throws(ExecutorError) -> [String]
    func leftover(_ attemptID: String) throws(ExecutorError) -> AttemptLeftover?
    func removeLeftover(_ attemptID: String) throws(ExecutorError)
}

extension AttemptExecutor {
    package func requestCancel(_ id: AttemptIdentity, grace: Duration) throws(ExecutorError) {
        try requestCancel(id, grace: grace, kills: false)
    }
}

extension ShellExecutor: AttemptExecutor {}
