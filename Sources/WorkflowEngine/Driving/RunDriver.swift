internal import AttemptProtocol
internal import JSON
internal import WorkflowCore
internal import WorkflowExecutors
internal import WorkflowStore

/// Drives one run: decides, appends, and only then acts. Everything in it happens on one task.
///
/// ```
/// events ─▶ machine.decide ─▶ prepare folders ─▶ append (durable, fenced) ─▶ tell ─▶ effects ─▶ events …
/// ```
///
/// When an append fails nothing more is done for the run: what runs goes on under its supervisors, and the next driver
/// finds out what is true.
final class RunDriver {
    let engine: Engine
    let store: any WorkflowStore
    let executor: any AttemptExecutor
    let environment: EngineEnvironment
    let clock: any EngineClock
    let observer: any RunObserver
    let patience: Patience
    let runID: RunID
    let claim: RunClaim
    /// Who started this driver.
    let actor: Actor
    let mailbox = Mailbox()
    /// By name; masked wherever a step's output is read or kept.
    let secrets: [String: String]
    /// The executors that the run calls.
    let programs: CalledPrograms
    /// Why the others cannot be had, where the run ends without them.
    var missingSecrets: [EngineError] = []
    /// Not all secrets of the run are known: what people wrote stays in the inbox for a driver that can mask it.
    var leavesTexts = false
    /// It drives the run, and is not only there to write down what was asked.
    var isAttached = true
    var machine: RunMachine
    /// The sequence number of the newest durable entry.
    var head: Int64
    var random: Engine.Draws
    /// Attempts of an earlier driver whose supervisor is gone and whose processes are not.
    var leftovers: [AttemptReference: AttemptIdentity] = [:]
    /// Folders of attempts whose end is being written down.
    var settled: [AttemptIdentity] = []
    /// Attempts whose supervisor did not end them in time, and was killed for it.
    var overdue: Set<AttemptReference> = []
    /// Attempts that were asked to end.
    var askedToEnd: Set<AttemptReference> = []
    /// Attempts that this driver launched itself.
    var launched: Set<AttemptReference> = []
    /// By step, how often in a row its supervisor was killed before it had started the command.
    var unstarted: ExactMap<Int> = [:]
    /// By question and step, how often it was lost with its supervisor.
    var lostQuestions: ExactMap<Int> = [:]
    /// Probes and verifications that are being asked.
    var questions: Set<AttemptIdentity> = []
    /// How often the same is tried again that somebody else has killed.
    static let killedTriesMax = 3
    var seenRequests: Set<Int64> = []
    /// Attempts that we have ended since the last entry.
    var cutShort: Set<String> = []
    /// Runs that steps of this one started, and that were asked to end.
    var childrenAsked: [UniqueID] = []
    /// The runs that this one is a part of, once somebody asked.
    var knownAncestors: [UniqueID]?
    /// Steps that are being ended so that they can be resolved.
    var isResolving = false
    /// What the run is to be moved to: kept by the store with the entry that says so.
    var movesTo: StoredDefinition?
    /// The store was asked for locks or for the run's turn.
    var hasAskedForLocks = false
    /// Why something that the run waits for cannot come.
    var refusedWait: EngineError?
    /// The journal says all that the machine knows: no append has failed.
    private(set) var isWritten = true
    private var stopSignal: String?
    private var isToldToLeave = false

    /// Why a driver left that had nothing to do.
    static let leftWaiting = "waiting"
    /// How long steps may go on after the first signal.
    static let stopGrace = Milliseconds.seconds(10)
    /// What a supervisor may take beyond `timeout` and `kill_after`, to give up on processes that hang in the kernel
    /// (nine seconds) and to write down how it ended. One that takes longer is stopped, or hangs itself.
    static let supervisorSlack = Milliseconds.seconds(20)
    /// How often the inbox is looked at: requests are obeyed within a second.
    static let inboxInterval = Milliseconds(250)

    init(
        engine: Engine, observer: any RunObserver, patience: Patience, runID: RunID, claim: RunClaim,
        secrets: [String: String], programs: CalledPrograms = .none, machine: RunMachine, head: Int64, actor: Actor
    ) {
        self.programs = programs
        self.actor = actor
        self.engine = engine
        store = engine.store
        executor = engine.executor
        random = engine.draws
        environment = engine.environment
        clock = engine.clock
        self.observer = observer
        self.patience = patience
        self.runID = runID
        self.claim = claim
        self.secrets = secrets
        self.machine = machine
        self.head = head
    }

    /// Where the run has failed because what it waits for cannot come, that is the answer to whoever started it.
    func told(_ result: DriveResult) throws(EngineError) -> DriveResult {
        if let refusedWait, case .ended(.failed) = result.end { throw refusedWait }
        return result
    }

    /// Drives until the run has ended, nothing but others can go on, or the driver is told to leave.
    ///
    /// - Parameters:
    ///   - begin: what comes first; an end that it returns is the end at once.
    func drive(
        control: RunControl, begin: (inout DiscardingTaskGroup) async throws -> DriveEnd?
    ) async throws(EngineError) -> DriveEnd {
        let mailbox = mailbox
        control.listen { signal, count in mailbox.post(.stopAsked(signal: signal, count: count)) }
        let end: Result<DriveEnd, any Error> = await withDiscardingTaskGroup { group in
            defer {
                // Nobody waits for their answers any more.
                for question in questions { try? executor.requestCancel(question, grace: .seconds(2)) }
                group.cancelAll()
            }
            do {
                watchInbox(in: &group)
                if let end = try await begin(&group) { return .success(end) }
                stopSignal = control.firstSignal
                while true {
                    if let reached = try await self.end(in: &group) { return .success(reached) }
                    try await handle(await mailbox.next(), in: &group)
                }
            } catch {
                return .failure(error)
            }
        }
        executor.masks.forget(run: claim.run.text)
        // Nothing asks the store any more. A store that cannot be written now keeps them until the next driver comes.
        try? await releaseUnwrittenGrants()
        switch end {
        case .success(let end): return end
        case .failure(let error): throw await whatStopped(error)
        }
    }

    /// The folders of a run's attempts are its driver's: one that was replaced finds them changed or gone, which says
    /// nothing about the disk.
    private func whatStopped(_ error: any Error) async -> EngineError {
        let translated = EngineError(translating: error)
        guard case .executor = translated.code, let record = try? await store.run(claim.run),
            record.token != claim.token
        else { return translated }
        return EngineError(StoreError.staleToken(runID))
    }

    /// Why the driver may leave now; nil to stay.
    private func end(in group: inout DiscardingTaskGroup) async throws -> DriveEnd? {
        switch machine.state.lifecycle {
        case .ended(let status, _): return .ended(status)
        case .paused: return .ended(.paused)
        case .pending, .running, .ending: break
        }
        if isResolving { return nil }
        if let signal = stopSignal, isToldToLeave || machine.state.runningAttempts.isEmpty {
            try await obeyWhatCame(in: &group)
            if case .ended(let status, _) = machine.state.lifecycle { return .ended(status) }
            let left = machine.state.runningAttempts.map { machine.state.name(ofStep: $0.step) }
            let person = PersonsStop.isPersons(signal, of: actor) ? actor : engineActor
            try await decide([.driverLeft(reason: signal, by: person)], in: &group)
            if !left.isEmpty { observer.observe(.leftRunning(steps: left)) }
            return .stopped(signal: signal)
        }
        guard stopSignal == nil else { return nil }
        let hasNothingToDo = patience == .nothing ? machine.hasNothingRunning : machine.isIdle
        // A wait that was over when it began, and a lock or turn that was free, only have to be written down.
        guard hasNothingToDo, patience != .everything, mailbox.isEmpty else { return nil }
        // Whoever asked saw that the run was driven, and was told that it would be obeyed.
        guard try await !obeyWhatCame(in: &group) else { return nil }
        try await decide([.driverLeft(reason: RunDriver.leftWaiting)], in: &group)
        return .waiting
    }

    /// Decides on inputs, makes the decisions durable in one append, and acts.
    func decide(
        _ inputs: [Input], answering requests: [Int64] = [], in group: inout DiscardingTaskGroup
    ) async throws {
        var decision = Decision()
        for input in inputs {
            let next: Decision
            do {
                next = try machine.decide(input, at: clock.now(), using: &random)
            } catch let refusal as InputRefusal {
                // Asked for through the inbox by somebody who saw an older state: the journal tells what came of it.
                guard !requests.isEmpty, let asked = input.asked else { throw refusal }
                let refused = RequestRefused(
                    request: asked.request, code: refusal.code.rawValue, message: refusal.message)
                next = try machine.decide(.requestRefused(refused, by: asked.actor), at: clock.now(), using: &random)
            }
            decision.entries += next.entries
            decision.effects += next.effects
            decision.releases += next.releases
        }
        try await commit(decision, answering: requests, in: &group)
    }

    /// Appends first, acts after.
    func commit(
        _ decision: Decision, answering requests: [Int64] = [], in group: inout DiscardingTaskGroup
    ) async throws {
        if !decision.entries.isEmpty || !requests.isEmpty || !decision.releases.isEmpty {
            isWritten = false
            try prepareFolders(for: decision.effects)
            let receipt = try await store.append(
                Append(
                    claim: claim, head: head, entries: decision.entries, projection: machine.state.projection,
                    answeredRequests: requests, releasing: decision.releases,
                    definition: decision.entries.contains(where: \.changesDefinition) ? movesTo : nil))
            became(durable: decision.entries, receipt)
            isWritten = true
            try await askChildrenToEnd(after: decision.entries)
        }
        try await perform(decision.effects, in: &group)
        for identity in settled { try? executor.discard(identity) }  // What stays on disk is swept by `doctor`.
        settled = []
    }

    /// Takes in what the store gave, and tells.
    func became(durable entries: [ProposedEntry], _ receipt: AppendReceipt) {
        for saved in receipt.checkpoints { machine.name(saved.id, savedBy: saved.sequence) }
        var names: [Int64: CheckpointID] = [:]
        for saved in receipt.checkpoints { names[saved.sequence] = saved.id }
        for (offset, entry) in entries.enumerated() {
            let sequence = head + 1 + Int64(offset)
            let fact = names[sequence].map(entry.fact.saved(as:)) ?? entry.fact
            observer.observe(
                .entry(Entry(sequence: sequence, at: entry.at, actor: entry.actor, fact: fact), run: runID))
        }
        head = receipt.head
    }

    /// The folder and marker of an attempt come before its intent.
    func prepareFolders(for effects: [Effect]) throws(ExecutorError) {
        for case .startAttempt(let order) in effects { try executor.prepare(identity(order.id)) }
    }

    func identity(_ id: UniqueID, role: AttemptRole = .attempt) -> AttemptIdentity {
        AttemptIdentity(attemptID: id.text, role: role, place: executor.place)
    }

    // MARK: - Stopping

    /// The first signal starts nothing new and gives ten seconds; the second ends what runs; the third does not wait.
    func stop(signal: String, count: Int, in group: inout DiscardingTaskGroup) async throws {
        stopSignal = stopSignal ?? signal
        if isAttached, PersonsStop.isPersons(signal, of: actor) {
            try await decide([.stoppedByPerson(signal: signal, by: actor)], in: &group)
        }
        switch count {
        case 1:
            observer.observe(.stopping(signal: signal))
            try await decide([.stopAsked], in: &group)
            startTimer(RunDriver.stopGrace, posting: .graceOver, in: &group)
        case 2:
            try await decide([.stopAsked], in: &group)
            var firstError: ExecutorError?
            for (step, attempt) in machine.state.runningAttempts {
                do throws(ExecutorError) {
                    try cancel(step, attempt, in: &group)
                } catch {
                    firstError = firstError ?? error
                }
            }
            if let firstError { throw firstError }
            // Their stop policies go on under their supervisors.
            isToldToLeave = true
        default: isToldToLeave = true
        }
    }

    func graceIsOver() {
        isToldToLeave = true
    }
}

extension ProposedEntry {
    fileprivate var changesDefinition: Bool {
        if case .definitionChanged = fact { return true }
        return false
    }
}

extension RunState {
    /// What lists and claims need to know.
    var projection: RunProjection {
        RunProjection(
            status: status, stage: stageName, dueAt: status == .waiting ? nextTurn : nil,
            failures: status == .completed ? failureCount : 0, stop: status.canBeResumed ? stop?.told : nil)
    }
}

extension RunState {
    /// From when on a driver is of use: a lock may be free at any moment, and only a driver can take it.
    private var nextTurn: Timestamp? { awaitsLocks ? updatedAt : earliestDue }
}

extension EngineError {
    /// Whatever stops a driver, as one error.
    init(translating error: any Error) {
        switch error {
        case let error as EngineError: self = error
        case let error as StoreError: self.init(error)
        case let error as ExecutorError: self.init(error)
        case let error as InputRefusal: self.init(error)
        case let error as JournalContradiction:
            self.init(.journalContradiction, "entry \(error.sequence) of the journal: \(error.message)")
        default: self.init(.journalContradiction, "an unexpected error: \(error)")
        }
    }
}
