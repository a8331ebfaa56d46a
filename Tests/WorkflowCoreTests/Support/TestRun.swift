import JSON
import Testing
import WorkflowCore
import WorkflowDefinitions
import WorkflowTestKit

/// One run, driven by hand. After every decision the state that a replay of the journal gives is compared with the live
/// one.
struct TestRun {
    private(set) var machine: RunMachine
    private let first: Program
    /// By hash, the definitions that the run was moved to.
    private var learned: [String: Program] = [:]
    private(set) var journal: [Entry] = []
    /// The decision taken last.
    private(set) var decision = Decision()
    var clock = ManualClock()
    var random = SeededGenerator(seed: 1)

    static let host = HostIdentity(host: "host-1", boot: "boot-1")
    static let person: Actor = "person:ada"

    /// - Parameter driven: whether the process that creates the run drives it.
    init(_ definition: Definition, parameters: [String: JSONValue] = [:], driven: Bool = true) throws {
        let (machine, decision) = try RunMachine.create(
            TestRun.created(definition.name, parameters), program: Program(definition),
            driver: driven ? TestRun.driver(.run) : nil, host: TestRun.host, actor: TestRun.person, at: clock.now,
            using: &random)
        self.machine = machine
        first = Program(definition)
        try journal(decision)
    }

    /// A run of the definition that this YAML holds.
    init(_ yaml: String, parameters: [String: JSONValue] = [:], driven: Bool = true) throws {
        try self.init(try Definitions.load(yaml), parameters: parameters, driven: driven)
    }

    static func created(_ workflow: String, _ parameters: [String: JSONValue] = [:]) -> RunCreated {
        var ids = SequentialIDs()
        return RunCreated(
            run: ids.next(), workflow: workflow, definitionHash: String(repeating: "0", count: 64),
            parameters: parameters, labels: [:],
            context: ExecutionContext(
                user: "ada", host: "host-1", umask: 0o022, workingDirectory: "/srv", environmentSalt: "salt",
                environmentHashes: [:]),
            engineVersion: "1.0.0")
    }

    static func driver(_ reason: DriverAttached.Reason, onDoubt: DoubtPolicy? = nil) -> DriverAttached {
        DriverAttached(reason: reason, host: host, processID: 1, engineVersion: "1.0.0", onDoubt: onDoubt)
    }

    var state: RunState { machine.state }
    var trace: [String] { decision.trace }

    /// - Returns: the trace of what was decided.
    @discardableResult
    mutating func take(_ input: Input) throws -> [String] {
        try journal(try machine.decide(input, at: clock.now, using: &random))
        return trace
    }

    /// The code and the message with which an input is refused; nil when it is not.
    mutating func refusal(of input: Input) throws -> String? {
        let before = state
        do {
            try take(input)
            return nil
        } catch let refusal as InputRefusal {
            #expect(state.differences(from: before) == [], "a refused input changed the state")
            return "\(refusal.code.rawValue): \(refusal.message)"
        }
    }

    mutating func refusal(
        ofResolving step: String, _ decision: StepResolved.Decision, _ outputs: [String: JSONValue] = [:]
    ) throws -> String? {
        try refusal(
            of: .resolved(step: step, decision, outputs: GivenOutputs(outputs), reason: nil, by: TestRun.person))
    }

    private mutating func journal(_ decision: Decision) throws {
        self.decision = decision
        for proposed in decision.entries {
            let sequence = Int64(journal.count + 1)
            var fact = proposed.fact
            if proposed.checkpoint != nil {
                let id = CheckpointID("chk-\(sequence)")
                fact = fact.saved(as: id)
                machine.name(id, savedBy: sequence)
            }
            journal.append(Entry(sequence: sequence, at: proposed.at, actor: proposed.actor, fact: fact))
        }
        let replayed = try replay()
        #expect(replayed.differences(from: machine.state) == [], "a replay differs from the live state")
    }

    private func replay() throws -> RunState {
        var state = RunState(first)
        for (hash, program) in learned { state.learn(program, hash: hash) }
        for entry in journal { try state.apply(entry) }
        return state
    }

    // MARK: - Short ways to say what happened

    /// The newest attempt of a step.
    func attempt(_ step: String) -> AttemptReference {
        AttemptReference(step: step, attempt: state.state(ofStep: step)?.attempts ?? 0)
    }

    @discardableResult
    mutating func succeed(_ step: String, _ outputs: [String: JSONValue] = [:]) throws -> [String] {
        try take(.attemptEnded(attempt(step), .succeeded(outputs: GivenOutputs(outputs))))
    }

    @discardableResult
    mutating func fail(_ step: String, _ kind: Failure.Kind = .transient, exitCode: Int? = nil) throws -> [String] {
        let code =
            switch kind {
            case .transient, .permanent: "exit_status"
            case .timedOut: "timeout"
            case .killed: "signal"
            case .cancelled: "cancelled"
            }
        let failure = Failure(kind: kind, code: code, message: "\(step) did not work", exitCode: exitCode)
        return try take(.attemptEnded(attempt(step), .failed(failure)))
    }

    @discardableResult
    mutating func probe(_ step: String, _ verdict: ProbeVerdict, _ outputs: [String: JSONValue] = [:]) throws
        -> [String]
    {
        try take(.probeEnded(attempt(step), verdict, message: "", outputs: GivenOutputs(outputs)))
    }

    @discardableResult
    mutating func resolve(
        _ step: String, _ decision: StepResolved.Decision, _ outputs: [String: JSONValue] = [:]
    ) throws -> [String] {
        try take(.resolved(step: step, decision, outputs: GivenOutputs(outputs), reason: nil, by: TestRun.person))
    }

    @discardableResult
    mutating func cancel(reason: String? = nil) throws -> [String] {
        try take(.cancelAsked(reason: reason, by: TestRun.person))
    }

    @discardableResult
    mutating func pause() throws -> [String] { try take(.pauseAsked(reason: nil, by: TestRun.person)) }

    /// The driver dies and another one takes the run: nothing is left but the journal.
    @discardableResult
    mutating func crash(
        _ reason: DriverAttached.Reason = .resume, onDoubt: DoubtPolicy? = nil
    ) throws -> [String] {
        machine = RunMachine(state: try replay(), host: TestRun.host)
        return try take(.driverAttached(TestRun.driver(reason, onDoubt: onDoubt)))
    }

    @discardableResult
    mutating func lose(_ step: String) throws -> [String] {
        try take(.attemptLost(attempt(step), reason: "nobody knows"))
    }

    @discardableResult
    mutating func recovered() throws -> [String] { try take(.recoveryFinished) }

    /// The driver dies while this step runs, and nobody knows how its attempt ended.
    @discardableResult
    mutating func crashLosing(_ steps: String..., onDoubt: DoubtPolicy? = nil) throws -> [String] {
        try crash(onDoubt: onDoubt)
        for step in steps { try lose(step) }
        return try recovered()
    }

    /// The driver dies with nothing running, and the run is resumed.
    @discardableResult
    mutating func resume() throws -> [String] {
        try crash()
        return try recovered()
    }

    // MARK: - What can be seen

    func status(_ step: String) -> StepStatus? { state.state(ofStep: step)?.status }

    /// The statuses of all steps in the definition's order.
    var statuses: [String] {
        zip(state.program.lines, state.steps).map { "\($0.step.name)=\($1.status.rawValue)" }
    }

    /// The key that an attempt was started with.
    func key(_ step: String, _ attempt: Int) -> String? {
        for case .attemptStarted(let fact) in journal.map(\.fact) where fact.step == step && fact.attempt == attempt {
            return fact.idempotencyKey
        }
        return nil
    }

    /// The entry behind which the newest checkpoint of a step stands.
    func checkpoint(_ step: String) throws -> (id: CheckpointID, sequence: Int64) {
        for entry in journal.reversed() {
            if case .stepSucceeded(let fact) = entry.fact, fact.step == step, let id = fact.checkpoint {
                return (id, entry.sequence)
            }
        }
        throw Missing(what: "a checkpoint of \(step)")
    }

    /// A new driver moves the run to the definition that this YAML holds, and goes on.
    @discardableResult
    mutating func move(to yaml: String, repeatsFollowing: Bool = false) throws -> [String] {
        let hash = "edited \(learned.count + 1)"
        learned[hash] = Program(try Definitions.load(yaml))
        try crash()
        return try take(
            .definitionChangeAsked(
                hash: hash, parameters: [:], repeatsFollowing: repeatsFollowing, by: TestRun.person)) + recovered()
    }

    /// A new driver goes back to the newest checkpoint of a step, and goes on from there.
    @discardableResult
    mutating func rewind(to step: String) throws -> [String] {
        let point = try checkpoint(step)
        try crash()
        return try take(.rewindAsked(point.id, sequence: point.sequence, by: TestRun.person)) + recovered()
    }
}

struct Missing: Error {
    let what: String
}
