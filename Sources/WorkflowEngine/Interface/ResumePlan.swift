package import WorkflowCore
internal import WorkflowStore

/// What a resume would do, without doing it.
package struct ResumePlan: Sendable, Equatable {
    package let run: RunID
    package let workflow: String
    package let status: RunStatus
    /// Another process drives the run: a resume is refused until that leaves.
    package let isDriven: Bool
    /// Of the steps of which the forecast says nothing by name.
    package let change: DefinitionChange
    package let forecast: ResumeForecast
    /// Steps that have not run yet, and are written otherwise in the definition that the run would be moved to.
    package let rewritten: [String]

    init(
        _ record: RunRecord, _ status: RunStatus, isDriven: Bool, _ change: DefinitionChange,
        _ forecast: ResumeForecast,
        rewritten: [String] = []
    ) {
        run = record.id
        workflow = record.workflow
        self.status = status
        self.isDriven = isDriven
        self.change = change
        self.forecast = forecast
        self.rewritten = rewritten
    }
}
