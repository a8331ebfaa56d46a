internal import Glibc
internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowViews

extension RunFile {
    /// Looks at the file.
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
}
