package import WorkflowCore

/// How many steps are how, kept up to date one change at a time.
package struct ProgressTally: Sendable, Equatable {
    package var total = 0
    /// Succeeded and skipped.
    package var done = 0
    package var failed = 0
    package var cancelled = 0
    package var running = 0
    /// Waiting, retrying and in doubt.
    package var held = 0

    package var ended: Int { done + failed + cancelled }
    package var pending: Int { max(0, total - ended - running - held) }

    package mutating func add(_ status: StepStatus, _ count: Int = 1) {
        total += count
        move(status, count)
    }

    package mutating func change(_ old: StepStatus, to new: StepStatus, _ count: Int = 1) {
        move(old, -count)
        move(new, count)
    }

    package mutating func add(_ other: ProgressTally) {
        total += other.total
        done += other.done
        failed += other.failed
        cancelled += other.cancelled
        running += other.running
        held += other.held
    }

    private mutating func move(_ status: StepStatus, _ delta: Int) {
        switch status {
        case .pending: break
        case .running: running += delta
        case .retrying, .waiting, .inDoubt: held += delta
        case .success, .skipped: done += delta
        case .failed: failed += delta
        case .cancelled, .compensated: cancelled += delta
        }
    }
}
