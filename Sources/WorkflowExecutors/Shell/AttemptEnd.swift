package import AttemptProtocol
internal import Glibc
package import JSON

/// How an attempt ended, as its supervisor recorded it.
package struct AttemptEnd: Sendable, Equatable {
    package var outcome: AttemptOutcome
    /// What the step left in `WORKFLOW_OUTPUT`, as written, secrets masked; or why that cannot be taken.
    package var outputs: Result<[String: String], OutputError>
    /// UTC, milliseconds since 1970.
    package var startedAtMilliseconds: Int64
    package var endedAtMilliseconds: Int64
    /// On the monotonic clock.
    package var durationMilliseconds: Int64
    /// Processes that the step left behind in its session, and that were ended.
    package var leftoverProcesses: Int
    package var log: LogSummary
    /// What it had kept of its events, in their order.
    package var events: [JSONValue] = []
    /// How many of its events were taken, and how many were not and why.
    package var eventSummary = EventSummary()

    package init(
        outcome: AttemptOutcome, outputs: Result<[String: String], OutputError>, startedAtMilliseconds: Int64,
        endedAtMilliseconds: Int64, durationMilliseconds: Int64, leftoverProcesses: Int = 0,
        log: LogSummary = LogSummary(), events: [JSONValue] = [], eventSummary: EventSummary = EventSummary()
    ) {
        self.outcome = outcome
        self.outputs = outputs
        self.startedAtMilliseconds = startedAtMilliseconds
        self.endedAtMilliseconds = endedAtMilliseconds
        self.durationMilliseconds = durationMilliseconds
        self.leftoverProcesses = leftoverProcesses
        self.log = log
        self.events = events
        self.eventSummary = eventSummary
    }
}

extension AttemptEnd {
    /// Why it failed, as it said last itself.
    package var failureEvent: FailureEvent? {
        for value in events.reversed() {
            if case .failure(let failure)? = try? AttemptEvent(kept: value) { return failure }
        }
        return nil
    }
}

extension ProcessEnd {
    /// In words, for messages.
    package var text: String {
        switch self {
        case .exited(let status): "exit status \(status)"
        case .signalled(let signal): "signal \(signal)"
        }
    }
}

extension StartFailure {
    /// What went wrong, and what to do.
    package var message: String {
        let reason = SystemError.text(of: number)
        return switch stage {
        case .preparing:
            "\(subject) could not be made ready (\(reason)); \(SystemError.move(number, "check who may write there"))"
        case .process:
            "no further process could be made (\(reason)); "
                + SystemError.move(number, "raise the limit of processes, or lower max_parallel")
        case .workingDirectory:
            "the working directory \(subject) cannot be entered (\(reason)); check working_directory"
        case .program where number == E2BIG:
            "\(subject) cannot be run (\(reason)): \(CommandSize.rule)"
        case .program: "\(subject) cannot be run (\(reason)); check shell and PATH"
        }
    }
}
