internal import WorkflowCore

// Breaks of what the machine is told, of what a new driver reads, and of what the machine decides.

extension Mutation {
    /// What the machine is told in place of an input.
    func altered(_ input: Input, _ state: RunState) -> Input {
        switch (self, input) {
        case (.probeOverruled, .probeEnded(let attempt, .done, let message, let outputs)):
            return .probeEnded(attempt, .notDone, message: message, outputs: outputs)
        case (.probeTrusted, .probeEnded(let attempt, .cannotTell, let message, let outputs)):
            return .probeEnded(attempt, .done, message: message, outputs: outputs)
        case (.lateResultAccepted, .attemptEnded(var attempt, let outcome, let losses, let endedAt, let events)):
            guard case .running(let running) = state.state(ofStep: attempt.step)?.phase else { return input }
            attempt.attempt = running.number
            return .attemptEnded(attempt, outcome, losses: losses, endedAt: endedAt, events: events)
        case (.lateLocksTaken, .locksTaken(let step, _)):
            return .locksTaken(step: step, request: state.state(ofStep: step)?.waitBegan ?? 0)
        default: return input
        }
    }

    /// The entries that the store is given in place of these.
    func written(_ entries: [ProposedEntry]) -> [ProposedEntry] {
        guard self == .outputsNotWritten else { return entries }
        return entries.map { entry in
            guard case .stepSucceeded(var fact) = entry.fact else { return entry }
            fact.outputs = [:]
            return ProposedEntry(
                at: entry.at, actor: entry.actor, fact: .stepSucceeded(fact), checkpoint: entry.checkpoint)
        }
    }

    /// What is broken is how a new driver reads the journal.
    var readsWrongly: Bool { self == .successReopened || self == .owedWorkReopened }

    /// What a new driver reads in place of the journal; the same where the break has nothing to take hold of.
    func read(_ entries: [Entry], _ program: Program) -> [Entry] {
        guard readsWrongly else { return entries }
        let wanted = entries.lastIndex { entry in
            guard case .stepSucceeded(let fact) = entry.fact, fact.basis == .execution, fact.attempt > 0,
                let name = try? InstanceName(fact.step, program)
            else { return false }
            let isOwed = program.lines[name.line].stage == nil
            return isOwed == (self == .owedWorkReopened)
        }
        guard let wanted, case .stepSucceeded(let fact) = entries[wanted].fact else { return entries }
        var altered = entries
        altered[wanted] = Entry(
            sequence: entries[wanted].sequence, at: entries[wanted].at, actor: entries[wanted].actor,
            fact: .attemptVoided(AttemptReference(step: fact.step, attempt: fact.attempt)))
        guard (try? RunState(program, replaying: altered)) != nil else { return entries }
        return altered
    }

    /// The entries of a decision as the break makes them.
    ///
    /// - Parameters:
    ///   - told: the input that was decided on.
    ///   - before: the run before the decision.
    ///   - after: the run behind it.
    ///   - firstKeys: the first key of each step, kept from decision to decision.
    func altered(
        _ entries: [ProposedEntry], _ told: Input, _ before: RunState, _ after: RunState,
        _ firstKeys: inout [String: String]
    ) -> [ProposedEntry] {
        switch self {
        case .resultAppliedTwice:
            guard case .attemptEnded(let attempt, .succeeded(let outputs), _, _, _) = told,
                before.state(ofStep: attempt.step)?.phase == .succeeded, entries.isEmpty
            else { return entries }
            let fact = StepSucceeded(step: attempt.step, attempt: attempt.attempt, outputs: outputs.values)
            return [
                ProposedEntry(at: after.updatedAt ?? Timestamp.latest, actor: engineActor, fact: .stepSucceeded(fact))
            ]
        case .keyKeptByRewind, .keyKeptByReturn, .keyKeptByPass, .keySharedByItems:
            return entries.map { entry in
                guard case .attemptStarted(var fact) = entry.fact else { return entry }
                let name = self == .keySharedByItems ? String(fact.step.prefix { $0 != "[" }) : fact.step
                guard keeps(fact.step, after) || firstKeys[name] == nil, let key = firstKeys[name] else {
                    firstKeys[name] = fact.idempotencyKey
                    return entry
                }
                fact.idempotencyKey = key
                return ProposedEntry(
                    at: entry.at, actor: entry.actor, fact: .attemptStarted(fact), checkpoint: entry.checkpoint)
            }
        default: return entries
        }
    }

    /// The key is one that was to be new.
    private func keeps(_ step: String, _ state: RunState) -> Bool {
        guard let number = state.number(ofStep: step) else { return false }
        switch self {
        case .keyKeptByRewind: return state.rewinds > 0
        case .keyKeptByReturn: return state.stage(ofStep: number).map { state.stages[$0].passes > 0 } ?? false
        case .keyKeptByPass: return state.steps[number].passes > 0
        case .keySharedByItems: return step.contains("[")
        default: return false
        }
    }
}

extension Simulation {
    /// The decision as a break makes it. The machine is told the same lie: it goes on from the state that the altered
    /// entries lead to, as a driver does that has just come.
    mutating func altered(
        _ decision: Decision, by mutation: Mutation, _ told: Input, _ before: RunState
    ) throws -> Decision {
        guard let machine = driver?.machine else { return decision }
        var decision = decision
        if mutation == .locksLostInDoubt {
            decision.releases += machine.state.stepsInDoubt.filter { !machine.state.steps[$0].locks.isEmpty }
                .map { machine.state.name(ofStep: $0) }
        }
        let entries = mutation.altered(decision.entries, told, before, machine.state, &firstKeys)
        guard entries != decision.entries else { return decision }
        var state = before
        var keys: [AttemptReference: String] = [:]
        for entry in entries {
            try state.apply(Entry(sequence: state.head + 1, at: entry.at, actor: entry.actor, fact: entry.fact))
            if case .attemptStarted(let fact) = entry.fact {
                keys[AttemptReference(step: fact.step, attempt: fact.attempt)] = fact.idempotencyKey
            }
        }
        decision.entries = entries
        decision.effects = decision.effects.map { effect in
            guard case .startAttempt(let start) = effect, let key = keys[start.attempt] else { return effect }
            return .startAttempt(StartOrder(attempt: start.attempt, id: start.id, idempotencyKey: key))
        }
        let changed = self.machine(state)
        driver?.machine = changed
        guard !machine.isStopping else { return decision }
        let more = try driver?.machine.decide(.recoveryFinished, at: clock.now, using: &random)
        decision.entries += more?.entries ?? []
        decision.effects += more?.effects ?? []
        decision.releases += more?.releases ?? []
        return decision
    }
}
