import Synchronization
import WorkflowCore
import WorkflowEngine

/// A clock on which no time passes by itself: an instant later at each look, waits of steps (10 ms at most) are over at
/// once, the driver's look into its inbox comes when it is woken, and longer waits last until they are cancelled.
final class WokenClock: EngineClock {
    private struct State {
        var clock: Int64 = 1_770_026_400_000
        var wakes = 0
        var lastSleeper = 0
        /// By number: above 0 those that wait for the inbox, below it those that wait for longer.
        var sleepers: [Int: CheckedContinuation<Void, Never>] = [:]
        var cancelled: Set<Int> = []
        /// Of the longer ones.
        var lengths: [Int: Milliseconds] = [:]
    }
    private let state = Mutex(State())

    func now() -> Timestamp {
        state.withLock { state in
            state.clock += 1
            return Timestamp(millisecondsSinceEpoch: state.clock)
        }
    }

    /// Ends one wait for the inbox: the one that lasts, or the next.
    func wake() {
        let sleeper = state.withLock { state -> CheckedContinuation<Void, Never>? in
            // There is one such sleeper for each driver, and these tests have one driver at a time.
            guard let first = state.sleepers.keys.first(where: { $0 > 0 }) else {
                state.wakes += 1
                return nil
            }
            return state.sleepers.removeValue(forKey: first)
        }
        sleeper?.resume()
    }

    /// Ends the waits of now that are not for the inbox, as if their time had passed.
    ///
    /// - Parameter longest: longer ones go on.
    func passLongWaits(upTo longest: Milliseconds = Milliseconds(.max)) {
        let sleepers = state.withLock { state in
            // All end; their order among each other means nothing.
            let numbers = state.sleepers.keys.filter { $0 < 0 && state.lengths[$0, default: longest] <= longest }
            return numbers.compactMap { state.sleepers.removeValue(forKey: $0) }
        }
        for sleeper in sleepers { sleeper.resume() }
    }

    func sleep(for wait: Milliseconds) async {
        if wait <= Milliseconds(10) { return }
        let isForInbox = wait < .seconds(1)
        let number = state.withLock { state in
            state.lastSleeper += 1
            if !isForInbox { state.lengths[-state.lastSleeper] = wait }
            return isForInbox ? state.lastSleeper : -state.lastSleeper
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { sleeper in
                let isOver = state.withLock { state in
                    if state.cancelled.remove(number) != nil { return true }
                    if isForInbox, state.wakes > 0 {
                        state.wakes -= 1
                        return true
                    }
                    state.sleepers[number] = sleeper
                    return false
                }
                if isOver { sleeper.resume() }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> CheckedContinuation<Void, Never>? in
                let sleeper = state.sleepers.removeValue(forKey: number)
                if sleeper == nil { state.cancelled.insert(number) }
                return sleeper
            }
            sleeper?.resume()
        }
    }
}
