package import JSON

/// Everything that is known of a run: a fold over its journal and nothing else.
///
/// Live inputs and recovery share `apply`. The queues kept here are derived from the same facts, so that deciding
/// costs what an input makes ready and never the size of the run.
package struct RunState: Sendable {
    /// Laid out from the definition that the run follows now.
    package internal(set) var program: Program
    /// By hash, definitions that the journal may move the run to.
    var programs: [String: Program] = [:]
    /// By hash, the executors that those call.
    var executorsOfPrograms: [String: [CalledExecutor]] = [:]
    /// The run's name in its store: not in the journal, set by whoever made or loaded the run.
    package var runID: RunID?
    package internal(set) var created: RunCreated?
    /// Of the definition that the run follows now.
    package internal(set) var definitionHash: String?
    /// Where that was read from; nil where no entry says so.
    package internal(set) var definitionFile: String?
    /// What the executors that the definition calls said of their operations when the run came to it.
    package internal(set) var executors = CalledExecutors()
    package internal(set) var startedAt: Timestamp?
    package internal(set) var updatedAt: Timestamp?
    /// The sequence number of the newest entry that was applied.
    package internal(set) var head: Int64 = 0
    package internal(set) var lifecycle: Lifecycle = .pending
    package internal(set) var steps: StepStates
    /// What each of `steps` is an instance of.
    package internal(set) var instances: [StepInstance]
    /// By number, the inside of each group and `foreach` that has begun.
    package internal(set) var containers = Containers()
    /// By name, the attempts of step instances that were set aside: numbers never restart within a run.
    var attemptsBefore: ExactMap<Int> = [:]
    package internal(set) var stages: [StageState]
    /// The stage entered last.
    package internal(set) var currentStage = 0
    /// Rewinds so far: a part of every idempotency key.
    package internal(set) var rewinds = 0
    /// Endings so far: owed work runs once for each.
    package internal(set) var endings = 0
    package internal(set) var checkpoint: SavedPoint?
    package internal(set) var isPauseRequested = false
    /// The run is cancelled. A cancel while the run ends already is none of the run: see `owedWorkEnded`.
    package internal(set) var isCancelRequested = false
    /// By number, the steps of owed work that a cancel has ended: until they begin anew, a person decides otherwise, or
    /// the run has ended.
    package internal(set) var owedWorkEnded: Set<Int> = []
    /// The group of runs that this one belongs to, and whether it has its turn.
    package internal(set) var concurrency: Concurrency?
    /// Signals that no step has asked for yet, oldest first.
    package internal(set) var signals: [SignalReceived] = []
    /// Steps whose effect was found not to hold any more, ascending.
    package internal(set) var drifted: [Int] = []
    /// What the present driver was told about doubt.
    package internal(set) var onDoubt: DoubtPolicy?
    package internal(set) var drivers = 0
    /// The process that came last to drive the run.
    package internal(set) var driver: Driver?
    /// Why it left: `waiting`, `SIGINT`; nil while it drives, and when it is gone without a word.
    package internal(set) var leftBecause: String?
    /// Who made the last driver leave; nil where none did, or another driver came since.
    package internal(set) var stop: PersonsStop?
    /// By name of the step, whom it asked last.
    var approversAsked: ExactMap<[String]> = [:]
    /// What happened to steps and stages, in order, without what a rewind has undone.
    package internal(set) var timeline: [TimelineEvent] = []

    /// What a person decided last.
    var resolved: (step: String, decision: StepResolved.Decision, sequence: Int64)?
    /// Of the step that an entry named last: entries of a `foreach` name the same one many times.
    var recentLine: RecentLine?
    /// Steps begun and not ended, ascending.
    var active = NumberSet()
    /// Those among them that are in doubt or wait for locks; where a step was set back it may stand here still.
    var doubtful = NumberSet()
    var locking = NumberSet()
    /// When their waits are over.
    var dues = DueHeap()
    /// Steps that may start.
    var ready = IndexHeap()
    /// Steps that may start but for a failure around them.
    var parked: [Int] = []
    /// Items that may start but for a place among those of their `foreach`.
    var crowded: [Int] = []
    /// Containers in which something ended, the innermost first.
    var noticed = IndexHeap()
    /// Steps that are to run, or run again, although steps that need them have ended or are open: what needs those,
    /// or stands in them, waits as well.
    var reruns: Set<Int> = []
    /// Times that the run was moved to another definition.
    package internal(set) var moves = 0
    /// How often stages had gone round when the run was moved last: what stands before is not told again by a rewind.
    var stagesAtMove: [StageState] = []
    /// Steps that gave their locks up, until a decision tells the store.
    var lockReleases: [String] = []
    /// Steps with a process.
    var slotsTaken = 0
    /// How many steps were looked at or changed: what a decision costs.
    package internal(set) var stepsTouched = 0

    /// ```
    /// pending ─▶ running ─▶ ending ─▶ ended
    ///               ▲ ▼                 │ resume of a failed run, rewind
    ///             paused ◀──────────────┘
    /// ```
    package enum Lifecycle: Sendable, Equatable {
        /// Valid transitions: `running`.
        case pending
        /// Valid transitions: `paused`, `ending`, `ended`.
        case running
        /// Valid transitions: `running`.
        case paused
        /// Owed work runs. Valid transitions: `ended`.
        case ending(RunStatus, Failure?)
        /// Valid transitions: `running`, by a resume of a failed run or by a rewind.
        case ended(RunStatus, Failure?)
    }

    package struct StageState: Sendable, Equatable {
        /// Times that its steps were set back by a return: a part of their idempotency keys.
        package internal(set) var passes = 0
        /// Returns that began here.
        package internal(set) var returns = 0
        package internal(set) var isEntered = false
        package internal(set) var isComplete = false
        var unended = 0
        var stoppers = 0
    }

    struct RecentLine: Sendable {
        let name: String
        let number: Int
    }

    package struct Concurrency: Sendable, Equatable {
        package let group: String
        /// When it asked for its turn, or got it.
        package let since: Timestamp
        package internal(set) var isHeld: Bool
    }

    package struct Driver: Sendable, Equatable {
        /// The machine, by its id.
        package let host: String
        package let processID: Int
        package let since: Timestamp
    }

    package struct SavedPoint: Sendable, Equatable {
        package let id: CheckpointID
        package let sequence: Int64
    }

    /// A step as it was when it had ended: what a rewind to this or a later checkpoint puts back.
    ///
    /// There is one for each step and item: short, and as long as the step stays as it is the state is the run's own.
    package struct StepEnding: Sendable, Equatable {
        private let shortStep: Int32
        private var checkpointNumber: CheckpointID.Packed?
        package let sequence: Int64
        let kept: Shared<StepState>

        package var step: Int { Int(shortStep) }
        package var state: StepState { kept.value }

        package internal(set) var checkpoint: CheckpointID? {
            get { checkpointNumber?.id }
            set { checkpointNumber = newValue.map { CheckpointID.Packed($0) } }
        }

        init(step: Int, sequence: Int64, state: Shared<StepState>, checkpoint: CheckpointID?) {
            shortStep = Int32(clamping: step)
            self.sequence = sequence
            kept = state
            checkpointNumber = checkpoint.map { CheckpointID.Packed($0) }
        }
    }

    package enum TimelineEvent: Sendable, Equatable {
        case stepEnded(StepEnding)
        case stepReopened(step: Int, sequence: Int64)
        indirect case itemsEvaluated(step: Int, Container, sequence: Int64)
        indirect case groupEntered(step: Int, children: Range<Int>, sequence: Int64)
        case stepRepeated(step: Int, outputs: [String: JSONValue], sequence: Int64)
        case stageEntered(Int, sequence: Int64)
        case stageReturned(from: Int, to: Int, sequence: Int64)

        var sequence: Int64 {
            switch self {
            case .stepEnded(let ending): ending.sequence
            case .stepReopened(_, let sequence), .stageEntered(_, let sequence), .stageReturned(_, _, let sequence),
                .itemsEvaluated(_, _, let sequence), .groupEntered(_, _, let sequence),
                .stepRepeated(_, _, let sequence):
                sequence
            }
        }
    }

    package init(_ program: Program) {
        self.program = program
        steps = StepStates(blank: program.topLevel.count)
        instances = program.topLevel.map { StepInstance(line: $0, parent: nil, item: nil) }
        stages = Array(repeating: StageState(), count: program.stageRanges.count)
    }

    /// The state after these entries.
    package init(_ program: Program, replaying entries: some Sequence<Entry>) throws(JournalContradiction) {
        self.init(program)
        for entry in entries { try apply(entry) }
    }
}

/// The journal says something that cannot follow what it said before: the run stops, nothing is written.
package struct JournalContradiction: Error, Sendable, Equatable {
    package let sequence: Int64
    package let message: String
}

extension RunState {
    package func state(ofStep name: String) -> StepState? {
        number(ofStep: name).map { steps[$0] }
    }

    /// The run's status as people see it.
    package var status: RunStatus {
        switch lifecycle {
        case .pending: return .pending
        case .paused: return .paused
        case .ended(let status, _): return status
        case .running, .ending:
            guard slotsTaken == 0 else { return .running }
            if !drifted.isEmpty { return .waiting }
            guard !active.isEmpty, !hasMoreToStart else { return .running }
            // No process, so all others wait.
            return doubtful.allSatisfy { !isInDoubt($0) || waits($0) } ? .waiting : .running
        }
    }

    /// A driver would start something at once: the last one left, or was killed, between two parts of a large decision.
    private var hasMoreToStart: Bool {
        guard concurrency?.isHeld ?? true else { return false }
        return ready.contains {
            steps[$0].phase == .ready && isInPresentPart($0) && isInOpen($0) && hasPlace($0) && !isStopped($0)
                && !waitsForRerun($0)
        }
    }

    /// Nothing but time or a person lets the step go on. A doubt that a probe or a policy settles is not waited for.
    private func waits(_ number: Int) -> Bool {
        switch steps[number].phase {
        case .sleeping, .asking, .awaitingLocks, .repeating, .retrying: return true
        case .inDoubt(let doubt):
            // Done and still in doubt: a person has to tell its outputs.
            if doubt.verdict == .done { return true }
            guard !hasProbe(number) || doubt.verdict == .cannotTell else { return false }
            return (onDoubt ?? doubtPolicy(ofStep: number)) == .ask
        case .blocked, .ready, .running, .open, .succeeded, .skipped, .failed, .cancelled: return false
        }
    }

    /// The name of the stage that the run is in; `complete` for a completed run.
    package var stageName: String {
        if case .ended(.completed, _) = lifecycle { return "complete" }
        return program.definition.stages[currentStage].name
    }

    /// What a run that was carried here calls itself: as where it began. nil where the store's name is its own.
    var nameOfRun: String? { created?.origin?.run }

    /// Why the run failed.
    package var failure: Failure? {
        switch lifecycle {
        case .ending(_, let failure), .ended(_, let failure): failure
        case .pending, .running, .paused: nil
        }
    }

    /// What `run.status` says in expressions: while owed work runs, the status about to be recorded.
    package var statusInExpressions: RunStatus {
        switch lifecycle {
        case .ending(let status, _), .ended(let status, _): status
        case .pending, .running, .paused: .running
        }
    }

    /// Steps that wait for a person.
    package var stepsInDoubt: [Int] {
        doubtful.filter(isInDoubt)
    }

    func isInDoubt(_ number: Int) -> Bool {
        if case .inDoubt = steps[number].phase { return true }
        return false
    }

    /// A cancel has ended what the step does: that of the run or, while the run ends, that of the step itself.
    func isAskedToEnd(_ number: Int) -> Bool {
        endingStatus == nil ? isCancelRequested : owedWorkEnded.contains(number)
    }

    /// A cancel has ended the step, and nothing of it runs: its attempt had never begun, or a pass of it is done.
    func isVoidedOwedWork(_ number: Int) -> Bool {
        owedWorkEnded.contains(number) && (steps[number].isReady || steps[number].isBlocked)
    }

    /// Steps with an attempt whose process may live, and that attempt.
    package var runningAttempts: [(step: Int, attempt: StepState.Attempt)] {
        guard slotsTaken > 0 else { return [] }
        return active.compactMap {
            if case .running(let attempt) = steps[$0].phase { return ($0, attempt) }
            return nil
        }
    }

    /// The earliest instant at which something happens by itself; nil when none.
    package var earliestDue: Timestamp? {
        if let first = dues.first, due(ofStep: first.step) == first.due { return first.due }
        return active.lazy.compactMap { due(ofStep: $0) }.min()
    }

    /// Some step waits for a lock of the store.
    package var awaitsLocks: Bool {
        locking.contains {
            if case .awaitingLocks = steps[$0].phase { return true }
            return false
        }
    }

    /// When a wait of the step is over.
    package func due(ofStep number: Int) -> Timestamp? {
        switch steps[number].phase {
        case .sleeping(_, let wait), .asking(_, let wait, _), .awaitingLocks(_, let wait), .repeating(let wait),
            .retrying(let wait):
            wait.due
        case .blocked, .ready, .running, .open, .inDoubt, .succeeded, .skipped, .failed, .cancelled: nil
        }
    }

    /// The step goes on without a person and without a signal.
    func goesOnByItself(_ number: Int) -> Bool {
        switch steps[number].phase {
        case .running, .sleeping, .awaitingLocks, .repeating, .retrying: true
        case .blocked, .ready, .open, .asking, .inDoubt, .succeeded, .skipped, .failed, .cancelled: false
        }
    }

    /// The steps that a rewind to the entry `sequence` would run again, without owed work.
    package func stepsEnded(after sequence: Int64) -> [Int] {
        var isMeant = Set(active)
        for event in timeline.reversed() {
            guard event.sequence > sequence else { break }
            if case .stepEnded(let ending) = event { isMeant.insert(ending.step) }
        }
        return isMeant.filter { stage(ofStep: $0) != nil && isPresent($0) }.sorted()
    }

    /// The steps that have succeeded or were skipped, in order of completion, without owed work.
    package var completedSteps: [Int] {
        var isSeen: Set<Int> = []
        var order: [Int] = []
        for case .stepEnded(let ending) in timeline.reversed() where isSeen.insert(ending.step).inserted {
            switch steps[ending.step].phase {
            case .succeeded, .skipped:
                if stage(ofStep: ending.step) != nil { order.append(ending.step) }
            case .blocked, .ready, .running, .sleeping, .asking, .awaitingLocks, .open, .repeating, .retrying, .inDoubt,
                .failed, .cancelled:
                continue
            }
        }
        return order.reversed()
    }
}
