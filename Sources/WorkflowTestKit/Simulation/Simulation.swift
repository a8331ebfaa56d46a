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
        package var items = 0
        package var groups = 0
        package var passes = 0
        package var answers = 0
        package var lockWaits = 0
        package var drifts = 0

        package init() {}

        package mutating func add(_ other: Outcome) {
            entries += other.entries
            decisions += other.decisions
            crashes += other.crashes
            stragglers += other.stragglers
            doubts += other.doubts
            rewinds += other.rewinds
            returns += other.returns
            repeatedEffects += other.repeatedEffects
            items += other.items
            groups += other.groups
            passes += other.passes
            answers += other.answers
            lockWaits += other.lockWaits
            drifts += other.drifts
        }

        package var text: String {
            "\(decisions) decisions, \(entries) entries, "
                + counts.map { "\($0.count) \($0.name)" }.joined(separator: ", ")
        }

        /// What can go wrong or be asked for, each with how many times it did and was.
        package var counts: [(name: String, count: Int)] {
            [
                ("crashes", crashes), ("stragglers", stragglers), ("doubts", doubts), ("rewinds", rewinds),
                ("returns", returns), ("repeatedEffects", repeatedEffects), ("items", items), ("groups", groups),
                ("passes", passes), ("answers", answers), ("lockWaits", lockWaits), ("drifts", drifts),
            ]
        }
    }

    private static let host = HostIdentity(host: "host", boot: "boot")
    /// Rounds after which a run that goes on is taken to go on for ever.
    private static let roundsMax = 20_000

    var random: SeededGenerator
    let program: Program
    var clock = ManualClock()
    private(set) var journal = SimulatedJournal()
    var world = SimulatedWorld()
    var driver: SimulatedDriver?
    private var stragglers: [SimulatedStraggler] = []
    var outcome = Outcome()
    /// How many more misfortunes, and how many more acts of people that are not needed.
    var misfortunes: Int
    var whims: Int
    var resumes = 3

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

    // MARK: - Deciding, appending, acting

    mutating func tell(_ input: Input) throws {
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
        for step in decision.releases { world.locks.release(step) }
        if decision.entries.contains(where: { if case .runEnded = $0.fact { true } else { false } }) {
            world.locks.releaseAll()
        }
        for checkpoint in saved { driver?.machine.name(checkpoint.id, savedBy: checkpoint.sequence) }
        if let state = driver?.machine.state {
            guard state.runningAttempts.count <= program.definition.maxParallel else {
                throw SimulationFault("\(state.runningAttempts.count) steps run at once")
            }
            try checkLocks(state)
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
        case .startVerify(let attempt): listen(for: .verified(attempt), within: random.number(in: 0...3))
        case .takeLocks(let step, let locks): listen(for: .locks(step: step, locks), within: random.number(in: 0...1))
        case .takeConcurrency(let group, let conflict):
            listen(for: .turn(group: group, conflict), within: random.number(in: 0...10))
        case .startWait(let attempt, let remaining):
            let due = clock.now.adding(remaining)
            driver?.awaited.append((due, .wait(attempt)))
            // News may come twice.
            if random.chance(5) { driver?.awaited.append((due, .wait(attempt))) }
        case .startProbe(let attempt):
            guard case .inDoubt(let doubt) = state.state(ofStep: attempt.step)?.phase else {
                throw SimulationFault("\(attempt.trace) is probed but not in doubt")
            }
            listen(for: .probed(attempt, key: doubt.attempt.idempotencyKey), within: random.number(in: 0...3))
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

    private mutating func listen(for event: SimulatedDriver.Event, within seconds: Int) {
        driver?.awaited.append((clock.now.adding(.seconds(Int64(seconds))), event))
    }

    private mutating func deliver(_ event: SimulatedDriver.Event, at instant: Timestamp) throws {
        if instant > clock.now { clock.set(to: instant) }
        world.advance(to: clock.now)
        if !random.chance(3) { driver?.forget(event) }
        switch event {
        case .locks(let step, let locks):
            if random.chance(20) {
                world.locks.lend(random.pick(locks) ?? "", until: clock.now.adding(.seconds(20)))
            }
            if world.locks.take(locks, for: step, at: clock.now) {
                try tell(.locksTaken(step: step))
            } else if let state = driver?.machine.state, case .awaitingLocks = state.state(ofStep: step)?.phase {
                outcome.lockWaits += 1
                driver?.forget(event)
                listen(for: event, within: random.number(in: 1...5))
            }
        case .turn(_, let conflict):
            if conflict == .fail, random.chance(30) {
                try tell(.concurrencyRefused(by: "run-other"))
            } else {
                try tell(.concurrencyTaken)
            }
        case .verified(let attempt):
            let verdict: ProbeVerdict = random.chance(85) ? .done : random.chance(50) ? .notDone : .cannotTell
            if verdict != .done { outcome.drifts += 1 }
            try tell(.verifyEnded(step: attempt.step, verdict, message: ""))
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

    mutating func strikes() -> Bool {
        guard misfortunes > 0, random.chance(4) else { return false }
        misfortunes -= 1
        return true
    }

    mutating func crash(starts: [StartOrder]) {
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
    mutating func wakeStraggler() {
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
    mutating func attach(
        _ reason: DriverAttached.Reason, rewindingTo checkpoint: (id: CheckpointID, sequence: Int64)? = nil
    ) throws {
        let state = try RunState(program, replaying: journal.entries)
        var machine = RunMachine(state: state, host: Simulation.host)
        machine.name(SimulatedJournal.run)
        driver = SimulatedDriver(machine: machine, token: journal.claim())
        forgetLocks(state)
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
}
