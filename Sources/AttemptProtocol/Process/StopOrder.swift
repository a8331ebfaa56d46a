/// How an attempt is ended, at its timeout or on request.
package struct StopOrder: Sendable, Hashable {
    /// Whom a signal reaches.
    package enum Target: UInt8, Sendable, CaseIterable {
        case group = 0
        case leader = 1
    }
    /// What follows when the grace is over.
    package enum Kill: UInt8, Sendable, CaseIterable {
        /// SIGKILL to every member of the session.
        case group = 0
        /// SIGKILL to the direct process alone.
        case leader = 1
        /// Nothing: the attempt runs on, and only a person has it killed.
        case never = 2
    }

    /// The signal's number.
    package var signal: Int32
    package var target: Target
    package var kill: Kill

    package init(signal: Int32, target: Target, kill: Kill) {
        self.signal = signal
        self.target = target
        self.kill = kill
    }

    /// SIGTERM to the process group, SIGKILL to all that is left.
    package static let standard = StopOrder(signal: 15, target: .group, kill: .group)
}
