import ExecutorKit
internal import WorkflowCore

// What is looked at while a run goes on, and of its whole journal when it rests.

extension Simulation {
    func checkReplay(_ state: RunState) throws {
        // Whoever reads the journal wrongly is not its own judge.
        guard mutation?.readsWrongly != true else { return }
        let differences = try fold(journal.entries).differences(from: state)
        guard differences.isEmpty else {
            throw SimulationFault(
                "a replay differs from the live state in \(differences.joined(separator: ", "))",
                by: .replayEqualsLive)
        }
        for number in state.stepsInOrder() where state.number(ofStep: state.name(ofStep: number)) != number {
            throw SimulationFault(
                "\(state.name(ofStep: number)) is the name of another step too", by: .replayEqualsLive)
        }
    }

    /// No entry that a machine has decided is refused where the run is carried to another store.
    private func checkPlausibility() throws {
        guard mutation == nil else { return }
        var state = try fold([])
        for entry in journal.entries {
            do throws(JournalContradiction) {
                try state.refuseImplausible(entry.fact)
            } catch {
                throw SimulationFault("a sound journal is refused: \(error.message)", by: .replayEqualsLive)
            }
            try state.apply(entry)
        }
    }

    /// What an append has left, while the driver that made it lives.
    mutating func checkLive() throws {
        guard let state = driver?.machine.state else { return }
        guard state.runningAttempts.count <= program.definition.maxParallel else {
            throw SimulationFault("\(state.runningAttempts.count) steps run at once", by: .limitsHold)
        }
        try checkLocks(state)
        if random.chance(10) { try checkReplay(state) }
    }

    /// Whoever says that it has locks has them, and nobody else has any for long.
    private func checkLocks(_ state: RunState) throws {
        func fault(_ message: String) -> SimulationFault { SimulationFault(message, by: .locksAreHeld) }
        for number in state.stepsInOrder() where !state.steps[number].locks.isEmpty {
            let name = state.name(ofStep: number)
            guard world.locks.has(state.steps[number].locks, name) else {
                throw fault("\(name) has not got the locks that it is said to have")
            }
        }
        for step in world.locks.steps {
            switch state.state(ofStep: step) {
            case let known? where !known.locks.isEmpty: continue
            case let known?:
                if case .awaitingLocks = known.phase { continue }
                throw fault("\(step) has locks still and is \(known.phase)")
            case nil: throw fault("\(step) is gone and has locks still")
            }
        }
    }

    /// P3: what a driver told is where it said, whatever happened since.
    func checkTold() throws {
        for (sequence, fact) in told {
            let place = Int(sequence) - 1
            // The name that the store gave to a checkpoint came after.
            guard journal.entries.indices.contains(place), journal.entries[place].fact.type == fact.type else {
                throw SimulationFault(
                    "entry \(sequence), \(fact.trace), was told and is not in the journal", by: .toldIsDurable)
            }
        }
    }

    /// P5: whoever wrote an entry had the newest claim when it was written.
    func checkClaims() throws {
        var newest = 0
        for (place, author) in journal.authors.enumerated() {
            while newest + 1 < journal.claims.count, journal.claims[newest + 1].head <= place { newest += 1 }
            guard journal.claims[newest].token == author else {
                throw SimulationFault(
                    "entry \(place + 1) was written with token \(author), and \(journal.claims[newest].token) had the "
                        + "run",
                    by: .oneDriver)
            }
        }
    }

    /// P6: what a process is told to do stands in the definition that the run follows.
    func checkDefinition(_ start: StartOrder, _ state: RunState) throws {
        guard let number = state.number(ofStep: start.attempt.step) else { return }
        let line = try Checker.definitionHolds.check { try InstanceName(start.attempt.step, program).line }
        guard program.lines[line].step.action == state.step(number).action else {
            throw SimulationFault(
                "\(start.attempt.trace) is started as \(state.step(number).action), and the run's definition says "
                    + "\(program.lines[line].step.action)", by: .definitionHolds)
        }
    }

    mutating func checkAll() throws {
        try Checker.chainHolds.check {
            try journal.check()
            if random.chance(20) { try journal.checkTampering(using: &random) }
        }
        try checkClaims()
        try checkTold()
        try checkJournal()
        if let state = driver?.machine.state {
            try checkReplay(state)
            try checkLocks(state)
        }
        try checkPlausibility()
        try Checker.owedWorkOncePerEnding.check {
            try OwedWorkOncePerEnding.check(journal.entries, first, programs: programs)
        }
        try Checker.outcomesAreTrue.check { try OutcomesAreTrue.check(journal.entries, world) }
        try Checker.requestsAreObeyed.check { try RequestsAreObeyed.check(journal.entries, inbox) }
        let repeated = try Checker.effectOncePerKey.check {
            try EffectOncePerKey.check(
                world.effects, journal.entries, [first] + programs.keys.sorted().compactMap { programs[$0] })
        }
        outcome.note(.repeatedEffects, repeated)
        for entry in journal.entries { count(entry.fact) }
    }

    private func checkJournal() throws {
        var ledger = try RunLedger(first, programs: programs)
        let goals = Set(
            journal.entries.compactMap { entry -> Int64? in
                if case .runRewound(let fact) = entry.fact { fact.sequence } else { nil }
            })
        var past: [Int64: RunLedger] = [:]
        var keys = KeysAndNumbers()
        var doubts = DoubtIsSettled(first, programs: programs)
        var waits = WaitsAreKept()
        for entry in journal.entries {
            try Checker.doneStaysDone.check { try DoneStaysDone.check(entry, ledger) }
            try Checker.orderOfSteps.check { try OrderOfSteps.check(entry, ledger) }
            try Checker.locksAreHeld.check { try LocksAreHeld.check(entry, ledger) }
            try Checker.keysAndNumbers.check { try keys.check(entry, ledger) }
            try Checker.doubtIsSettled.check { try doubts.check(entry) }
            try Checker.waitsAreKept.check { try waits.check(entry) }
            try Checker.answersAreAllowed.check { try AnswersAreAllowed.check(entry, ledger) }
            try Checker.containersHold.check { try ContainersHold.checkEnd(entry, ledger) }
            try Checker.orderOfSteps.check { try ledger.take(entry, past: past) }
            try Checker.limitsHold.check { try LimitsHold.check(entry, ledger) }
            try Checker.containersHold.check { try ContainersHold.checkStart(entry, ledger) }
            if goals.contains(entry.sequence) { past[entry.sequence] = ledger }
        }
    }

    private mutating func count(_ fact: Fact) {
        switch fact {
        case .attemptInDoubt: outcome.note(.doubts)
        case .attemptFailed(let fact): if fact.retry != nil { outcome.note(.retries) }
        case .runRewound: outcome.note(.rewinds)
        case .stageReturned: outcome.note(.returns)
        case .definitionChanged: outcome.note(.moves)
        case .runPaused: outcome.note(.pauses)
        case .cancelRequested: outcome.note(.cancels)
        case .stepResolved: outcome.note(.resolutions)
        case .itemsEvaluated(let fact): outcome.note(.items, fact.items.count)
        case .groupEntered: outcome.note(.groups)
        case .stepRepeated: outcome.note(.passes)
        default: break
        }
    }

    func lines(of program: Program) -> [String] {
        program.lines.indices.map { number in
            let line = program.lines[number]
            let step = line.step
            var words = [line.stage.map { "stage \($0)" } ?? "on_exit", step.name, "needs \(line.needs)"]
            if let parent = line.parent { words.append("in \(program.lines[parent].step.name)") }
            switch step.action {
            case .sleep(let sleep): words.append("\(sleep)")
            case .signal(let signal): words.append("signal, \(signal.onTimeout.rawValue) after \(signal.timeout.text)")
            case .approval(let approval):
                words.append("approval, \(approval.onTimeout.rawValue) after \(approval.timeout.text)")
            case .group: words.append("group")
            case .call(let call): words.append("calls \(call.name.text)")
            case .run: break
            }
            if let foreach = step.foreach {
                words.append(
                    "foreach \(foreach.maxParallel ?? 0)\(foreach.key == nil ? "" : " keyed")"
                        + (foreach.continueOnError ? " collects" : ""))
            }
            if let loop = step.loop { words.append("until \(loop.until) (\(loop.limit)), \(loop.delay.text)") }
            if !step.locks.isEmpty { words.append("\(step.locks.count) locks, \(step.lockTimeout.text)") }
            if case .run(let script) = step.action { words.append("\"\(script.text)\"") }
            if let condition = step.condition { words.append("if \(condition.expression)") }
            if step.probe != nil { words.append("probe") }
            if step.verify != nil { words.append("verify") }
            if step.isIdempotent { words.append("idempotent") }
            if step.continueOnError { words.append("continue_on_error") }
            if case .run = step.action { words.append("on_doubt \(step.onDoubt.rawValue)") }
            if step.retry.limit > 0 { words.append("retry \(step.retry.limit)") }
            return words.joined(separator: ", ")
        }
            + program.definition.stages.compactMap { stage in
                stage.onFailure.map { "\(stage.name) returns to \($0.stage) \($0.limit) times" }
            } + ["max_parallel \(program.definition.maxParallel)"]
    }
}
