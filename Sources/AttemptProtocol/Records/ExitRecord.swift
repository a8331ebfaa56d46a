/// How a process ended.
package enum ProcessEnd: Sendable, Hashable {
    case exited(Int32)
    case signalled(Int32)
}

/// Why a command could not start. Its effects certainly did not happen.
package struct StartFailure: Error, Sendable, Hashable {
    package enum Stage: String, Sendable, CaseIterable {
        /// A file in the attempt's folder, or the log, could not be made.
        case preparing
        /// No further process could be made.
        case process
        case workingDirectory = "working_directory"
        /// The interpreter is missing, may not be run, or was given too much.
        case program
    }

    package var stage: Stage
    /// The system's error number.
    package var number: Int32
    /// The path in question.
    package var subject: String

    package init(stage: Stage, number: Int32, subject: String) {
        self.stage = stage
        self.number = number
        self.subject = subject
    }

    /// Something could not be made ready for the command.
    package init(preparing error: SystemError) {
        self.init(stage: .preparing, number: error.number, subject: error.subject)
    }
}

/// How an attempt ended.
package enum AttemptOutcome: Sendable, Hashable {
    /// By itself, or by a signal that was not ours.
    case ended(ProcessEnd)
    /// We ended it at its timeout.
    case timedOut(ProcessEnd)
    /// We ended it on request.
    case cancelled(ProcessEnd)
    case couldNotStart(StartFailure)
}

/// The last word of a supervisor, written once everything else about the attempt is durable.
package struct ExitRecord: Sendable, Equatable {
    /// What was found where the step appends its outputs.
    package enum Outputs: Sendable, Equatable {
        case whole(bytes: Int, checksum: UInt32)
        /// Beyond the limit, and not read.
        case tooLarge(bytes: Int)
        /// Not a plain file that can be read; the system's error number.
        case unreadable(Int32)
    }

    /// No exit record takes more room; that much is reserved before the command starts.
    package static let bytesReserved = 4096
    /// A longer subject of a start failure is cut, so that every record fits.
    package static let subjectBytesMax = 1500

    package var attemptID: String
    package var outcome: AttemptOutcome
    package var outputs: Outputs
    /// UTC, milliseconds since 1970.
    package var startedAtMilliseconds: Int64
    package var endedAtMilliseconds: Int64
    /// On the monotonic clock.
    package var durationMilliseconds: Int64
    /// Members of the session that outlived the direct process and its output, and were ended.
    package var leftoverProcesses: Int
    package var log: LogSummary
    package var events: EventSummary

    package init(
        attemptID: String, outcome: AttemptOutcome, outputs: Outputs, startedAtMilliseconds: Int64,
        endedAtMilliseconds: Int64, durationMilliseconds: Int64, leftoverProcesses: Int, log: LogSummary,
        events: EventSummary = EventSummary()
    ) {
        self.events = events
        self.attemptID = attemptID
        self.outcome = outcome
        self.outputs = outputs
        self.startedAtMilliseconds = startedAtMilliseconds
        self.endedAtMilliseconds = endedAtMilliseconds
        self.durationMilliseconds = durationMilliseconds
        self.leftoverProcesses = leftoverProcesses
        self.log = log
    }

    package var bytes: [UInt8] {
        var record = TextRecord(kind: "exit")
        record.set("attempt", attemptID)
        switch outcome {
        case .ended(let end): Self.set(end, as: "ended", in: &record)
        case .timedOut(let end): Self.set(end, as: "timed_out", in: &record)
        case .cancelled(let end): Self.set(end, as: "cancelled", in: &record)
        case .couldNotStart(let failure):
            record.set("outcome", "could_not_start")
            record.set("stage", failure.stage.rawValue)
            record.set("errno", failure.number)
            record.set("subject", String(decoding: failure.subject.utf8.prefix(Self.subjectBytesMax), as: UTF8.self))
        }
        switch outputs {
        case .whole(let bytes, let checksum):
            record.set("outputs", "whole")
            record.set("outputs_bytes", bytes)
            record.set("outputs_checksum", checksum)
        case .tooLarge(let bytes):
            record.set("outputs", "too_large")
            record.set("outputs_bytes", bytes)
        case .unreadable(let number):
            record.set("outputs", "unreadable")
            record.set("outputs_errno", number)
        }
        record.set("started_at_ms", startedAtMilliseconds)
        record.set("ended_at_ms", endedAtMilliseconds)
        record.set("duration_ms", durationMilliseconds)
        record.set("leftover_processes", leftoverProcesses)
        record.set("log_bytes", log.bytes)
        record.set("log_omitted_bytes", log.omittedBytes)
        record.set("log_lost_bytes", log.lostBytes)
        if events != EventSummary() {
            record.set("events_kept", events.kept)
            record.set("events_refused", events.refused)
            if let problem = events.problem { record.set("events_problem", problem) }
        }
        return record.bytes
    }

    package init(parsing bytes: [UInt8]) throws(TextRecord.Problem) {
        let record = try TextRecord(kind: "exit", parsing: bytes)
        let outcome: AttemptOutcome
        switch try record.text("outcome") {
        case "ended": outcome = .ended(try Self.end(in: record))
        case "timed_out": outcome = .timedOut(try Self.end(in: record))
        case "cancelled": outcome = .cancelled(try Self.end(in: record))
        case "could_not_start":
            guard let stage = StartFailure.Stage(rawValue: try record.text("stage")) else { throw .damaged }
            outcome = .couldNotStart(
                StartFailure(stage: stage, number: try record.integer("errno"), subject: try record.text("subject")))
        default: throw .damaged
        }
        let outputs: Outputs
        switch try record.text("outputs") {
        case "whole":
            outputs = .whole(
                bytes: try record.integer("outputs_bytes"), checksum: try record.integer("outputs_checksum"))
        case "too_large": outputs = .tooLarge(bytes: try record.integer("outputs_bytes"))
        case "unreadable": outputs = .unreadable(try record.integer("outputs_errno"))
        default: throw .damaged
        }
        self.init(
            attemptID: try record.text("attempt"), outcome: outcome, outputs: outputs,
            startedAtMilliseconds: try record.integer("started_at_ms"),
            endedAtMilliseconds: try record.integer("ended_at_ms"),
            durationMilliseconds: try record.integer("duration_ms"),
            leftoverProcesses: try record.integer("leftover_processes"),
            log: LogSummary(
                bytes: try record.integer("log_bytes"), omittedBytes: try record.integer("log_omitted_bytes"),
                lostBytes: try record.integer("log_lost_bytes")),
            // Only where there were some, and never in records of earlier versions.
            events: EventSummary(
                kept: (try? record.integer("events_kept")) ?? 0, refused: (try? record.integer("events_refused")) ?? 0,
                problem: try? record.text("events_problem")))
    }

    private static func set(_ end: ProcessEnd, as outcome: String, in record: inout TextRecord) {
        record.set("outcome", outcome)
        switch end {
        case .exited(let status): record.set("exited", status)
        case .signalled(let signal): record.set("signalled", signal)
        }
    }

    private static func end(in record: TextRecord) throws(TextRecord.Problem) -> ProcessEnd {
        if let status: Int32 = try? record.integer("exited") { return .exited(status) }
        return .signalled(try record.integer("signalled"))
    }
}
