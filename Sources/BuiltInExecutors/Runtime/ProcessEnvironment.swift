import Glibc

/// The variables that this process was started with.
enum ProcessEnvironment {
    static let names = ["WORKFLOW_EVENTS", "WORKFLOW_OUTPUT"]

    static var variables: [String: String] {
        var variables: [String: String] = [:]
        for name in names { if let value = getenv(name) { variables[name] = String(cString: value) } }
        return variables
    }
}
