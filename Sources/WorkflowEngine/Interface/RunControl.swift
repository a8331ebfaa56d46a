internal import Synchronization

/// The line on which a driver is told to leave: by a signal, a test, a shutting-down process.
///
/// The first `stop` starts nothing new and gives running steps ten seconds; the second ends them.
package final class RunControl: Sendable {
    private struct State {
        var stops: [String] = []
        var listeners: [@Sendable (String, Int) -> Void] = []
    }
    private let state = Mutex(State())

    package init() {}

    /// - Parameter signal: its name, `SIGINT`.
    package func stop(signal: String) {
        let (listeners, count) = state.withLock { state in
            state.stops.append(signal)
            return (state.listeners, state.stops.count)
        }
        for listener in listeners { listener(signal, count) }
    }

    /// Nothing new is to start.
    package var isStopped: Bool {
        state.withLock { !$0.stops.isEmpty }
    }

    /// The first signal, once there was one.
    var firstSignal: String? {
        state.withLock { $0.stops.first }
    }

    /// Calls back with each stop and its number, those before now included.
    package func listen(_ listener: @escaping @Sendable (String, Int) -> Void) {
        let earlier = state.withLock { state in
            state.listeners.append(listener)
            return state.stops
        }
        for (index, signal) in earlier.enumerated() { listener(signal, index + 1) }
    }
}
