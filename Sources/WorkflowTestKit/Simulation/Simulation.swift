internal import JSON
internal import WorkflowCore

/// One run from its creation to its end under drawn misfortune: crashes before and after every append and between
/// effects, appends that the store refuses or does not acknowledge, take-overs, stragglers that wake with an old token,
/// lost processes, clock jumps, late and double news, and people who meddle.
///
/// Synchronous and seeded: a seed gives the same run on every machine. Every promise is checked by code of its own in
/// `Checkers`. `workflow-simulator` runs any number of seeds.
package struct Simulation {
    static let host = HostIdentity(host: "host", boot: "boot")
    /// Rounds after which a run that goes on is taken to go on for ever.
    private static let roundsMax = 20_000

    var random: SeededGenerator
    /// The definition that the run was created with.
    let first: Program
    /// The one that the journal says it follows now: what the checkers go by.
    var program: Program
    /// By hash, those that people wrote since.
    var programs: [String: Program] = [:]
    let generator: DefinitionGenerator
    /// The mechanism that is broken on purpose.
    let mutation: Mutation?
    var clock = ManualClock()
    var journal: SimulatedJournal
    var inbox = SimulatedInbox()
    var world = SimulatedWorld()
    var driver: SimulatedDriver?
    var stragglers: [SimulatedStraggler] = []
    /// What drivers told to whoever looked on, with the places that it was said to have in the journal.
    var told: [(sequence: Int64, fact: Fact)] = []
    /// For a broken machine: the first key of each step.
    var firstKeys: [String: String] = [:]
    var outcome = Outcome()
    /// How many more misfortunes, and how many more acts of people that are not needed.
    var misfortunes: Int
    var whims: Int
    var resumes = 3
    /// How many entries one decision takes.
    let entriesAtOnce: Int
    /// Seeds from here on cut decisions into parts of one to four entries: a simulated run never comes to a thousand.
    package static let cuttingSeeds: UInt64 = 10_000_000
    /// What is decided, for whoever wants to see a seed step by step.
    private let watch: ((String) -> Void)?

    private init(seed: UInt64, _ generator: DefinitionGenerator, _ mutation: Mutation?, _ watch: ((String) -> Void)?) {
        random = SeededGenerator(seed: seed)
        first = Program(generator.definition(using: &random))
        program = first
        self.generator = generator
        self.mutation = mutation
        self.watch = watch
        journal = SimulatedJournal(mutation)
        misfortunes = random.number(in: 0...14)
        whims = random.number(in: 0...5)
        entriesAtOnce = seed < Simulation.cuttingSeeds ? RunMachine.entriesAtOnce : 1 + Int(seed % 4)
    }

    /// Runs one seed.
    ///
    /// - Parameters:
    ///   - mutation: the mechanism to break.
    ///   - watch: is told the definition, and every decision as it is taken.
    /// - Throws: where a promise was broken, with the seed, the definition and the journal.
    package static func run(
        seed: UInt64, breaking mutation: Mutation? = nil, watch: ((String) -> Void)? = nil
    ) throws(SimulationFault) -> Outcome {
        var result = Result<Outcome, SimulationFault>.failure(SimulationFault("the seed did not run"))
        try run(seeds: seed...seed, breaking: mutation, watch: watch) { _, came in
            result = came
            return false
        }
        return try result.get()
    }

    /// Runs seeds one after the other.
    ///
    /// - Parameter each: is told what came of each, and says whether to go on.
    package static func run(
        seeds: ClosedRange<UInt64>, breaking mutation: Mutation? = nil, watch: ((String) -> Void)? = nil,
        _ each: (UInt64, Result<Outcome, SimulationFault>) -> Bool
    ) throws(SimulationFault) {
        let generator: DefinitionGenerator
        do { generator = try DefinitionGenerator() } catch { throw SimulationFault(contradicting: error) }
        for seed in seeds {
            var simulation = Simulation(seed: seed, generator, mutation, watch)
            let result: Result<Outcome, SimulationFault>
            do throws(SimulationFault) {
                result = .success(try simulation.wholeRun(seed: seed))
            } catch {
                result = .failure(error)
            }
            guard each(seed, result) else { return }
        }
    }

    private mutating func wholeRun(seed: UInt64) throws(SimulationFault) -> Outcome {
        if let watch { for line in lines(of: first) { watch(line) } }
        do {
            try play()
            try checkAll()
            return outcome
        } catch {
            let fault = SimulationFault(contradicting: error)
            let command =
                "workflow-simulator --seed \(seed) --trace" + (mutation.map { " --breaking \($0)" } ?? "")
            throw SimulationFault(
                (["seed \(seed): \(fault.checker.rawValue): \(fault.message)", command] + lines(of: first)
                    + programs.keys.sorted().flatMap { ["\($0):"] + (programs[$0].map(lines) ?? []) }
                    + journal.entries.map { "\($0.sequence) \($0.fact.trace)" }).joined(separator: "\n"),
                by: fault.checker)
        }
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
            } else if try obeyInbox() {
                continue
            } else if try !settle(state) {
                outcome.status = state.status
                outcome.note(.entries, journal.entries.count)
                return
            }
        }
        throw SimulationFault("the run goes on after \(Simulation.roundsMax) rounds", by: .runsEnd)
    }

    private mutating func create() throws {
        let attached = DriverAttached(reason: .run, host: Simulation.host, processID: 1, engineVersion: "1")
        let (machine, decision) = try RunMachine.create(
            RunCreated(
                run: UniqueID(randomHigh: random.next(), randomLow: random.next()), workflow: "simulated",
                definitionHash: "hash", parameters: ["go": .bool(random.chance(50))], labels: [:],
                context: ExecutionContext(
                    user: "u", host: "h", umask: 0, workingDirectory: "/", environmentSalt: "", environmentHashes: [:]),
                engineVersion: "1"), program: followed(first), runID: SimulatedJournal.run,
            driver: random.chance(80) ? attached : nil, host: Simulation.host, actor: "person:ada",
            entriesAtOnce: entriesAtOnce, at: clock.now, using: &random)
        driver = SimulatedDriver(machine: machine, token: journal.claim())
        // A run whose first append fails was never created: there is nothing to simulate.
        try follow(decision, mayBeLost: false)
    }

    /// A machine that goes on from a state.
    func machine(_ state: RunState) -> RunMachine {
        RunMachine(state: state, host: Simulation.host, entriesAtOnce: entriesAtOnce)
    }

    /// The state after these entries.
    func fold(_ entries: [Entry]) throws -> RunState {
        var state = RunState(followed(first))
        state.runID = SimulatedJournal.run
        for (hash, program) in programs {
            state.learn(mutation == .moveForgotten ? first : followed(program), hash: hash)
        }
        for entry in entries { try state.apply(entry) }
        return state
    }

    /// What the machine follows in place of a definition: the same, unless that is what is broken.
    func followed(_ program: Program) -> Program { mutation?.program(program) ?? program }

    func trace(_ line: @autoclosure () -> String) {
        watch?(line())
    }
}

extension SimulationFault {
    /// Whatever stopped a simulation, as a fault.
    fileprivate init(contradicting error: any Error) {
        switch error {
        case let fault as SimulationFault: self = fault
        case let contradiction as JournalContradiction:
            self.init("entry \(contradiction.sequence): \(contradiction.message)", by: .replayEqualsLive)
        default: self.init("\(error)")
        }
    }
}
