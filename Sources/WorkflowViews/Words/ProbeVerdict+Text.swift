package import WorkflowCore

extension ProbeVerdict {
    package var text: String {
        switch self {
        case .done: "done"
        case .notDone: "not done"
        case .cannotTell: "cannot tell"
        }
    }
}
