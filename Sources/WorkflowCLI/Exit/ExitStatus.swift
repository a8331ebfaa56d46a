internal import WorkflowCore
internal import WorkflowEngine

/// How this program ends: the only place that knows the numbers.
///
/// 64 to 77 are those of `sysexits.h`, 129 and above are 128 and a signal, as shells count.
enum ExitStatus: Int32, Sendable, CaseIterable {
    case completed = 0
    /// It can be resumed.
    case failed = 1
    /// For a person, a signal or a timer.
    case waiting = 3
    /// Ended or stopped on request: cancelled, paused, rolled back, handed over.
    case cancelled = 4
    case usage = 64
    /// A definition, parameter, expression or output.
    case invalid = 65
    /// No such file, run, step, checkpoint or store.
    case notFound = 66
    case unavailable = 69
    case defect = 70
    case inputOutput = 74
    /// Another live process drives the run, or migrates the store.
    case busy = 75
    case notPermitted = 77
    case hangup = 129
    case interrupt = 130
    case terminate = 143

    /// For people, in few words.
    var meaning: String {
        switch self {
        case .completed: "The run is completed, or the look succeeded."
        case .failed:
            "The run failed or was interrupted; it can be resumed: the last line on standard error is the command."
        case .waiting: "The run waits for a person, a signal or a timer."
        case .cancelled: "The run is cancelled, paused, rolled back or moved."
        case .usage: "Wrong usage."
        case .invalid: "A definition, parameter, checkpoint file, expression or output is invalid."
        case .notFound: "There is no such file, run, step, checkpoint or store."
        case .unavailable: "The store cannot be reached, or the supervisor is missing."
        case .defect: "A defect of this program."
        case .inputOutput:
            "I/O error: the disk is full, the store is damaged, read-only, or of a newer version of this program."
        case .busy: "Another live process drives the run, or migrates the store."
        case .notPermitted: "Not permitted."
        case .hangup: "Stopped by SIGHUP after saving; can be resumed."
        case .interrupt: "Stopped by SIGINT after saving; can be resumed."
        case .terminate: "Stopped by SIGTERM after saving; can be resumed."
        }
    }

    /// What a run that nobody drives amounts to.
    init(_ status: RunStatus) {
        switch status {
        case .completed: self = .completed
        // Created or interrupted: it can be resumed like a failed one.
        case .failed, .pending, .running, .rollingBack: self = .failed
        case .waiting: self = .waiting
        case .paused, .cancelled, .rolledBack, .moved: self = .cancelled
        }
    }

    init(_ end: DriveEnd) {
        switch end {
        case .ended(let status): self.init(status)
        case .waiting: self = .waiting
        case .stopped(let signal):
            switch signal {
            case "SIGHUP": self = .hangup
            case "SIGINT": self = .interrupt
            default: self = .terminate
            }
        case .existed(_, isDriven: true): self = .busy
        case .existed(let status, isDriven: false): self.init(status)
        }
    }

    /// Of several runs driven side by side the worst counts.
    func worse(_ other: ExitStatus) -> ExitStatus { severity >= other.severity ? self : other }

    private var severity: Int {
        switch self {
        case .completed: 0
        case .cancelled: 1
        case .waiting: 2
        case .failed: 3
        case .busy: 4
        case .usage, .invalid, .notFound, .unavailable, .notPermitted: 5
        case .inputOutput: 6
        case .defect: 7
        case .hangup, .interrupt, .terminate: 8
        }
    }
}
