internal import JSON

/// What happened in a run, in the order of its journal: every attempt, who drove the run when, and who decided what.
///
/// A fold beside `RunState`: that one keeps what decisions need, this one what people ask afterwards. O(entries) in
/// time and in memory.
package struct RunHistory: Sendable, Equatable {
    /// A process that drove the run.
    package struct Drive: Sendable, Equatable {
        package enum End: Sendable, Equatable {
            /// No end is told: it drives, or it died and nobody has looked since.
            case open
            /// It left on its own accord: `SIGINT`, `waiting`, …
            case left(String)
            /// Another one came without this one having left: it died, or the machine did.
            case lost
        }

        package let reason: DriverAttached.Reason
        package let host: HostIdentity
        package let processID: Int
        package let engineVersion: String
        package let changes: [String]
        package let from: Timestamp
        /// The newest that is known of it.
        package fileprivate(set) var until: Timestamp
        package fileprivate(set) var end = End.open
    }

    /// What a person or a program asked for, and who it was.
    package struct Decision: Sendable, Equatable {
        package let sequence: Int64
        package let at: Timestamp
        /// The engine where it answered.
        package let actor: Actor
        package let fact: Fact
    }

    /// A step that had to wait until locks were free.
    package struct LockWait: Sendable, Equatable {
        package let step: String
        package let locks: [String]
        package let from: Timestamp
        /// nil while it waits.
        package fileprivate(set) var until: Timestamp?
    }

    package private(set) var attempts: [AttemptAccount] = []
    package private(set) var drives: [Drive] = []
    package private(set) var decisions: [Decision] = []
    package private(set) var lockWaits: [LockWait] = []
    package private(set) var startedAt: Timestamp?
    /// Of the newest entry.
    package private(set) var updatedAt: Timestamp?
    /// A person's signal to the present driver is among the decisions.
    private var isStopTold = false
    /// The place of each step's newest attempt.
    private var newest: ExactMap<Int> = [:]
    /// The place of each step's wait for locks.
    private var waiting: ExactMap<Int> = [:]

    package init() {}

    /// Takes in the next entry.
    package mutating func take(_ entry: Entry) {
        startedAt = startedAt ?? entry.at
        updatedAt = entry.at
        switch entry.fact {
        case .driverAttached(let fact):
            attach(fact, at: entry.at)
            isStopTold = false
            if entry.actor != engineActor { decide(entry) }
        case .driverDetached(let fact):
            detach(.left(fact.reason), at: entry.at)
            // One signal is one decision, however long the driver took to leave.
            if entry.actor != engineActor, !isStopTold { decide(entry) }
        case .stopRequested:
            decide(entry)
            isStopTold = true
        case .locksRequested(let fact):
            waiting[fact.step] = lockWaits.count
            lockWaits.append(LockWait(step: fact.step, locks: fact.locks, from: entry.at))
        case .locksTaken(let fact): endLockWait(fact.step, at: entry.at)
        case .attemptStarted(let fact):
            newest[fact.step].map { place in
                // Repeated out of doubt: what became of the one before is never told.
                if attempts[place].isOpen { attempts[place].endedAt = entry.at }
            }
            newest[fact.step] = attempts.count
            attempts.append(AttemptAccount(fact, at: entry.at))
        case .attemptVoided(let fact): change(fact.step) { $0.end(.voided, at: entry.at) }
        case .attemptFailed(let fact):
            change(fact.step) {
                guard $0.isOpen else { return }
                $0.end(.failed(fact.failure), at: entry.at, really: fact.endedAt)
                $0.losses = fact.losses
                $0.events = fact.events
                $0.retry = fact.retry
            }
        case .attemptInDoubt(let fact):
            change(fact.step) {
                $0.outcome = .inDoubt(fact.failure)
                $0.doubtSince = entry.at
                $0.doubtReason = fact.reason
                $0.events = fact.events
                $0.losses = fact.losses
            }
        case .probeFinished(let fact):
            change(fact.step) {
                $0.probes.append(
                    AttemptAccount.Verdict(at: entry.at, verdict: fact.verdict, message: fact.message))
            }
        case .verifyFinished(let fact):
            change(fact.step) {
                $0.verifications.append(
                    AttemptAccount.Verdict(at: entry.at, verdict: fact.verdict, message: fact.message))
            }
        case .stepSucceeded(let fact):
            change(fact.step) {
                if $0.isOpen { $0.end(.succeeded(fact.basis), at: entry.at, really: fact.endedAt) }
                $0.checkpoint = fact.checkpoint
                $0.losses = fact.losses ?? $0.losses
                if !fact.events.isEmpty { $0.events = fact.events }
            }
        case .stepRepeated(let fact):
            change(fact.step) {
                if $0.isOpen { $0.end(.passed(fact.iteration), at: entry.at, really: fact.endedAt) }
                $0.losses = fact.losses ?? $0.losses
                if !fact.events.isEmpty { $0.events = fact.events }
            }
        case .stepSkipped(let fact):
            change(fact.step) { if $0.isOpen { $0.end(.skipped, at: entry.at) } }
        case .stepFailed(let fact):
            endLockWait(fact.step, at: entry.at)
            change(fact.step) { if $0.isOpen { $0.end(.failed(fact.failure), at: entry.at) } }
        case .stepCancelled(let fact):
            endLockWait(fact.step, at: entry.at)
            change(fact.step) { if $0.isOpen { $0.end(.cancelled, at: entry.at) } }
        case .stepResolved(let fact):
            change(fact.step) { $0.resolution = fact.decision }
            decide(entry)
        case .runRewound:
            for place in attempts.indices where attempts[place].isOpen {
                attempts[place].end(.leftBehind, at: entry.at)
            }
            decide(entry)
        case .failuresReopened, .runCreated, .signalReceived, .stepApproved, .stepRejected, .requestRefused,
            .definitionChanged,
            .pauseRequested, .cancelRequested:
            decide(entry)
        case .runPaused: detach(.left("paused"), at: entry.at)
        case .runEnded(let fact):
            detach(.left(fact.status.rawValue), at: entry.at)
            if fact.status == .moved { decide(entry) }
        case .carriedOver: if entry.actor != engineActor { decide(entry) }
        case .stageEntered, .stageCompleted, .stageReturned, .itemsEvaluated, .groupEntered,
            .concurrencyRequested, .concurrencyTaken, .endingBegan:
            break
        }
        if let last = drives.indices.last, drives[last].end == .open { drives[last].until = entry.at }
    }

    /// The attempts of one step, or of all that it holds.
    package func attempts(ofStep name: String) -> [AttemptAccount] {
        attempts.filter {
            guard $0.step.utf8.starts(with: name.utf8) else { return false }
            let rest = $0.step.utf8.dropFirst(name.utf8.count).first
            return rest == nil || rest == UInt8(ascii: "[") || rest == UInt8(ascii: ".")
        }
    }

    package func newestAttempt(ofStep name: String) -> AttemptAccount? { newest[name].map { attempts[$0] } }

    /// Between two drives, and behind the last one when it is over: nobody drove. Ascending, without overlap.
    ///
    /// Of a driver that was lost only what it wrote last is known: it may have lived a little longer.
    ///
    /// - Parameter now: ends what is still so; nil where the run has ended or is driven.
    package func undriven(now: Timestamp?) -> [(from: Timestamp, until: Timestamp)] {
        var gaps: [(from: Timestamp, until: Timestamp)] = []
        for (place, drive) in drives.enumerated() {
            guard let until = place + 1 < drives.count ? drives[place + 1].from : now, until > drive.until else {
                continue
            }
            gaps.append((drive.until, until))
        }
        return gaps
    }

    private mutating func attach(_ fact: DriverAttached, at: Timestamp) {
        if let last = drives.indices.last, drives[last].end == .open { drives[last].end = .lost }
        drives.append(
            Drive(
                reason: fact.reason, host: fact.host, processID: fact.processID, engineVersion: fact.engineVersion,
                changes: fact.changes, from: at, until: at))
    }

    private mutating func detach(_ end: Drive.End, at: Timestamp) {
        guard let last = drives.indices.last, drives[last].end == .open else { return }
        drives[last].end = end
        drives[last].until = at
    }

    private mutating func endLockWait(_ step: String, at: Timestamp) {
        guard let place = waiting.removeValue(forKey: step) else { return }
        lockWaits[place].until = at
    }

    private mutating func change(_ step: String, _ body: (inout AttemptAccount) -> Void) {
        guard let place = newest[step] else { return }
        body(&attempts[place])
    }

    private mutating func decide(_ entry: Entry) {
        decisions.append(
            Decision(sequence: entry.sequence, at: entry.at, actor: entry.actor, fact: entry.fact))
    }
}
