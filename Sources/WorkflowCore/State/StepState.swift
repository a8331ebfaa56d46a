package import JSON

/// What is known of one step of a run.
package struct StepState: Sendable, Equatable {
    // There are as many as a run has steps and items: what few steps need stands apart, and numbers are as short as
    // they may be.
    package internal(set) var phase: Phase = .blocked
    package internal(set) var outputs: [String: JSONValue] = [:]
    private var rare: Shared<Rare>?
    package internal(set) var startedAt: Timestamp?
    private var shortAttempts: Int32 = 0
    package internal(set) var endedAt: Timestamp?
    private var shortUnmetNeeds: Int32 = 0

    /// What a step has that was repeated, retried, locked, opened or looked at again.
    private struct Rare: Sendable, Equatable {
        var retriesUsed = 0
        var doubtRepeats = 0
        var passes = 0
        var passesUsed = 0
        var keyEpoch = 0
        var carriedKey: String?
        var hasOpened = false
        var locks: [String] = []
        var drift: Drift?
        var isDriftAccepted = false
        var failure: Failure?
        var waitBegan: Int64 = 0
        var losses: AttemptLosses?
        var openDoubt: String?
        var records: [AttemptRecords] = []
    }

    /// The number of the newest attempt; 0 when there was none. Never goes back within a run.
    package internal(set) var attempts: Int {
        get { Int(shortAttempts) }
        set { shortAttempts = Int32(clamping: newValue) }
    }

    /// How many of the steps it needs have not ended.
    var unmetNeeds: Int {
        get { Int(shortUnmetNeeds) }
        set { shortUnmetNeeds = Int32(clamping: newValue) }
    }

    /// Attempts that the retry limit has been charged with since the step was last set back.
    package internal(set) var retriesUsed: Int {
        get { rare?.value.retriesUsed ?? 0 }
        set { setRare(newValue != 0) { $0.retriesUsed = newValue } }
    }

    /// Repeats out of doubt since the step was last set back; 100 at most.
    package internal(set) var doubtRepeats: Int {
        get { rare?.value.doubtRepeats ?? 0 }
        set { setRare(newValue != 0) { $0.doubtRepeats = newValue } }
    }

    /// Passes of its `repeat` that are done: a part of its idempotency keys.
    package internal(set) var passes: Int {
        get { rare?.value.passes ?? 0 }
        set { setRare(newValue != 0) { $0.passes = newValue } }
    }

    /// Those that the limit was charged with since the step was last set back or reopened.
    package internal(set) var passesUsed: Int {
        get { rare?.value.passesUsed ?? 0 }
        set { setRare(newValue != 0) { $0.passesUsed = newValue } }
    }

    /// The move to another definition that gave the step another effect; 0 for none. A part of its idempotency keys.
    var keyEpoch: Int {
        get { rare?.value.keyEpoch ?? 0 }
        set { setRare(newValue != 0) { $0.keyEpoch = newValue } }
    }

    /// The key that an attempt had in the store which the run was carried over from.
    var carriedKey: String? {
        get { rare?.value.carriedKey }
        set { setRare(newValue != nil) { $0.carriedKey = newValue } }
    }

    /// Its own steps were let start since it was last set back.
    package internal(set) var hasOpened: Bool {
        get { rare?.value.hasOpened ?? false }
        set { setRare(newValue) { $0.hasOpened = newValue } }
    }

    /// Locks of the store that it holds.
    package internal(set) var locks: [String] {
        get { rare?.value.locks ?? [] }
        set { setRare(!newValue.isEmpty) { $0.locks = newValue } }
    }

    /// The entry with which it asked for locks last, or began to wait for another pass; 0 when it never did.
    package internal(set) var waitBegan: Int64 {
        get { rare?.value.waitBegan ?? 0 }
        set { setRare(newValue != 0) { $0.waitBegan = newValue } }
    }

    /// It has succeeded, and its effect does not hold any more, or nobody can tell.
    package internal(set) var drift: Drift? {
        get { rare?.value.drift }
        set { setRare(newValue != nil) { $0.drift = newValue } }
    }

    /// A person took its drift as it is: nobody is asked about it again until the step has run again.
    package internal(set) var isDriftAccepted: Bool {
        get { rare?.value.isDriftAccepted ?? false }
        set { setRare(newValue) { $0.isDriftAccepted = newValue } }
    }

    /// The newest failure of an attempt or of the step; nil after a success.
    package internal(set) var failure: Failure? {
        get { rare?.value.failure }
        set { setRare(newValue != nil) { $0.failure = newValue } }
    }

    /// What was lost of its newest attempt.
    package internal(set) var losses: AttemptLosses? {
        get { rare?.value.losses }
        set { setRare(newValue != nil) { $0.losses = newValue } }
    }

    /// It was cancelled while its outcome was not known, and why that was so: its effect may be in place.
    package internal(set) var openDoubt: String? {
        get { rare?.value.openDoubt }
        set { setRare(newValue != nil) { $0.openDoubt = newValue } }
    }

    /// What its attempts with the newest key had done so far, in their own words, the oldest attempt first.
    package internal(set) var records: [AttemptRecords] {
        get { rare?.value.records ?? [] }
        set { setRare(!newValue.isEmpty) { $0.records = newValue } }
    }

    /// - Parameter isNeeded: the change is one also where there is nothing rare yet.
    private mutating func setRare(_ isNeeded: Bool, _ change: (inout Rare) -> Void) {
        guard isNeeded || rare != nil else { return }
        var changed = rare ?? Shared(Rare())
        // The only one now, unless another state holds it too.
        rare = nil
        change(&changed.value)
        rare = changed
    }

    package static func == (a: StepState, b: StepState) -> Bool {
        a.phase == b.phase && a.outputs == b.outputs && a.startedAt == b.startedAt && a.endedAt == b.endedAt
            && a.shortAttempts == b.shortAttempts && a.shortUnmetNeeds == b.shortUnmetNeeds
            && (a.rare ?? none) == (b.rare ?? none)
    }

    private static let none = Shared(Rare())

    /// ```
    /// blocked ─▶ ready ─▶ running ─▶ succeeded │ failed │ cancelled
    ///              │         ├─▶ retrying ─▶ running
    ///              │         └─▶ inDoubt ─▶ running, succeeded, failed, retrying
    ///              ├─▶ sleeping ─▶ succeeded
    ///              ├─▶ asking ─▶ succeeded │ skipped │ failed
    ///              ├─▶ awaitingLocks ─▶ ready
    ///              ├─▶ open ─▶ succeeded │ failed ─▶ ready, open      (a group, a foreach)
    ///              └─▶ skipped
    ///            running, open ─▶ repeating ─▶ running, open           (repeat)
    /// ```
    package enum Phase: Sendable, Equatable {
        /// Something that it needs has not ended. Valid transitions: `ready`.
        case blocked
        /// It may start when a slot is free. Valid transitions: `running`, `sleeping`, `skipped`, `failed`.
        case ready
        /// Its intent is written. Valid transitions: `ready` (voided), `succeeded`, `retrying`, `inDoubt`, `failed`,
        /// `cancelled`.
        indirect case running(Attempt)
        /// A durable wait in place of a process. Valid transitions: `succeeded`, `cancelled`.
        indirect case sleeping(Attempt, Wait)
        /// A durable wait for a signal or a person. Valid transitions: `succeeded`, `skipped`, `failed`, `cancelled`.
        indirect case asking(Attempt, Wait, Question)
        /// Others hold its locks. Valid transitions: `ready`, `failed`, `cancelled`.
        indirect case awaitingLocks([String], Wait)
        /// Its own steps may start. Valid transitions: `repeating`, `ready` (next pass), `succeeded`, `failed`.
        case open
        /// Between two passes of its `repeat`. Valid transitions: `running`, `open`, `failed`, `cancelled`.
        indirect case repeating(Wait)
        /// Between two attempts. Valid transitions: `running`, `succeeded`/`failed`/`skipped` (resolved), `cancelled`.
        indirect case retrying(Wait)
        /// Valid transitions: `running`, `retrying`, `succeeded`, `failed`, `skipped`, `cancelled`.
        indirect case inDoubt(Doubt)
        case succeeded
        case skipped
        /// Tolerated: the run goes on (`continue_on_error`).
        case failed(isTolerated: Bool)
        case cancelled
    }

    package struct Attempt: Sendable, Equatable {
        package let number: Int
        package let id: UniqueID
        package let idempotencyKey: String
        package let host: HostIdentity?
        package let startedAt: Timestamp
    }

    /// An attempt began, has ended, and its outcome is not known.
    package struct Doubt: Sendable, Equatable {
        package let attempt: Attempt
        package let reason: String
        /// When it was found out.
        package let since: Timestamp
        /// How it ended, where a timeout or a signal ended it and not the death of the engine.
        package let failure: Failure?
        /// What the probe said last; nil when it has not been asked since the last driver came.
        package internal(set) var verdict: ProbeVerdict?
    }

    package struct Drift: Sendable, Equatable {
        package let verdict: ProbeVerdict
        package let message: String
    }

    package var status: StepStatus {
        switch phase {
        case .blocked, .ready: .pending
        case .running, .open: .running
        case .sleeping, .asking, .awaitingLocks, .repeating: .waiting
        case .retrying: .retrying
        case .inDoubt: .inDoubt
        case .succeeded: drift == nil ? .success : .waiting
        case .skipped: .skipped
        case .failed: .failed
        case .cancelled: .cancelled
        }
    }

    package var hasEnded: Bool {
        switch phase {
        case .succeeded, .skipped, .failed, .cancelled: true
        case .blocked, .ready, .running, .sleeping, .asking, .awaitingLocks, .open, .repeating, .retrying, .inDoubt:
            false
        }
    }

    /// Begun and not ended, by itself and not by what it holds.
    var isActive: Bool {
        switch phase {
        case .running, .sleeping, .asking, .awaitingLocks, .repeating, .retrying, .inDoubt: true
        case .blocked, .ready, .open, .succeeded, .skipped, .failed, .cancelled: false
        }
    }

    /// Its condition held, and is not asked again.
    var hasBegunBefore: Bool { passes > 0 || hasOpened || !locks.isEmpty }

    var isBlocked: Bool {
        if case .blocked = phase { return true }
        return false
    }

    var isReady: Bool {
        if case .ready = phase { return true }
        return false
    }

    var isOpen: Bool {
        if case .open = phase { return true }
        return false
    }

    /// A process of it may be alive.
    var holdsSlot: Bool {
        if case .running = phase { return true }
        return false
    }

    /// It has failed for good and the run may not go on.
    package var hasFailedForGood: Bool {
        if case .failed(isTolerated: false) = phase { return true }
        return false
    }
}
