internal import JSON
package import WorkflowCore

/// One run from its creation to its end under drawn misfortune: crashes before and after every append and between
/// effects, take-overs, stragglers, lost processes, clock jumps, late and double news, and people who meddle.
///
/// Synchronous and seeded: a seed gives the same run on every machine. Every promise is checked by code of its own in
/// `Checkers`.
package struct Simulation {
    /// What a run came to, so that a test can see that misfortune did strike.
    package struct Outcome: Sendable {
        package var status = RunStatus.pending
        package var entries = 0
        package var decisions = 0
        package var crashes = 0
        package var stragglers = 0
        package var doubts = 0
        package var rewinds = 0
        package var returns = 0
        package var repeatedEffects = 0

        package init() {}
    }

    private static let host = HostIdentity(host: "host", boot: "boot")
    /// Rounds after which a run that goes on is taken to go on for ever.
    private static let roundsMax = 5000

    private var random: SeededGenerator
    private let program: Program
    private var clock = ManualClock()
    private var journal = SimulatedJournal()
    private var world = SimulatedWorld()
    private var driver: SimulatedDriver?
    private var stragglers: [SimulatedStraggler] = []
    private var outcome = Outcome()
    /// How many more misfortunes, and how many more acts of people that are not needed.
    private var misfortunes: Int
    private var whims: Int
    private var resumes = 3

    private init(seed: UInt64, _ generator: DefinitionGenerator) {
        random = SeededGenerator(seed: seed)
        program = Program(generator.definition(using: &random))
        misfortunes = random.number(in: 0...12)
        whims = random.number(in: 0...5)
    }

    /// Runs one seed.
    ///
    /// - Throws: `SimulationFault` where a promise was broken, with the seed, the definition and the journal.
    package static func run(seed: UInt64) throws -> Outcome {
        try run(seed: seed, generator: try DefinitionGenerator())
    }

    /// Runs seeds one after the other.
    package static func run(seeds: ClosedRange<UInt64>, _ each: (Outcome) -> Void) throws {
        let generator = try DefinitionGenerator()
        for seed in seeds { each(try run(seed: seed, generator: generator)) }
    }

    private static func run(seed: UInt64, generator: DefinitionGenerator) throws -> Outcome {
        var simulation = Simulation(seed: seed, generator)
        do {
            try simulation.play()
            try simulation.checkAll()
        } catch {
            let problem = (error as? SimulationFault)?.message ?? "\(error)"
            throw SimulationFault(
                (["seed \(seed): \(problem)"] + simulation.definitionLines
                    + simulation.journal.entries.map { "\($0.sequence) \($0.fact.trace)" }).joined(separator: "\n"))
        }
        return simulation.outcome
    }

    // MARK: - The loop

    private mutating func play() throws {
        try create()
        for _ in 0..<Simulation.roundsMax {
            guard driver != nil else {
                try pickUp()
                continue
            }
            if try meddle() { continue }
            guard let state = driver?.machine.state, let events = driver?.events(in: world) else { continue }
            if let next = events.sorted(by: { $0.at < $1.at }).prefix(3).randomElement(using: &random) {
                try deliver(next.event, at: next.at)
            } else if try !settle(state) {
                outcome.status = state.status
                outcome.entries = journal.entries.count
                return
            }
        }
        throw SimulationFault("the run goes on after \(Simulation.roundsMax) rounds")
    }

    private mutating func create() throws {
        let attached = DriverAttached(reason: .run, host: Simulation.host, processID: 1, engineVersion: "1")
        let (machine, decision) = try RunMachine.create(
            RunCreated(
                run: UniqueID(randomHigh: random.next(), randomLow: random.next()), workflow: "simulated",
                definitionHash: "hash", parameters: ["go": .bool(random.chance(50))], labels: [:],
                context: ExecutionContext(
                    user: "u", host: "h", umask: 0, workingDirectory: "/", environmentSalt: "", environmentHashes: [:]),
                engineVersion: "1"), program: program, runID: SimulatedJournal.run,
            driver: random.chance(80) ? attached : nil, host: Simulation.host, actor: "person:ada", at: clock.now,
            using: &random)
        driver = SimulatedDriver(machine: machine, token: journal.claim())
        // A run whose first append fails was never created: there is nothing to simulate.
        try follow(decision, mayBeLost: false)
    }

    /// Nothing is under way any more.
    ///
    /// - Returns: whether somebody had something to do; false when the run rests for good.
    private mutating func settle(_ state: RunState) throws -> Bool {
        guard driver?.machine.isIdle == true else {
            throw SimulationFault("nothing is under way, and the machine waits for something all the same")
        }
        switch state.lifecycle {
        case .ended(.failed, _):
            guard resumes > 0 else { return false }
            resumes -= 1
            if random.chance(30) {
                try attach(.resume, rewindingTo: random.pick(checkpoints))
                return true
            }
            if random.chance(30), let failed = state.steps.indices.first(where: { state.steps[$0].status == .failed }) {
                try attach(.request)
                try resolve(failed, [.done, .retry, .skip])
            }
            try attach(.resume)
            return true
        case .ended: return false
        case .paused:
            if random.chance(20) { try tell(.cancelAsked(reason: nil, by: "person:bob")) } else { try attach(.resume) }
            return true
        case .pending, .running, .ending:
            if let step = random.pick(state.stepsInDoubt) {
                try resolve(step, [.done, .retry, .fail, .skip])
            } else if case .pending = state.lifecycle, state.isPauseRequested || state.drivers == 0 {
                try attach(.resume)
            } else {
                throw SimulationFault("the run is \(state.status.rawValue), and nobody can make it go on")
            }
            return true
        }
    }

    // MARK: - Deciding, appending, acting

    private mutating func tell(_ input: Input) throws {
        guard let before = driver?.machine.state else { return }
        outcome.decisions += 1
        do {
            guard let decision = try driver?.machine.decide(input, at: clock.now, using: &random) else { return }
            try follow(decision, mayBeLost: true)
        } catch is InputRefusal {
            let differences = driver.map { before.differences(from: $0.machine.state) } ?? []
            guard differences.isEmpty else {
                throw SimulationFault("a refused input changed \(differences.joined(separator: ", "))")
            }
        }
    }

    private mutating func follow(_ decision: Decision, mayBeLost: Bool) throws {
        if mayBeLost, strikes() { return crash(starts: []) }
        guard let token = driver?.token, let head = driver?.machine.state.head else { return }
        guard
            let saved = try journal.append(
                decision.entries, token: token, head: head - Int64(decision.entries.count))
        else { throw SimulationFault("the driver's token is stale") }
        for checkpoint in saved { driver?.machine.name(checkpoint.id, savedBy: checkpoint.sequence) }
        if let state = driver?.machine.state {
            guard state.runningAttempts.count <= program.definition.maxParallel else {
                throw SimulationFault("\(state.runningAttempts.count) steps run at once")
            }
            if random.chance(10) { try checkReplay(state) }
        }
        for (number, effect) in decision.effects.enumerated() {
            if strikes() {
                let starts = decision.effects[number...].compactMap { effect -> StartOrder? in
                    if case .startAttempt(let start) = effect { return start }
                    return nil
                }
                return crash(starts: starts)
            }
            try act(effect)
        }
    }

    private mutating func act(_ effect: Effect) throws {
        guard let state = driver?.machine.state else { return }
        switch effect {
        case .startAttempt(let start):
            guard journal.hasIntent(of: start.id) else {
                throw SimulationFault("\(start.attempt.trace) is started without a durable intent")
            }
            try world.start(start, at: clock.now, using: &random)
            driver?.watched.append(start.id)
        case .startVerify(let attempt):
            try tell(.verifyEnded(step: attempt.step, .done, message: ""))
        case .takeLocks(let step, _): try tell(.locksTaken(step: step))
        case .takeConcurrency: try tell(.concurrencyTaken)
        case .startWait(let attempt, let remaining):
            driver?.waits.append((attempt, clock.now.adding(remaining)))
            // News may come twice.
            if random.chance(5) { driver?.waits.append((attempt, clock.now.adding(remaining))) }
        case .startProbe(let attempt):
            guard case .inDoubt(let doubt) = state.state(ofStep: attempt.step)?.phase else {
                throw SimulationFault("\(attempt.trace) is probed but not in doubt")
            }
            driver?.probes.append(
                (attempt, doubt.attempt.idempotencyKey, clock.now.adding(.seconds(Int64(random.number(in: 0...3))))))
        case .cancelAttempt(let attempt):
            for running in state.runningAttempts
            where state.name(ofStep: running.step) == attempt.step
                && running.attempt.number == attempt.attempt
            {
                world.cancel(running.attempt.id, at: clock.now, using: &random)
            }
        case .runEnded: break
        }
    }

    private mutating func deliver(_ event: SimulatedDriver.Event, at instant: Timestamp) throws {
        if instant > clock.now { clock.set(to: instant) }
        world.advance(to: clock.now)
        if !random.chance(3) { driver?.forget(event) }
        switch event {
        case .ended(let id):
            guard let process = world.process(id) else { return }
            // A supervisor that dies beside a living driver leaves no record either.
            try tell(
                process.isRecorded
                    ? .attemptEnded(process.attempt, process.outcome)
                    : .attemptLost(process.attempt, reason: "its supervisor was killed"))
        case .wait(let attempt): try tell(.waitEnded(attempt))
        case .probed(let attempt, let key):
            let verdict: ProbeVerdict =
                random.chance(20) ? .cannotTell : world.hasEffect(key) ? .done : .notDone
            try tell(.probeEnded(attempt, verdict, message: "", outputs: [:]))
        }
    }

    // MARK: - Misfortune

    private mutating func strikes() -> Bool {
        guard misfortunes > 0, random.chance(4) else { return false }
        misfortunes -= 1
        return true
    }

    private mutating func crash(starts: [StartOrder]) {
        guard let dead = driver else { return }
        outcome.crashes += 1
        driver = nil
        if random.chance(50) {
            stragglers.append(SimulatedStraggler(machine: dead.machine, token: dead.token, starts: starts))
        }
        clock.advance(by: .seconds(Int64(random.number(in: 0...30))))
        if random.chance(10) { clock.set(to: clock.now.adding(.seconds(Int64(random.number(in: -600...600))))) }
        world.advance(to: clock.now)
        // The machine goes down as well, and every supervisor with it.
        if random.chance(15) { for id in world.living { world.kill(id, using: &random) } }
        if random.chance(30) { wakeStraggler() }
    }

    /// A driver that was held up goes on: what it had decided may start if nobody has proved that it never did, and what
    /// it decides now is refused if the run has a new driver.
    private mutating func wakeStraggler() {
        guard let straggler = stragglers.popLast() else { return }
        outcome.stragglers += 1
        for start in straggler.starts { try? world.start(start, at: clock.now, using: &random) }
        if journal.token > straggler.token {
            let entry = ProposedEntry(at: clock.now, actor: engineActor, fact: .runPaused)
            let head = straggler.machine.state.head
            if (try? journal.append([entry], token: straggler.token, head: head)) != nil { misfortunes = -1 }
        }
    }

    /// A new driver takes the run, looks at every attempt that the last one left, and goes on.
    private mutating func attach(
        _ reason: DriverAttached.Reason, rewindingTo checkpoint: (id: CheckpointID, sequence: Int64)? = nil
    ) throws {
        let state = try RunState(program, replaying: journal.entries)
        var machine = RunMachine(state: state, host: Simulation.host)
        machine.name(SimulatedJournal.run)
        driver = SimulatedDriver(machine: machine, token: journal.claim())
        let onDoubt: DoubtPolicy? = random.chance(10) ? random.pick(DoubtPolicy.allCases) : nil
        try tell(
            .driverAttached(
                DriverAttached(
                    reason: reason, host: Simulation.host, processID: 1, engineVersion: "1", onDoubt: onDoubt)))
        for running in (driver?.machine.state.runningAttempts ?? []).shuffled(using: &random) {
            let attempt = AttemptReference(
                step: driver?.machine.state.name(ofStep: running.step) ?? "", attempt: running.attempt.number)
            try look(at: attempt, running.attempt.id)
        }
        if let checkpoint {
            try tell(.rewindAsked(checkpoint.id, sequence: checkpoint.sequence, by: "person:bob"))
        }
        if reason != .request { try tell(.recoveryFinished) }
    }

    /// Somebody finds the run interrupted.
    private mutating func pickUp() throws {
        if whims > 0, random.chance(10) {
            whims -= 1
            return try attach(.resume, rewindingTo: random.pick(checkpoints))
        }
        try attach(random.chance(50) ? .resume : .recovery)
    }

    private mutating func look(at attempt: AttemptReference, _ id: UniqueID) throws {
        guard driver != nil else { return }
        guard let process = world.process(id) else {
            world.void(id)
            return try tell(random.chance(80) ? .attemptNeverBegan(attempt) : .attemptLost(attempt, reason: "no trace"))
        }
        if !process.hasEnded {
            driver?.watched.append(id)
        } else if process.isRecorded {
            try tell(.attemptEnded(attempt, process.outcome))
        } else {
            try tell(.attemptLost(attempt, reason: "its supervisor was killed"))
        }
    }

    // MARK: - People

    /// - Returns: whether somebody or something interfered.
    private mutating func meddle() throws -> Bool {
        if strikes() {
            crash(starts: [])
            return true
        }
        if misfortunes > 0, random.chance(2), let id = random.pick(world.living) {
            misfortunes -= 1
            world.kill(id, using: &random)
        }
        if random.chance(3) { wakeStraggler() }
        guard whims > 0, random.chance(6) else { return false }
        whims -= 1
        switch random.number(in: 0...9) {
        case 0...3: try tell(.pauseAsked(reason: nil, by: "person:bob"))
        case 4...5: try tell(.cancelAsked(reason: "whim", by: "person:bob"))
        case 6...8:
            guard let steps = driver?.machine.state.steps else { return false }
            let open = steps.indices.filter { steps[$0].status == .failed || steps[$0].status == .inDoubt }
            let step = random.chance(90) ? random.pick(open) : random.pick(Array(steps.indices))
            guard let step else { return false }
            try resolve(step, StepResolved.Decision.allCases)
        default:
            try tell(.stopAsked)
            try tell(.driverLeft(reason: "SIGTERM"))
            driver = nil
        }
        return true
    }

    private mutating func resolve(_ step: Int, _ decisions: [StepResolved.Decision]) throws {
        guard let decision = random.pick(decisions) else { return }
        try tell(
            .resolved(
                step: program.lines[step].step.name, decision, outputs: [:], reason: nil, by: "person:bob"))
    }

    private var checkpoints: [(id: CheckpointID, sequence: Int64)] {
        journal.entries.compactMap { entry in
            switch entry.fact {
            case .stepSucceeded(let fact): fact.checkpoint.map { ($0, entry.sequence) }
            case .stepSkipped(let fact): fact.checkpoint.map { ($0, entry.sequence) }
            default: nil
            }
        }
    }

    // MARK: - Checking

    private func checkReplay(_ state: RunState) throws {
        var replayed = try RunState(program, replaying: journal.entries)
        replayed.runID = state.runID
        let differences = replayed.differences(from: state)
        guard differences.isEmpty else {
            throw SimulationFault("a replay differs from the live state in \(differences.joined(separator: ", "))")
        }
    }

    private mutating func checkAll() throws {
        guard misfortunes >= 0 else { throw SimulationFault("a driver without the run has written") }
        try journal.check()
        if let state = driver?.machine.state { try checkReplay(state) }
        try DoneStaysDone.check(journal.entries, program)
        try OrderOfSteps.check(journal.entries, program)
        try OwedWorkOncePerEnding.check(journal.entries, program)
        outcome.repeatedEffects = try EffectOncePerKey.check(world.effects, journal.entries, program)
        for entry in journal.entries {
            switch entry.fact {
            case .attemptInDoubt: outcome.doubts += 1
            case .runRewound: outcome.rewinds += 1
            case .stageReturned: outcome.returns += 1
            default: break
            }
        }
    }

    private var definitionLines: [String] {
        program.lines.map { line in
            let step = line.step
            var words = [line.stage.map { "stage \($0)" } ?? "on_exit", step.name, "needs \(line.needs)"]
            if case .sleep(let sleep) = step.action { words.append("\(sleep)") }
            if let condition = step.condition { words.append("if \(condition.expression)") }
            if step.probe != nil { words.append("probe") }
            if step.isIdempotent { words.append("idempotent") }
            if step.continueOnError { words.append("continue_on_error") }
            words += ["on_doubt \(step.onDoubt.rawValue)", "retry \(step.retry.limit)"]
            if let stage = line.stage, let policy = program.definition.stages[stage].onFailure {
                words.append("(returns to \(policy.stage) \(policy.limit) times)")
            }
            return words.joined(separator: ", ")
        } + ["max_parallel \(program.definition.maxParallel)"]
    }
}
