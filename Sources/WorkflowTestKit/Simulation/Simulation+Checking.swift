internal import WorkflowCore

// What is looked at while a run goes on, and of its whole journal when it rests.

extension Simulation {
    func checkReplay(_ state: RunState) throws {
        var replayed = try RunState(program, replaying: journal.entries)
        replayed.runID = state.runID
        let differences = replayed.differences(from: state)
        guard differences.isEmpty else {
            throw SimulationFault("a replay differs from the live state in \(differences.joined(separator: ", "))")
        }
        for number in state.stepsInOrder() where state.number(ofStep: state.name(ofStep: number)) != number {
            throw SimulationFault("\(state.name(ofStep: number)) is the name of another step too")
        }
    }

    /// Whoever says that it has locks has them, and nobody else has any for long.
    func checkLocks(_ state: RunState) throws {
        for number in state.stepsInOrder() where !state.steps[number].locks.isEmpty {
            let name = state.name(ofStep: number)
            guard world.locks.has(state.steps[number].locks, name) else {
                throw SimulationFault("\(name) has not got the locks that it is said to have")
            }
        }
        for step in world.locks.steps {
            switch state.state(ofStep: step) {
            case let known? where !known.locks.isEmpty: continue
            case let known?:
                if case .awaitingLocks = known.phase { continue }
                throw SimulationFault("\(step) has locks still and is \(known.phase)")
            case nil: throw SimulationFault("\(step) is gone and has locks still")
            }
        }
    }

    mutating func checkAll() throws {
        guard misfortunes >= 0 else { throw SimulationFault("a driver without the run has written") }
        try journal.check()
        if let state = driver?.machine.state {
            try checkReplay(state)
            try checkLocks(state)
        }
        try checkJournal()
        try OwedWorkOncePerEnding.check(journal.entries, program)
        outcome.repeatedEffects = try EffectOncePerKey.check(world.effects, journal.entries, program)
        for entry in journal.entries {
            switch entry.fact {
            case .attemptInDoubt: outcome.doubts += 1
            case .runRewound: outcome.rewinds += 1
            case .stageReturned: outcome.returns += 1
            case .itemsEvaluated(let fact): outcome.items += fact.items.count
            case .groupEntered: outcome.groups += 1
            case .stepRepeated: outcome.passes += 1
            default: break
            }
        }
    }

    private func checkJournal() throws {
        var ledger = try RunLedger(program)
        var past = [ledger]
        var keys = KeysAndNumbers()
        for entry in journal.entries {
            try DoneStaysDone.check(entry, ledger)
            try OrderOfSteps.check(entry, ledger)
            try LocksAreHeld.check(entry, ledger)
            try keys.check(entry, ledger)
            let before = ledger
            try ledger.take(entry, past: past)
            try ContainersHold.check(entry, before: before, after: ledger)
            past.append(ledger)
        }
    }

    var definitionLines: [String] {
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
            case .run: break
            }
            if let foreach = step.foreach {
                words.append(
                    "foreach \(foreach.maxParallel ?? 0)\(foreach.key == nil ? "" : " keyed")"
                        + (foreach.continueOnError ? " collects" : ""))
            }
            if let loop = step.loop { words.append("until \(loop.until) (\(loop.limit)), \(loop.delay.text)") }
            if !step.locks.isEmpty { words.append("\(step.locks.count) locks, \(step.lockTimeout.text)") }
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
