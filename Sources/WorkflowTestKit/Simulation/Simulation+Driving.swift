internal import JSON
internal import WorkflowCore

// What a driver does: decides, appends, and only then acts.

extension Simulation {
    mutating func tell(_ inputs: Input..., answering requests: [Int64] = []) throws {
        try tell(inputs, answering: requests)
    }

    /// Decides on inputs and makes the decisions durable in one append.
    mutating func tell(_ inputs: [Input], answering requests: [Int64] = []) throws {
        guard driver != nil else { return }
        var decision = Decision()
        for input in inputs {
            var next: Decision?
            do {
                next = try decide(input)
            } catch let refusal as InputRefusal {
                outcome.note(.refusals)
                guard !requests.isEmpty, let actor = inbox.waiting.first(where: { $0.id == requests[0] })?.actor
                else { continue }
                let refused = RequestRefused(request: "asked", code: refusal.code.rawValue, message: refusal.message)
                next = try decide(.requestRefused(refused, by: actor))
            }
            decision.entries += next?.entries ?? []
            decision.effects += next?.effects ?? []
            decision.releases += next?.releases ?? []
        }
        try follow(decision, answering: requests, mayBeLost: true)
    }

    /// What the machine decides. An input that it refuses has changed nothing.
    private mutating func decide(_ input: Input) throws -> Decision {
        guard let before = driver?.machine.state else { return Decision() }
        outcome.note(.decisions)
        do {
            guard let mutation else {
                return try driver?.machine.decide(input, at: clock.now, using: &random) ?? Decision()
            }
            let told = mutation.altered(input, before)
            let decision = try driver?.machine.decide(told, at: clock.now, using: &random) ?? Decision()
            return try altered(decision, by: mutation, told, before)
        } catch let refusal as InputRefusal {
            let differences = driver.map { before.differences(from: $0.machine.state) } ?? []
            guard differences.isEmpty else {
                throw SimulationFault("a refused input changed \(differences.joined(separator: ", "))")
            }
            throw refusal
        }
    }

    /// Appends first, acts after.
    mutating func follow(_ decision: Decision, answering requests: [Int64] = [], mayBeLost: Bool) throws {
        guard let driver else { return }
        guard !decision.entries.isEmpty || !decision.releases.isEmpty || !requests.isEmpty else {
            return try act(decision.effects)
        }
        for line in decision.trace { trace("  " + line) }
        if mutation == .effectsBeforeAppend { try act(decision.effects) }
        if mutation == .toldBeforeAppend { tellPeople(decision.entries) }
        let fault = mayBeLost ? drawAppendFault() : nil
        switch fault {
        case .crash: return try crash(.crashedBeforeAppend, undelivered: decision)
        case .refusal:
            if mutation == .appendErrorIgnored { try act(decision.effects) }
            return try crash(.refusedAppends)
        case .takeOver: return loseRun(undelivered: decision)
        case .silence, nil: break
        }
        outcome.note(.appends)
        let head = driver.machine.state.head - Int64(decision.entries.count)
        let entries = mutation?.written(decision.entries) ?? decision.entries
        guard let saved = try journal.append(entries, token: driver.token, head: head) else {
            throw SimulationFault("the token of the run's driver is stale", by: .oneDriver)
        }
        for case .definitionChanged(let fact) in entries.map(\.fact) {
            program = programs[fact.definitionHash] ?? program
        }
        for step in decision.releases { world.locks.release(step) }
        if decision.entries.contains(where: { if case .runEnded = $0.fact { true } else { false } }) {
            world.locks.releaseAll()
        }
        if mutation != .requestsKept || random.chance(50) { inbox.answer(requests) }
        if fault == .silence { return try crash(.unacknowledgedAppends) }
        if mutation != .toldBeforeAppend { tellPeople(decision.entries) }
        for checkpoint in saved { self.driver?.machine.name(checkpoint.id, savedBy: checkpoint.sequence) }
        try checkLive()
        for (number, effect) in decision.effects.enumerated() where mutation != .effectsBeforeAppend {
            guard self.driver?.machine.isWanted(effect) == true else { continue }
            if strikes() { return try crash(.crashedBetweenEffects, starts: starts(decision.effects[number...])) }
            try act(effect)
        }
    }

    /// Whoever looks on is told what the driver takes to be durable now.
    private mutating func tellPeople(_ entries: [ProposedEntry]) {
        guard let head = driver?.machine.state.head else { return }
        for (offset, entry) in entries.enumerated() {
            told.append((head - Int64(entries.count - 1 - offset), entry.fact))
        }
    }

    private func starts(_ effects: some Sequence<Effect>) -> [StartOrder] {
        effects.compactMap { if case .startAttempt(let start) = $0 { start } else { nil } }
    }

    // MARK: - Effects

    mutating func act(_ effects: [Effect]) throws {
        for effect in effects { try act(effect) }
    }

    private mutating func act(_ effect: Effect) throws {
        guard let state = driver?.machine.state else { return }
        switch effect {
        case .startAttempt(let start):
            try begin(start)
            try checkDefinition(start, state)
            driver?.watched.append(start.id)
        case .startVerify(let attempt): listen(for: .verified(attempt), within: random.number(in: 0...3))
        case .takeLocks(let step, let locks, let request):
            listen(for: .locks(step: step, locks, request: request), within: random.number(in: 0...1))
        case .takeConcurrency(let group, let conflict):
            listen(for: .turn(group: group, conflict), within: random.number(in: 0...10))
        case .startWait(let attempt, var remaining):
            if mutation == .timersForgotten { return }
            if mutation == .waitsCutShort { remaining = Milliseconds(remaining.count / 2) }
            if mutation == .waitNotClamped, let number = state.number(ofStep: attempt.step),
                let due = state.due(ofStep: number)
            {
                remaining = due.since(clock.now)
            }
            try LimitsHold.check(wait: remaining, of: attempt.step, program)
            let due = clock.now.adding(remaining)
            driver?.awaited.append((due, .wait(attempt)))
            if random.chance(5) {
                outcome.note(.doubleNews)
                driver?.awaited.append((due, .wait(attempt)))
            }
        case .startProbe(let attempt):
            // Overtaken by what was decided with it.
            guard case .inDoubt(let doubt) = state.state(ofStep: attempt.step)?.phase else { return }
            outcome.note(.probes)
            listen(for: .probed(attempt, key: doubt.attempt.idempotencyKey), within: random.number(in: 0...3))
        case .cancelAttempt(let attempt):
            for running in state.runningAttempts
            where state.name(ofStep: running.step) == attempt.step
                && running.attempt.number == attempt.attempt
            {
                world.cancel(running.attempt.id, at: clock.now, using: &random)
            }
        case .goOn: listen(for: .goOn, within: 0)
        case .runEnded: break
        }
    }

    /// Starts a process, on behalf of this driver or of one that does not know that it has lost the run.
    mutating func begin(_ start: StartOrder) throws {
        guard journal.hasIntent(of: start.id) else {
            throw SimulationFault("\(start.attempt.trace) is started without a durable intent", by: .intentFirst)
        }
        world.start(start, at: clock.now, using: &random)
    }

    private mutating func listen(for event: SimulatedDriver.Event, within seconds: Int) {
        driver?.awaited.append((clock.now.adding(.seconds(Int64(seconds))), event))
    }

    // MARK: - What comes back

    mutating func deliver(_ event: SimulatedDriver.Event, at instant: Timestamp) throws {
        if instant > clock.now { clock.set(to: instant) }
        world.advance(to: clock.now)
        var inputs: [Input] = []
        if let input = try take(event) { inputs.append(input) }
        // What has come at the same time goes into one append.
        while inputs.count < 4, random.chance(30),
            let more = driver?.events(in: world).first(where: { $0.at <= clock.now })
        {
            if let input = try take(more.event) { inputs.append(input) }
        }
        if !inputs.isEmpty { try tell(inputs) }
    }

    /// What the machine is told of an event; nil where there is nothing to tell yet.
    private mutating func take(_ event: SimulatedDriver.Event) throws -> Input? {
        if random.chance(3) { outcome.note(.doubleNews) } else { driver?.forget(event) }
        switch event {
        case .locks(let step, let locks, let request):
            if random.chance(20) {
                world.locks.lend(random.pick(locks) ?? "", until: clock.now.adding(.seconds(20)))
            }
            if world.locks.take(locks, for: step, at: clock.now) || mutation == .locksTakenAnyway {
                return .locksTaken(step: step, request: request)
            }
            if let state = driver?.machine.state, case .awaitingLocks = state.state(ofStep: step)?.phase {
                outcome.note(.lockWaits)
                driver?.forget(event)
                listen(for: event, within: random.number(in: 1...5))
            }
            return nil
        case .turn(_, let conflict):
            return conflict == .fail && random.chance(30) ? .concurrencyRefused(by: "run-other") : .concurrencyTaken
        case .verified(let attempt):
            let verdict: ProbeVerdict = random.chance(85) ? .done : random.chance(50) ? .notDone : .cannotTell
            if verdict != .done { outcome.note(.drifts) }
            return .verifyEnded(step: attempt.step, verdict, message: "")
        case .ended(let id):
            guard let process = world.process(id) else { return nil }
            // A supervisor that dies beside a living driver leaves no record either.
            return process.isRecorded
                ? .attemptEnded(process.attempt, process.outcome)
                : .attemptLost(process.attempt, reason: "its supervisor was killed")
        case .goOn: return .wentOn
        case .wait(let attempt): return .waitEnded(attempt)
        case .probed(let attempt, let key):
            let verdict: ProbeVerdict =
                random.chance(20) ? .cannotTell : world.hasEffect(key) ? .done : .notDone
            return .probeEnded(attempt, verdict, message: "", outputs: [:])
        }
    }

    /// A result comes once more, long after it was taken: unless its attempt runs still, nothing follows from it.
    mutating func repeatLateResult() throws {
        guard let process = world.anyEnded(using: &random), let state = driver?.machine.state else { return }
        outcome.note(.lateResults)
        let isCurrent = state.runningAttempts.contains {
            state.name(ofStep: $0.step) == process.attempt.step && $0.attempt.number == process.attempt.attempt
        }
        let head = state.head
        guard !isCurrent else { return }
        try tell(.attemptEnded(process.attempt, process.outcome))
        guard mutation == nil, let after = driver?.machine.state.head, after != head else { return }
        throw SimulationFault("the late result of \(process.attempt.trace) was taken", by: .outcomesAreTrue)
    }

    /// - Returns: whether there was anything to obey.
    mutating func obeyInbox() throws -> Bool {
        guard let request = inbox.waiting.first, driver != nil else { return false }
        if mutation == .requestsForgotten {
            inbox.answer([request.id])
        } else {
            try tell(request.input, answering: [request.id])
        }
        return true
    }
}
