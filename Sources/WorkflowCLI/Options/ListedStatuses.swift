internal import ArgumentParser
internal import WorkflowCore

extension RunStatus: ExpressibleByArgument {}

/// One or more statuses, separated by commas: those of runs, and `interrupted` for a run that goes on but is driven by
/// nobody.
struct ListedStatuses: ExpressibleByArgument, Sendable, Equatable {
    static let interrupted = "interrupted"

    let statuses: [RunStatus]
    let asksForInterrupted: Bool

    init?(argument: String) {
        var statuses: [RunStatus] = []
        var asksForInterrupted = false
        for word in argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            if word == Self.interrupted {
                asksForInterrupted = true
            } else if let status = RunStatus(rawValue: word) {
                statuses.append(status)
            } else {
                return nil
            }
        }
        (self.statuses, self.asksForInterrupted) = (statuses, asksForInterrupted)
    }

    static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }

    static var allValueStrings: [String] { RunStatus.allCases.map(\.rawValue) + [interrupted] }
}
