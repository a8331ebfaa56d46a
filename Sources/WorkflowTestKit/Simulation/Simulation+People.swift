internal import JSON
internal import WorkflowCore

// What people do with a run: answer it, meddle with it, and bring it on where nothing else can.

extension Simulation {
    /// Nothing is under way any more.
    ///
    /// - Returns: whether somebody had something to do; false when the run rests for good.
    mutating func settle(_ state: RunState) throws -> Bool {
        guard driver?.machine.isIdle == true else {
            throw SimulationFault(
                "nothing is under way, and the machine waits for something all the same", by: .runsEnd)
        }
        switch state.lifecycle {
        case .ended(.failed, _):
            guard resumes > 0 else { return false }
            resumes -= 1
            if random.chance(30) {
                try attach(.resume, rewindingTo: random.pick(checkpoints))
                return true
            }
            if random.chance(20) {
                try attach(.resume, movingTo: edited())
                return true
            }
            if random.chance(30), let failed = random.pick(steps { $0.status == .failed }) {
                try attach(.request)
                try resolve(failed, [.done, .retry, .skip])
            }
            try attach(.resume)
            return true
        case .ended(.completed, _) where resumes > 0 && !state.toleratedFailures.isEmpty:
            resumes -= 1
            try attach(.resume, retryingFailed: true)
            return true
        case .ended: return false
        case .paused:
            switch random.number(in: 1...10) {
            case ...2: try tell(.cancelAsked(reason: "whim", by: "person:bob"))
            case ...5: try attach(.resume, movingTo: edited())
            default: try attach(.resume)
            }
            return true
        case .pending, .running, .ending:
            let doubts = state.stepsInDoubt + state.drifted
            if let step = random.pick(doubts) {
                try resolve(state.name(ofStep: step), [.done, .retry, .fail, .skip])
                // Whatever may not be repeated, or fail again, may be left as it is.
                try resolve(state.name(ofStep: step), [.done])
            } else if case .pending = state.lifecycle, state.isPauseRequested {
                try attach(.resume)
            } else if state.drivers == 0 {
                // Made, paused or cancelled without a driver: its first one goes on.
                try attach(.resume)
            } else {
                throw SimulationFault("the run is \(state.status.rawValue), and nobody can make it go on", by: .runsEnd)
            }
            return true
        }
    }

    /// - Returns: whether somebody or something interfered.
    mutating func meddle() throws -> Bool {
        if strikes() {
            if random.chance(75) { try crash(.crashedAtRest) } else { loseRun() }
            return true
        }
        if misfortunes > 0, random.chance(2), let id = random.pick(world.living) {
            misfortunes -= 1
            outcome.note(.lostProcesses)
            world.kill(id, using: &random)
        }
        if random.chance(8) { try wakeStraggler() }
        if random.chance(4) { try repeatLateResult() }
        guard driver != nil else { return true }
        if random.chance(20), try obeyInbox() { return true }
        if random.chance(25), try answer() { return true }
        guard whims > 0, random.chance(6) else { return false }
        whims -= 1
        switch random.number(in: 0...13) {
        case 0...3: try tell(.pauseAsked(reason: nil, by: "person:bob"))
        case 4...5: try tell(.cancelAsked(reason: "whim", by: "person:bob"))
        case 6...8:
            let open = steps { $0.status == .failed || $0.status == .inDoubt || $0.drift != nil }
            guard let step = random.chance(90) ? random.pick(open) : random.pick(steps { _ in true }) else {
                return false
            }
            try resolve(step, StepResolved.Decision.allCases)
        case 9...10:
            // Before anybody asks for it.
            try tell(.signalled(name: "go\(random.number(in: 0...1))", data: .null, by: "program:ci"))
        case 11: try leave()
        default: ask()
        }
        return true
    }

    /// Somebody leaves a request for whoever drives the run.
    private mutating func ask() {
        outcome.note(.requests)
        if random.chance(50) {
            let name = "go\(random.number(in: 0...1))"
            inbox.post { .signalled(name: name, data: .null, by: $0) }
        } else if let step = random.pick(steps { _ in true }) {
            let decision = random.pick(StepResolved.Decision.allCases) ?? .done
            inbox.post { .resolved(step: step, decision, outputs: [:], reason: nil, by: $0) }
        }
    }

    private mutating func leave() throws {
        try tell(.stopAsked)
        try tell(.driverLeft(reason: "SIGTERM"))
        driver = nil
    }

    /// Somebody answers a step that asks.
    ///
    /// - Returns: whether one did.
    private mutating func answer() throws -> Bool {
        let asking = steps {
            if case .asking = $0.phase { true } else { false }
        }
        guard let step = random.pick(asking),
            case .asking(_, _, let question) = driver?.machine.state.state(ofStep: step)?.phase
        else { return false }
        outcome.note(.answers)
        // Nobody drives, and the answer is given by a command of its own.
        let isUndriven = random.chance(10) && driver?.machine.isIdle == true
        if isUndriven {
            try leave()
            try attach(.request)
        }
        let person: Actor = random.chance(80) ? "person:bob" : "person:eve"
        switch question {
        case .signal(let name):
            try tell(.signalled(name: name, data: .object(["by": .int(1)]), by: "program:ci"))
        case .approval:
            if random.chance(75) {
                try tell(.approved(step: step, reason: nil, by: person))
            } else {
                try tell(.rejected(step: step, reason: "no", by: person))
            }
        }
        if isUndriven { try leave() }
        return true
    }

    mutating func resolve(_ step: String, _ decisions: [StepResolved.Decision]) throws {
        guard let decision = random.pick(decisions) else { return }
        try tell(.resolved(step: step, decision, outputs: [:], reason: nil, by: "person:bob"))
    }

    /// The names of the steps that are there now, of those that are wanted.
    private func steps(_ isWanted: (StepState) -> Bool) -> [String] {
        guard let state = driver?.machine.state else { return [] }
        return state.stepsInOrder().filter { isWanted(state.steps[$0]) }.map { state.name(ofStep: $0) }
    }

    var checkpoints: [(id: CheckpointID, sequence: Int64)] {
        // What a move carried over is not told as it was: behind it the checker's account has nowhere to go back to.
        let moved = journal.entries.lastIndex { if case .definitionChanged = $0.fact { true } else { false } }
        return journal.entries[(moved ?? 0)...].compactMap { entry in
            switch entry.fact {
            case .stepSucceeded(let fact): fact.checkpoint.map { ($0, entry.sequence) }
            case .stepSkipped(let fact): fact.checkpoint.map { ($0, entry.sequence) }
            default: nil
            }
        }
    }
}
