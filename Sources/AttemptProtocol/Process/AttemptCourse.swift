/// The course of a supervised command from its start to its end, as a pure machine: time comes in as nanoseconds on the
/// monotonic clock, effects go out as orders.
package struct AttemptCourse: Sendable, Equatable {
    /// Why we ended the command.
    package enum Reason: Sendable, Equatable { case timeout, cancel }

    /// What the supervisor has to do next, in this order.
    package enum Order: Sendable, Equatable {
        /// The attempt's stop signal to whom it is for: SIGTERM to the command's process group unless it says
        /// otherwise.
        case terminateGroup
        /// SIGTERM to every member of the session.
        case terminateSession
        /// SIGKILL to every member of the session, or to the direct process alone.
        case killSession
        /// The grace is over and nothing may be killed: say that the attempt is not ending.
        case noteNotEnding
        /// Look for members of the session, and report them with `membersLeft`.
        case lookForMembers
        /// Nothing is left to wait for: write the exit record.
        case settle
    }

    package enum State: Sendable, Equatable {
        /// Valid transitions: `.stopping`, `.draining`, `.sweeping`.
        case running(deadline: Int64)
        /// SIGTERM was sent; SIGKILL follows at `killAt`, and is sent (again) at `nextAt`. Valid transitions:
        /// `.draining`, `.sweeping`.
        case stopping(killAt: Int64, nextAt: Int64)
        /// The direct process has ended, its output is still open. Valid transitions: `.sweeping`.
        case draining(until: Int64, killAt: Int64?)
        /// Members of the session may be left, and are looked for at `nextAt`. `killAt` nil: nobody has asked them to
        /// end yet. Valid transitions: `.ended`.
        case sweeping(killAt: Int64?, nextAt: Int64)
        case ended
    }

    /// Output that nobody closes is waited for at most this long after the direct process has ended.
    package static let drainNanoseconds: Int64 = 2_000_000_000
    /// Members of the session that were not asked to end before get at most this long to do so.
    package static let sweepNanoseconds: Int64 = 2_000_000_000
    /// A process that SIGKILL does not end (it hangs in the kernel) is left alone after this.
    package static let killNanoseconds: Int64 = 5_000_000_000
    /// How often members are looked for where no event tells of their end.
    package static let lookNanoseconds: Int64 = 100_000_000
    /// How often SIGKILL is repeated while the direct process hangs in the kernel.
    package static let repeatNanoseconds: Int64 = 1_000_000_000

    package private(set) var state: State
    package private(set) var reason: Reason?
    private let killAfter: Int64
    /// False: the grace ends without a SIGKILL, until somebody asks for one.
    private var kills: Bool
    private var isOutputOpen = true

    /// Timeouts beyond 100 years count as 100 years.
    package init(startedAt now: Int64, timeout: Int64, killAfter: Int64, kills: Bool = true) {
        self.kills = kills
        let longest: Int64 = 100 * 366 * 86_400 * 1_000_000_000
        self.killAfter = min(max(killAfter, 0), longest)
        state = .running(deadline: now + min(max(timeout, 0), longest))
    }

    /// The instant at which `timePassed` is due, nil where only an event leads on.
    package var due: Int64? {
        switch state {
        case .running(let deadline): deadline
        case .stopping(_, let nextAt): nextAt
        case .draining(let until, let killAt): min(until, killAt ?? until)
        case .sweeping(_, let nextAt): nextAt
        case .ended: nil
        }
    }

    /// The direct process has ended.
    package mutating func directProcessEnded(now: Int64) -> [Order] {
        let killAt: Int64?
        switch state {
        case .running: killAt = nil
        // What may not be killed was the direct process: what it leaves is ended as behind any other.
        case .stopping(let at, _): killAt = kills ? at : nil
        // It ends once.
        case .draining, .sweeping, .ended: return []
        }
        guard isOutputOpen else { return sweep(killAt: killAt, now: now) }
        state = .draining(until: now + Self.drainNanoseconds, killAt: killAt)
        return []
    }

    /// The output has come to its end of file.
    package mutating func outputClosed(now: Int64) -> [Order] {
        isOutputOpen = false
        guard case .draining(_, let killAt) = state else { return [] }
        return sweep(killAt: killAt, now: now)
    }

    /// Somebody asked to end the command. A second request can only shorten the grace.
    ///
    /// - Parameter kills: a person asked for SIGKILL, whatever the attempt's own order says.
    package mutating func cancelRequested(grace: Int64, now: Int64, kills: Bool = false) -> [Order] {
        if kills { self.kills = true }
        let killAt = now + min(max(grace, 0), 366 * 86_400 * 1_000_000_000)
        switch state {
        case .running:
            reason = .cancel
            state = .stopping(killAt: killAt, nextAt: killAt)
            return [.terminateGroup] + timePassed(now: now)
        case .stopping(let before, let nextAt):
            guard killAt < before || kills else { return [] }
            state = .stopping(killAt: killAt, nextAt: min(nextAt, killAt))
            return timePassed(now: now)
        // The direct process has ended: what is left ends within seconds anyway.
        case .draining, .sweeping, .ended: return []
        }
    }

    /// The instant of `due` has come, or a child has ended.
    package mutating func timePassed(now: Int64) -> [Order] {
        switch state {
        case .running(let deadline):
            guard now >= deadline else { return [] }
            reason = .timeout
            let (sum, overflow) = now.addingReportingOverflow(killAfter)
            let killAt = overflow ? .max : sum
            state = .stopping(killAt: killAt, nextAt: killAt)
            return [.terminateGroup] + timePassed(now: now)
        case .stopping(let killAt, let nextAt):
            guard now >= nextAt else { return [] }
            guard kills else {
                state = .stopping(killAt: .max, nextAt: .max)
                return [.noteNotEnding]
            }
            state = .stopping(killAt: killAt, nextAt: now + Self.repeatNanoseconds)
            return [.killSession]
        case .draining(let until, let killAt):
            guard now >= until || now >= killAt ?? .max else { return [] }
            return sweep(killAt: killAt, now: now)
        case .sweeping: return [.lookForMembers]
        case .ended: return []
        }
    }

    /// So many members of the session are left.
    package mutating func membersLeft(_ count: Int, now: Int64) -> [Order] {
        guard case .sweeping(let killAt, _) = state else { return [] }
        guard count > 0, now - (killAt ?? now) < Self.killNanoseconds else {
            state = .ended
            return [.settle]
        }
        guard let killAt else {
            let at = now + min(killAfter, Self.sweepNanoseconds)
            state = .sweeping(killAt: at, nextAt: min(at, now + Self.lookNanoseconds))
            return [.terminateSession]
        }
        state = .sweeping(killAt: killAt, nextAt: now + Self.lookNanoseconds)
        return now >= killAt ? [.killSession] : []
    }

    private mutating func sweep(killAt: Int64?, now: Int64) -> [Order] {
        state = .sweeping(killAt: killAt, nextAt: now + Self.lookNanoseconds)
        return [.lookForMembers]
    }
}
