package import WorkflowCore

/// What a resume would do, without doing it.
package struct ResumePlan: Sendable, Equatable {
    package let run: RunID
    package let workflow: String
    package let status: RunStatus
    package let change: DefinitionChange
}
