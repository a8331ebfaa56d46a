internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore

/// How far a run has come: `7 of 12 steps are done; the newest checkpoint is chk-2026-02-02-007.`
///
/// Counted are the steps of the stages that do something themselves; items count as soon as there are any, and steps that
/// were skipped are done.
struct RunProgress {
    let done: Int
    let all: Int
    private let checkpoint: String?

    init(_ view: RunView) {
        let state = view.state
        var (done, all) = (0, 0)
        for range in state.program.stageRanges {
            for number in state.stepsInOrder(from: range) where state.containers[number] == nil {
                all += 1
                switch state.steps[number].phase {
                case .succeeded, .skipped: done += 1
                case .blocked, .ready, .running, .sleeping, .asking, .awaitingLocks, .open, .repeating, .retrying,
                    .inDoubt, .failed, .cancelled:
                    break
                }
            }
        }
        (self.done, self.all) = (done, all)
        checkpoint = view.record.checkpoint?.text
    }

    var text: String {
        "\(done) of \(all) \(all == 1 ? "step is" : "steps are") done; "
            + (checkpoint.map { "the newest checkpoint is \($0)." } ?? "there is no checkpoint yet.")
    }
}
