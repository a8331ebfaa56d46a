internal import Synchronization
internal import WorkflowCore
internal import WorkflowExecutors
internal import WorkflowStore

/// What happens around a driver while it waits.
enum DriverEvent: Sendable {
    case attemptConcluded(AttemptReference, AttemptIdentity, AttemptConclusion)
    /// A step's `probe` or `verify` has ended.
    case questionConcluded(CommandRole, AttemptReference, AttemptIdentity, AttemptConclusion)
    case attemptFailedToStart(AttemptReference, AttemptIdentity, Failure)
    case questionFailed(CommandRole, AttemptReference, AttemptIdentity, message: String)
    /// The supervisor of an attempt should have ended it by now, and lives.
    case supervisorOverdue(AttemptReference, AttemptIdentity)
    /// It was killed for that.
    case supervisorEnded(AttemptReference, process: Int)
    /// So should that of a probe or verification.
    case questionOverdue(CommandRole, AttemptReference, AttemptIdentity)
    /// What was left of an attempt without a supervisor runs past the step's timeout.
    case leftoverOverdue(AttemptReference, AttemptIdentity)
    /// The processes of such an attempt were ended; those that survived are still there.
    case leftoverEnded(AttemptReference, AttemptIdentity, survivors: [Int], Ending)
    case waitOver(AttemptReference)
    case locksTaken(step: String, request: Int64)
    case concurrencyTaken
    case concurrencyRefused(by: LockHolder)
    /// What a step waits for, or where that is nil the run's turn, is held by a run that waits for this one.
    case heldByParent(step: String?, request: Int64, LockHolding)
    case stopAsked(signal: String, count: Int)
    case graceOver
    case goOn
    case requests([InboxRequest])
    case broken(EngineError)

    /// Why the processes of an attempt without a supervisor were ended.
    enum Ending: Sendable {
        case timeout
        case request
        /// By a person who decides about the step next.
        case resolution(ControlRequest, actor: Actor, answering: [Int64])
    }
}

/// Brings events to the one task that drives a run, in order, as many at once as have come and one append takes.
final class Mailbox: Sendable {
    private struct State {
        var events: [DriverEvent] = []
        /// How many of `events` were taken out.
        var taken = 0
        var reader: CheckedContinuation<[DriverEvent], Never>?
    }
    private let state = Mutex(State())

    /// Events that are taken out together at most.
    static let eventsAtOnce = 1000

    func post(_ event: DriverEvent) {
        let reader = state.withLock { state -> CheckedContinuation<[DriverEvent], Never>? in
            if let reader = state.reader {
                state.reader = nil
                return reader
            }
            state.events.append(event)
            return nil
        }
        reader?.resume(returning: [event])
    }

    /// Nothing has come that was not taken out.
    var isEmpty: Bool { state.withLock { $0.taken == $0.events.count } }

    /// Waits for at least one event. Only one task may wait.
    func next() async -> [DriverEvent] {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state -> [DriverEvent] in
                let batch = Array(state.events[state.taken...].prefix(Mailbox.eventsAtOnce))
                guard batch.isEmpty else {
                    state.taken += batch.count
                    // What was taken out goes when it is at least half: each event is moved once on average.
                    if state.taken * 2 >= state.events.count {
                        state.events.removeFirst(state.taken)
                        state.taken = 0
                    }
                    return batch
                }
                state.reader = continuation
                return []
            }
            if !ready.isEmpty { continuation.resume(returning: ready) }
        }
    }
}
