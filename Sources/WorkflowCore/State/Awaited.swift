/// One thing that a run waits for, and since when.
package struct Awaited: Sendable, Equatable {
    package enum What: Sendable, Equatable {
        /// A decision about a step whose outcome is not known.
        case doubt(reason: String)
        /// A decision about a finished step whose effect does not hold any more.
        case drift(message: String)
        case approval(prompt: String, approvers: [String])
        case signal(String)
        /// Its turn in a concurrency group.
        case turn(group: String)
        case locks([String])
        /// The next attempt of a step that has failed.
        case retry(failure: String)
        case time
    }

    package enum Kind: String, Sendable, CaseIterable {
        case inDoubt = "in_doubt"
        case drifted, approval, signal, queued, lock, retrying, timer
    }

    package let what: What
    /// The step's number; nil where the whole run waits.
    package let number: Int?
    package let step: String?
    package let since: Timestamp?
    /// When the wait is over, where it has an end.
    package let until: Timestamp?
    /// Its time was over when it was looked at: an answer counts no more, and what follows is done when the run goes
    /// on.
    package var isOver = false

    package init(what: What, number: Int?, step: String?, since: Timestamp?, until: Timestamp?) {
        self.what = what
        self.number = number
        self.step = step
        self.since = since
        self.until = until
    }

    package var kind: Kind {
        switch what {
        case .doubt: .inDoubt
        case .drift: .drifted
        case .approval: .approval
        case .signal: .signal
        case .turn: .queued
        case .locks: .lock
        case .retry: .retrying
        case .time: .timer
        }
    }

    /// Nothing but a person or another program lets it go on.
    package var needsAnswer: Bool {
        switch what {
        case .doubt, .drift, .approval, .signal: true
        case .turn, .locks, .retry, .time: false
        }
    }
}

extension RunState {
    /// What the run waits for: what needs an answer first, in the definition's order; nothing where it has ended.
    ///
    /// A doubt that a probe or a policy settles at the next resume is none: no person is asked.
    package var awaited: [Awaited] {
        if case .ended = lifecycle { return [] }
        var all = drifted.map(drift)
        if let concurrency, !concurrency.isHeld {
            all.append(
                Awaited(
                    what: .turn(group: concurrency.group), number: nil, step: nil, since: concurrency.since, until: nil)
            )
        }
        let waiting = active.filter { !isSettledByResume($0) }.sorted { RunState.precedes($0, $1, instances) }
            .compactMap(awaited)
        all += waiting.filter(\.needsAnswer) + waiting.filter { !$0.needsAnswer }
        return all
    }

    /// In doubt, and no person is asked: its probe, or its policy, decides when a driver comes.
    package func isSettledByResume(_ number: Int) -> Bool {
        guard case .inDoubt(let doubt) = steps[number].phase else { return false }
        return course(of: doubt, ofStep: number) != .ask
    }

    private func drift(_ number: Int) -> Awaited {
        Awaited(
            what: .drift(message: steps[number].drift?.message ?? ""), number: number, step: name(ofStep: number),
            since: nil, until: nil)
    }

    func awaited(_ number: Int) -> Awaited? {
        let step = steps[number]
        func thing(_ what: Awaited.What, _ wait: Wait?, since: Timestamp? = nil) -> Awaited {
            Awaited(
                what: what, number: number, step: name(ofStep: number), since: since ?? wait.map(\.began),
                until: wait?.due)
        }
        switch step.phase {
        case .inDoubt(let doubt): return thing(.doubt(reason: doubt.reason), nil, since: doubt.since)
        case .asking(let attempt, let wait, .approval(let prompt, let approvers)):
            return thing(.approval(prompt: prompt, approvers: approvers), wait, since: attempt.startedAt)
        case .asking(let attempt, let wait, .signal(let name)):
            return thing(.signal(name), wait, since: attempt.startedAt)
        case .awaitingLocks(let locks, let wait): return thing(.locks(locks), wait)
        case .retrying(let wait): return thing(.retry(failure: step.failure?.message ?? "it has failed"), wait)
        case .sleeping(_, let wait), .repeating(let wait): return thing(.time, wait)
        case .blocked, .ready, .running, .open, .succeeded, .skipped, .failed, .cancelled: return nil
        }
    }
}

extension Wait {
    fileprivate var began: Timestamp {
        let (time, overflow) = due.millisecondsSinceEpoch.subtractingReportingOverflow(length.count)
        return Timestamp(millisecondsSinceEpoch: overflow ? 0 : time)
    }
}
