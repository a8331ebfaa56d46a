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
    /// Done steps whose `verify` is asked before anything starts: one that does not hold any more stops the resume.
    package let verified: [String]
    /// Steps that run again though what their last attempt did is not known: it was ended by its timeout or a signal.
    package let unknown: [String]
    /// Why a resume from here would be refused: secrets that cannot be had. Those that a command prints are not looked
    /// for.
    package let lacking: [String]

    init(
        _ record: RunRecord, _ status: RunStatus, isDriven: Bool, _ change: DefinitionChange,
        _ forecast: ResumeForecast,
        rewritten: [String] = [], verified: [String] = [], unknown: [String] = [], lacking: [String] = []
    ) {
        run = record.id
        workflow = record.workflow
        self.status = status
        self.isDriven = isDriven
        self.change = change
        self.forecast = forecast
        self.rewritten = rewritten
        self.verified = verified
        self.unknown = unknown
        self.lacking = lacking
    }
}
