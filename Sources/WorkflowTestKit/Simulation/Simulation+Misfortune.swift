internal import WorkflowCore

// What goes wrong: drivers die or lose the run, stores refuse or fall silent, and somebody takes the run up again.

extension Simulation {
    enum AppendFault {
        /// The driver dies before it has appended.
        case crash
        /// The store refuses, and has written nothing.
        case refusal
        /// The store has written, and the driver sees an error.
        case silence
        /// Another driver has taken the run meanwhile.
        case takeOver
    }

    mutating func drawAppendFault() -> AppendFault? {
        guard strikes() else { return nil }
        switch random.number(in: 1...10) {
        case ...4: return .crash
        case ...6: return .refusal
        case ...8: return .silence
        default: return .takeOver
        }
    }

    mutating func strikes() -> Bool {
        guard misfortunes > 0, random.chance(4) else { return false }
        misfortunes -= 1
        return true
    }

    /// The driver is gone, and its claim with it.
    ///
    /// - Parameters:
    ///   - starts: what it was about to start, their intents durable.
    ///   - undelivered: what it was about to append.
    mutating func crash(_ how: Event, starts: [StartOrder] = [], undelivered: Decision? = nil) throws {
        guard let dead = driver else { return }
        outcome.note(.crashes)
        outcome.note(how)
        trace("*** \(how.rawValue)")
        driver = nil
        // Held up rather than dead.
        if random.chance(50) {
            stragglers.append(SimulatedStraggler(driver: dead, undelivered: undelivered, starts: starts))
        }
        clock.advance(by: .seconds(Int64(random.number(in: 0...30))))
        if random.chance(10) {
            outcome.note(.clockJumps)
            clock.set(to: clock.now.adding(.seconds(Int64(random.number(in: -600...600)))))
        }
        world.advance(to: clock.now)
        // The machine goes down as well, and every supervisor with it.
        if random.chance(15) {
            outcome.note(.machinesDown)
            journal.losePower()
            for id in world.living { world.kill(id, using: &random) }
        }
        if random.chance(30) { try wakeStraggler() }
    }

    /// The driver goes on, and has lost the run to another one without knowing it.
    mutating func loseRun(undelivered: Decision? = nil) {
        guard let driver else { return }
        outcome.note(.takeOvers)
        trace("*** taken over")
        stragglers.append(SimulatedStraggler(driver: driver, undelivered: undelivered, starts: []))
        self.driver = nil
    }

    /// A driver that was held up goes on: what it had decided may start if nobody has proved that it never did, and
    /// what it writes now is refused, for the run has a new driver.
    mutating func wakeStraggler() throws {
        guard var straggler = stragglers.popLast() else { return }
        outcome.note(.stragglers)
        trace("*** a straggler wakes")
        for start in straggler.starts { try begin(start) }
        guard journal.token > straggler.driver.token else { return }
        let decision = try straggler.undelivered ?? decision(of: &straggler)
        guard let decision, !decision.entries.isEmpty else { return }
        let head = straggler.driver.machine.state.head - Int64(decision.entries.count)
        let saved = try journal.append(decision.entries, token: straggler.driver.token, head: head)
        if saved == nil { outcome.note(.staleAppends) }
        try checkClaims()
        guard mutation == .staleDriverActs else { return }
        for case .startAttempt(let start) in decision.effects { try begin(start) }
    }

    /// What a straggler makes of the first thing that it hears.
    private mutating func decision(of straggler: inout SimulatedStraggler) throws -> Decision? {
        var inputs: [Input] = []
        for event in straggler.driver.events(in: world).map(\.event) {
            switch event {
            case .wait(let attempt): inputs.append(.waitEnded(attempt))
            case .goOn: inputs.append(.wentOn)
            case .ended(let id):
                if let process = world.process(id), process.hasEnded, process.isRecorded {
                    inputs.append(.attemptEnded(process.attempt, process.outcome))
                }
            case .probed, .verified, .locks, .turn: continue
            }
        }
        let input = random.pick(inputs) ?? .pauseAsked(reason: nil, by: "person:bob")
        do {
            return try straggler.driver.machine.decide(input, at: clock.now, using: &random)
        } catch is InputRefusal {
            return nil
        }
    }

    // MARK: - Taking the run up again

    /// A new driver takes the run, looks at every attempt that the last one left, and goes on.
    ///
    /// - Parameters:
    ///   - hash: what a person moves the run to.
    ///   - retryingFailed: a person has what failed and was tolerated done again.
    mutating func attach(
        _ reason: DriverAttached.Reason, rewindingTo checkpoint: (id: CheckpointID, sequence: Int64)? = nil,
        movingTo hash: String? = nil, retryingFailed: Bool = false
    ) throws {
        let token = journal.claim()
        if strikes() {
            outcome.note(.failedReads)
            driver = nil
            return
        }
        try checkTold()
        let state = try fold(mutation?.read(journal.entries, program) ?? journal.entries)
        driver = SimulatedDriver(machine: machine(state), token: token)
        forgetLocks(state)
        let onDoubt: DoubtPolicy? = random.chance(10) ? random.pick(DoubtPolicy.allCases) : nil
        var inputs: [Input] = [
            .driverAttached(
                DriverAttached(
                    reason: reason, host: Simulation.host, processID: 1, engineVersion: "1", onDoubt: onDoubt))
        ]
        // Together, or one after the other with a chance to die between them.
        if random.chance(50) {
            try tell(inputs)
            inputs = []
        }
        for running in (driver?.machine.state.runningAttempts ?? []).shuffled(using: &random) {
            let attempt = AttemptReference(step: state.name(ofStep: running.step), attempt: running.attempt.number)
            if let input = look(at: attempt, running.attempt.id) { inputs.append(input) }
            if random.chance(30), !inputs.isEmpty {
                try tell(inputs)
                inputs = []
            }
        }
        if !inputs.isEmpty { try tell(inputs) }
        if random.chance(50) { _ = try obeyInbox() }
        var last: [Input] = []
        if let checkpoint { last.append(.rewindAsked(checkpoint.id, sequence: checkpoint.sequence, by: "person:bob")) }
        if let hash {
            last.append(
                .definitionChangeAsked(hash: hash, parameters: state.created?.parameters ?? [:], by: "person:bob"))
        }
        if retryingFailed { last.append(.retryFailedAsked(by: "person:bob")) }
        if reason != .request { last.append(.recoveryFinished) }
        if !last.isEmpty { try tell(last) }
    }

    /// Somebody finds the run interrupted.
    mutating func pickUp() throws {
        if whims > 0, random.chance(10) {
            whims -= 1
            return try attach(.resume, rewindingTo: random.pick(checkpoints))
        }
        if whims > 0, random.chance(10) {
            whims -= 1
            return try attach(.resume, movingTo: edited())
        }
        try attach(random.chance(50) ? .resume : .recovery)
    }

    /// Somebody writes the definition anew.
    mutating func edited() -> String {
        let number = programs.count + 1
        programs["hash-\(number)"] = Program(generator.edited(program.definition, number, using: &random))
        return "hash-\(number)"
    }

    /// What the store gave to steps that do not ask for it any more.
    private mutating func forgetLocks(_ state: RunState) {
        for step in world.locks.steps {
            switch state.state(ofStep: step) {
            case let known? where !known.locks.isEmpty: continue
            case let known?: if case .awaitingLocks = known.phase { continue }
            case nil: break
            }
            world.locks.release(step)
        }
    }

    /// What became of an attempt that another driver left.
    private mutating func look(at attempt: AttemptReference, _ id: UniqueID) -> Input? {
        guard let process = world.process(id) else {
            if mutation != .claimNotTaken { world.void(id) }
            return random.chance(80) ? .attemptNeverBegan(attempt) : .attemptLost(attempt, reason: "no trace")
        }
        if !process.hasEnded {
            if mutation == .livingTakenForLost { return .attemptLost(attempt, reason: "not looked for") }
            driver?.watched.append(id)
            return nil
        }
        if process.isRecorded, mutation != .recordNotRead { return .attemptEnded(attempt, process.outcome) }
        switch mutation {
        case .doubtTakenForNeverBegan: return .attemptNeverBegan(attempt)
        case .doubtTakenForFailure:
            return .attemptEnded(
                attempt, .failed(Failure(kind: .transient, code: "exit_status", message: "guessed", exitCode: 1)))
        default: return .attemptLost(attempt, reason: "its supervisor was killed")
        }
    }
}
