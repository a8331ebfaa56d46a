internal import JSON
internal import WorkflowCore
package import WorkflowEngine
package import WorkflowStore

/// A checkpoint as data: the document that `checkpoint show` prints, with exactly the fields that are promised.
package enum CheckpointDocument {
    package static func of(_ view: CheckpointView) -> Document {
        let state = view.state
        let completed = state.completedSteps
        let isCompleted = Set(completed)
        let pending = state.stepsInOrder().filter { !isCompleted.contains($0) && state.stage(ofStep: $0) != nil }
        return .members([
            "checkpoint": .members([
                "id": .string(view.record.id.text),
                "run": .string(view.record.runID.text),
                "workflow": .string(view.workflow),
                "stage": .string(stage(pending.first, view)),
                "created_at": .string(view.record.createdAt.text),
                "completed_steps": .list(completed.map { completedStep($0, of: state) }),
                "pending_steps": .list(
                    pending.map { .members(["name": .string(state.name(ofStep: $0))]) }),
                "resume_command": .block("workflow resume --checkpoint \(view.record.id.text)\n"),
            ])
        ])
    }

    /// Where the run goes on from here: behind the last step of a stage that is the next one.
    private static func stage(_ next: Int?, _ view: CheckpointView) -> String {
        next.map { view.state.stageName(ofStep: $0) } ?? view.record.stage
    }

    private static func completedStep(_ number: Int, of state: RunState) -> Document {
        .members([
            "name": .string(state.name(ofStep: number)),
            "status": .string(state.steps[number].status.rawValue),
            "outputs": Document(state.outputs(ofStep: number)),
        ])
    }

    /// One element of `checkpoint list`.
    package static func listed(_ record: CheckpointRecord) -> Document {
        .members([
            "id": .string(record.id.text),
            "run": .string(record.runID.text),
            "stage": .string(record.stage),
            "step": .string(record.step),
            "created_at": .string(record.createdAt.text),
        ])
    }
}
