internal import JSON
internal import WorkflowCore

/// What happens outside of the engine: processes that outlive drivers, and the effects that they have.
struct SimulatedWorld {
    struct Process {
        let attempt: AttemptReference
        let key: String
        var endsAt: Timestamp
        var outcome: AttemptOutcome
        /// Its effect takes place when it ends.
        var performs: Bool
        var hasEnded = false
        /// How it ended can be read; false after its supervisor was killed.
        var isRecorded = true
    }

    /// By attempt; looked up, never iterated.
    private var processes: [UniqueID: Process] = [:]
    /// In the order of their start.
    private var order: [UniqueID] = []
    /// Attempts that were proved never to have begun: a late start finds the claim taken.
    private var voided: Set<UniqueID> = []
    var locks = SimulatedLocks()
    /// Which attempts have had the effect that a key names, in order.
    private(set) var effects: [(key: String, attempt: AttemptReference)] = []

    func process(_ id: UniqueID) -> Process? { processes[id] }

    /// Attempts whose processes live.
    var living: [UniqueID] { order.filter { processes[$0]?.hasEnded == false } }

    /// The effect of this key is in place: what a probe finds.
    func hasEffect(_ key: String) -> Bool { effects.contains { $0.key == key } }

    /// An attempt whose process has ended, whenever that was.
    func anyEnded(using random: inout SeededGenerator) -> Process? {
        random.pick(order).flatMap { processes[$0] }.flatMap { $0.hasEnded ? $0 : nil }
    }

    /// Begins an attempt's process, unless its claim was taken: a second supervisor finds it taken too, and leaves.
    mutating func start(_ start: StartOrder, at now: Timestamp, using random: inout SeededGenerator) {
        guard !voided.contains(start.id), processes[start.id] == nil else { return }
        let draw = random.number(in: 1...100)
        let (outcome, performs): (AttemptOutcome, Bool) =
            switch draw {
            case ...64: (.succeeded(outputs: ["by": .int(Int64(start.attempt.attempt))]), true)
            case ...80: (failure(.transient, "exit_status"), false)
            case ...83: (failure(.permanent, "output_missing"), false)
            case ...93: (failure(.timedOut, "timeout"), random.chance(50))
            default: (failure(.killed, "signal"), random.chance(50))
            }
        processes[start.id] = Process(
            attempt: start.attempt, key: start.idempotencyKey,
            endsAt: now.adding(.seconds(Int64(random.number(in: 0...20)))), outcome: outcome, performs: performs)
        order.append(start.id)
    }

    mutating func void(_ id: UniqueID) {
        voided.insert(id)
    }

    /// Lets every process end whose time has come.
    mutating func advance(to now: Timestamp) {
        for id in living {
            guard let process = processes[id], process.endsAt <= now else { continue }
            end(id)
        }
    }

    mutating func end(_ id: UniqueID) {
        guard let process = processes[id], !process.hasEnded else { return }
        processes[id]?.hasEnded = true
        if process.performs { effects.append((process.key, process.attempt)) }
    }

    /// The supervisor and its command are killed: nobody can tell how far it had come.
    mutating func kill(_ id: UniqueID, using random: inout SeededGenerator) {
        guard processes[id]?.hasEnded == false else {
            processes[id]?.isRecorded = false
            return
        }
        let performs = random.chance(50)
        processes[id]?.performs = performs
        processes[id]?.isRecorded = false
        end(id)
    }

    /// The process is told to end, and does unless it is done before.
    mutating func cancel(_ id: UniqueID, at now: Timestamp, using random: inout SeededGenerator) {
        guard processes[id]?.hasEnded == false, random.chance(80) else { return }
        processes[id]?.endsAt = now
        let outcome = failure(.cancelled, "cancelled")
        processes[id]?.outcome = outcome
        let performs = random.chance(30)
        processes[id]?.performs = performs
    }

    private func failure(_ kind: Failure.Kind, _ code: String) -> AttemptOutcome {
        .failed(Failure(kind: kind, code: code, message: "simulated", exitCode: kind == .transient ? 1 : nil))
    }
}
