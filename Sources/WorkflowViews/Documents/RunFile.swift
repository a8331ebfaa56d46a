package import WorkflowCore

/// The file that a run's definition was read from, as it is now.
package enum RunFile: Sendable, Equatable {
    case same(String)
    /// It describes something else now.
    case changed(String)
    /// It is there, and is no definition any more.
    case invalid(String)
    case gone(String)
    /// No entry of the run says where it came from.
    case unknown

    package var path: String? {
        switch self {
        case .same(let path), .changed(let path), .invalid(let path), .gone(let path): path
        case .unknown: nil
        }
    }

    /// What has become of it, in a few words; nil where it is as it was.
    package var change: String? {
        switch self {
        case .changed: "changed since"
        case .invalid: "changed since, and not valid now"
        case .gone: "not there any more"
        case .same, .unknown: nil
        }
    }

    /// What whoever resumes the run is told: the run goes on with its own definition.
    package func note(on run: RunID, _ commands: CommandTexts) -> String? {
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
