import JSON
import WorkflowCore
import WorkflowTestKit

/// A driver without processes, locks and time: whatever a machine orders has come true at once.
struct PureDrive {
    private(set) var machine: RunMachine
    private(set) var entries: [ProposedEntry] = []
    private var clock = ManualClock()
    private var random = SeededGenerator(seed: 1)
    private var effects: [Effect] = []
    /// Waits for signals and people.
    private var questions: [AttemptReference] = []
    /// How an attempt ends.
    private let outcome: @Sendable (AttemptReference) -> Input

    static let host = HostIdentity(host: "host-1", boot: "boot-1")
    static let person: Actor = "login:ada"

    /// - Parameter outcome: nil has all succeed.
    init(_ state: RunState, outcome: (@Sendable (AttemptReference) -> Input)? = nil) {
        machine = RunMachine(state: state, host: PureDrive.host)
        self.outcome = outcome ?? PureDrive.success
    }

    var state: RunState { machine.state }

    static func success(_ attempt: AttemptReference) -> Input {
        .attemptEnded(attempt, .succeeded(outputs: GivenOutputs(texts: ["id": "\(attempt.attempt)"])))
    }

    mutating func create(_ created: RunCreated) throws {
        try record(.runCreated(created), by: PureDrive.person)
        try attach(.run)
    }

    private mutating func record(_ fact: Fact, by actor: Actor) throws {
        entries.append(ProposedEntry(at: clock.now, actor: actor, fact: fact, checkpoint: nil))
        var state = machine.state
        try state.apply(Entry(sequence: state.head + 1, at: clock.now, actor: actor, fact: fact))
        machine = RunMachine(state: state, host: PureDrive.host)
    }

    mutating func attach(_ reason: DriverAttached.Reason) throws {
        (effects, questions) = ([], [])
        let driver = DriverAttached(reason: reason, host: PureDrive.host, processID: 1, engineVersion: "1.0.0")
        try take(.driverAttached(driver, by: PureDrive.person))
        try take(.recoveryFinished)
    }

    mutating func take(_ input: Input) throws {
        clock.set(to: clock.now.adding(Milliseconds(1)))
        let decision = try machine.decide(input, at: clock.now, using: &random)
        entries += decision.entries
        effects += decision.effects
    }

    /// Drives on until the run has ended.
    ///
    /// - Returns: nil where nothing is ready, nothing runs and nothing can be asked of a person.
    mutating func toItsEnd() throws -> RunStatus? {
        for _ in 0..<5_000 {
            if !effects.isEmpty {
                try follow(effects.removeFirst())
            } else if case .ended(let status, _) = state.lifecycle {
                return status
            } else if state.lifecycle == .paused {
                try attach(.resume)
            } else if !questions.isEmpty {
                try answer(questions.removeFirst())
            } else if !machine.isIdle {
                return nil
            } else if try !decide() {
                return nil
            }
        }
        return nil
    }

    private mutating func follow(_ effect: Effect) throws {
        switch effect {
        case .startAttempt(let start): try take(outcome(start.attempt))
        case .startProbe(let attempt):
            try take(.probeEnded(attempt, .done, message: "", outputs: GivenOutputs(texts: ["id": "0"])))
        case .startVerify(let attempt): try take(.verifyEnded(step: attempt.step, .done, message: ""))
        case .startWait(let attempt, _):
            if case .asking = state.state(ofStep: attempt.step)?.phase {
                questions.append(attempt)
            } else {
                try take(.waitEnded(attempt))
            }
        case .takeLocks(let step, _, let request): try take(.locksTaken(step: step, request: request))
        case .takeConcurrency: try take(.concurrencyTaken)
        case .cancelAttempt(let attempt):
            let failure = Failure(kind: .cancelled, code: "cancelled", message: "cancelled")
            try take(.attemptEnded(attempt, .failed(failure)))
        case .goOn: try take(.wentOn)
        case .runEnded: break
        }
    }

    private mutating func answer(_ question: AttemptReference) throws {
        guard case .asking(_, _, let asked) = state.state(ofStep: question.step)?.phase else { return }
        do {
            switch asked {
            case .approval: try take(.approved(step: question.step, reason: nil, by: PureDrive.person))
            case .signal(let name): try take(.signalled(name: name, data: .null, by: PureDrive.person))
            }
        } catch is InputRefusal {
            try take(.waitEnded(question))
        }
    }

    /// A person decides about what is in doubt or has drifted.
    private mutating func decide() throws -> Bool {
        let open = state.stepsInDoubt + state.drifted
        for step in open.map({ state.name(ofStep: $0) }) {
            for decision in [StepResolved.Decision.retry, .skip, .done, .fail] {
                do {
                    try take(
                        .resolved(step: step, decision, outputs: [:], reason: "looked", by: PureDrive.person))
                    return true
                } catch is InputRefusal {
                    continue
                }
            }
        }
        return false
    }
}
