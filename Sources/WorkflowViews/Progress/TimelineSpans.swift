package import JSON
package import WorkflowCore
package import WorkflowEngine
internal import WorkflowStore

/// What each step of a run was doing when: the data of a timeline, without its drawing.
package struct TimelineSpans {
    package enum Kind: Int, Comparable {
        /// For time, locks, a signal, a person, or its next attempt.
        case waiting
        case running
        /// It went on, or may have, while nobody drove the run.
        case unwatched
        case inDoubt
        case failed

        package static func < (a: Kind, b: Kind) -> Bool { a.rawValue < b.rawValue }
    }

    package struct Span {
        package let kind: Kind
        package let from: Timestamp
        package let until: Timestamp

        package init(kind: Kind, from: Timestamp, until: Timestamp) {
            self.kind = kind
            self.from = from
            self.until = until
        }
    }

    package let from: Timestamp
    package let until: Timestamp
    /// When nobody drove.
    package let gaps: [(from: Timestamp, until: Timestamp)]
    package private(set) var spans: ExactMap<[Span]> = [:]

    package init(_ account: RunAccount, now: Timestamp) {
        let history = account.history
        let view = account.view
        from = history.startedAt ?? view.record.createdAt
        let newest = max(history.updatedAt ?? from, from)
        let isOver = view.state.status.hasEnded
        until = isOver ? newest : max(now, newest)
        gaps = history.undriven(now: isOver || view.isDriven ? nil : until)
        for attempt in history.attempts { add(attempt) }
        for wait in history.lockWaits { add(wait.step, .waiting, wait.from, wait.until ?? until) }
    }

    /// When some step ran while the run was driven, ascending and without overlap.
    package var busy: [(from: Timestamp, until: Timestamp)] {
        var stretches: [(from: Timestamp, until: Timestamp)] = []
        for list in spans.elements {
            for span in list where span.kind == .running { stretches.append((span.from, span.until)) }
        }
        stretches.sort { ($0.from, $0.until) < ($1.from, $1.until) }
        var joined: [(from: Timestamp, until: Timestamp)] = []
        for stretch in stretches {
            if let last = joined.last, stretch.from <= last.until {
                joined[joined.count - 1].until = max(last.until, stretch.until)
            } else {
                joined.append(stretch)
            }
        }
        return joined
    }

    private mutating func add(_ attempt: AttemptAccount) {
        let end = attempt.endedAt ?? until
        if attempt.outcome == .voided { return }
        if attempt.wait != nil {
            add(attempt.step, .waiting, attempt.startedAt, end)
        } else {
            addRunning(attempt.step, attempt.startedAt, attempt.doubtSince ?? end)
        }
        if let doubt = attempt.doubtSince { add(attempt.step, .inDoubt, doubt, end) }
        if case .failed = attempt.outcome { add(attempt.step, .failed, end, end) }
        if let retry = attempt.retry { add(attempt.step, .waiting, end, min(end.adding(retry.length), until)) }
    }

    /// What lies in a gap is told apart.
    private mutating func addRunning(_ step: String, _ from: Timestamp, _ until: Timestamp) {
        var time = from
        for gap in gaps where gap.until > time && gap.from < until {
            if gap.from > time { add(step, .running, time, gap.from) }
            add(step, .unwatched, max(time, gap.from), min(until, gap.until))
            time = min(until, gap.until)
        }
        if time < until || from == until { add(step, .running, time, until) }
    }

    private mutating func add(_ step: String, _ kind: Kind, _ from: Timestamp, _ until: Timestamp) {
        spans[step, default: []].append(Span(kind: kind, from: from, until: max(from, until)))
    }
}
