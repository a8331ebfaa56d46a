/// The names in an attempt's folder.
package enum AttemptFile {
    /// Made by the engine with the folder: whose attempt this is.
    package static let marker = "marker"
    /// Who may act on the attempt: taken once, by `link`, and locked while its supervisor lives.
    package static let claim = "claim"
    /// Locked by the supervisor and by everything that its command started and that kept the descriptor.
    package static let alive = "alive"
    /// The session that the command leads; complete exactly if the command may have begun.
    package static let session = "session"
    /// The folder that the step is shown: its script, and the file to which it appends its outputs. All else in the
    /// attempt's folder is out of its sight, so a step that empties the folder of `$WORKFLOW_OUTPUT` takes no record
    /// with it.
    package static let stepFolder = "step"
    /// The step's script.
    package static let script = "step/script"
    /// Where the step appends its outputs.
    package static let writtenOutputs = "step/outputs"
    /// The named pipe into which the step writes its events.
    package static let eventPipe = "step/events"
    /// The records of earlier attempts with the same key, where there are any: a line of JSON for each.
    package static let earlierEvents = "step/earlier-events"
    /// The events that are kept, in the order in which they came; see `KeptEvents`.
    package static let keptEvents = "events"
    /// The newest progress, one line of JSON: a file that comes and goes whole.
    package static let progress = "progress"
    /// There while the attempt runs beyond its timeout, or beyond a request to end, because nothing may kill it.
    package static let notEnding = "not_ending"
    /// The outputs as the supervisor took them when the step had ended.
    package static let outputs = "outputs"
    /// Room for the exit record, taken before the command starts.
    package static let exitReserve = "exit.tmp"
    /// How the attempt ended.
    package static let exit = "exit"
    /// A request to end the command.
    package static let cancel = "cancel"
    /// A named pipe of the supervisor's: a byte in it says that there may be a request. (Watching the folder instead
    /// would take eight milliseconds of the kernel at the end of each attempt, and watches are few.)
    package static let bell = "bell"

    /// What only a supervisor that holds the claim makes: where one of these is, something may have begun. The last
    /// ones are names of earlier versions.
    package static let traces = [exit, exitReserve, alive, bell, stepFolder, outputs, keptEvents, "script"]

    /// The private name of a file that process `pid` is about to give its real name.
    package static func draft(of name: String, by pid: Int32) -> String {
        "\(name).\(pid)"
    }
}

/// Why a supervisor left without an exit record: its exit status.
package enum SupervisorExit: Int32, Sendable {
    /// It did its work, and the exit record says how that went.
    case done = 0
    case usage = 64
    /// The launch specification was cut short or damaged.
    case specification = 65
    /// The attempt's folder is gone, or belongs to another attempt.
    case folder = 66
    /// The folder cannot be written: full, read-only.
    case writing = 74
    /// Another supervisor, or the engine on resuming, has taken the claim.
    case taken = 75

    /// What happened, and what to do.
    package var message: String {
        switch self {
        case .done: "the supervisor did its work"
        case .usage: "the supervisor was called wrongly; install workflow and workflow-supervisor of the same version"
        case .specification:
            "the supervisor could not read what to run; install workflow and workflow-supervisor of the same version"
        case .folder:
            "the supervisor did not find the folder of the attempt; leave the store's folder alone while runs are "
                + "driven"
        case .writing: "the supervisor could not write to the folder of the attempt; make room, or check permissions"
        case .taken: "another supervisor or a resuming engine had the attempt already"
        }
    }
}
