internal import Glibc
internal import WorkflowCore
internal import WorkflowDefinitions

/// The file that a run's definition was read from, as it is now.
enum RunFile: Sendable, Equatable {
    case same(String)
    /// It describes something else now.
    case changed(String)
    /// It is there, and is no definition any more.
    case invalid(String)
    case gone(String)
    /// No entry of the run says where it came from.
    case unknown

    init(of state: RunState) {
        guard let path = state.definitionFile else {
            self = .unknown
            return
        }
        guard access(path, R_OK) == 0 else {
            self = .gone(path)
            return
        }
        // Whoever started the run allowed what it includes, and nothing of it is shown here.
        guard let found = (try? DefinitionFile.check(path, including: ["/"]))?.definition else {
            self = .invalid(path)
            return
        }
        self = found.hash == state.definitionHash ? .same(path) : .changed(path)
    }

    /// Absolute, as a run keeps it.
    static func absolute(_ path: String, in folder: String) -> String {
        path.hasPrefix("/") ? path : folder + "/" + path
    }

    var path: String? {
        switch self {
        case .same(let path), .changed(let path), .invalid(let path), .gone(let path): path
        case .unknown: nil
        }
    }

    /// What has become of it, in a few words; nil where it is as it was.
    var change: String? {
        switch self {
        case .changed: "changed since"
        case .invalid: "changed since, and not valid now"
        case .gone: "not there any more"
        case .same, .unknown: nil
        }
    }

    /// What whoever resumes the run is told: the run goes on with its own definition.
    func note(on run: RunID, _ commands: CommandTexts) -> String? {
        switch self {
        case .changed(let path):
            "\(path) has changed since \(run.text) began, which keeps its own definition. What the change would mean: "
                + commands.move(run, to: path)
        case .invalid(let path):
            "\(path) has changed since \(run.text) began, which keeps its own definition, and is not valid now: "
                + "workflow validate \(CommandTexts.quoted(path))"
        case .same, .gone, .unknown: nil
        }
    }
}
