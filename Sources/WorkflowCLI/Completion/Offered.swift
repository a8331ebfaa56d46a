internal import ArgumentParser
internal import WorkflowExecutors

/// A word that completes another, with what it is: zsh and fish show that beside it.
struct Offered: Sendable {
    var name: String
    var description = ""

    /// As the script of the shell takes it that asks.
    var text: String {
        switch CompletionShell.requesting {
        case .zsh?:
            let name = name.replacing("\\", with: "\\\\").replacing(":", with: "\\:")
            return description.isEmpty ? name : "\(name):\(shown)"
        case .fish?: return description.isEmpty ? name : "\(name)\t\(shown)"
        default: return name
        }
    }

    /// On one line, and without anything that a terminal obeys.
    private var shown: String { DisplayLine.text(Array(description.utf8)) }
}
