package import WorkflowCore
package import WorkflowEngine
internal import WorkflowStore

/// How far a run has come: `7 of 12 steps are done; the newest checkpoint is chk-2026-02-02-007.`
package struct RunProgress {
    package let count: StepCount
    private let checkpoint: String?

    package init(_ view: RunView) {
        count = StepCount(view.state)
        checkpoint = view.record.checkpoint?.text
    }

    package var text: String {
        count.text + "; " + (checkpoint.map { "the newest checkpoint is \($0)." } ?? "there is no checkpoint yet.")
    }
}
