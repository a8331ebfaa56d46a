internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine

extension RunStatus: ExpressibleByArgument {}

/// One or more words, separated by commas: statuses of runs; `interrupted` for a run that goes on but is driven by
/// nobody; and what runs wait for: `in_doubt`, `approval`, `signal`, `queued`, `retrying`, `owed`.
struct ListedStatuses: ExpressibleByArgument, Sendable, Equatable {
    static let interrupted = "interrupted"

    let statuses: [RunStatus]
    let asksForInterrupted: Bool
    let attention: Set<AttentionItem.Kind>

    /// Kinds that are asked for by a word of their own: `owed` also means unanswered approvals.
    private static let words: [AttentionItem.Kind] = [
        .inDoubt, .notEnding, .drifted, .approval, .signal, .queued, .retrying, .owed,
    ]

    init?(argument: String) {
        var statuses: [RunStatus] = []
        var asksForInterrupted = false
        var attention: Set<AttentionItem.Kind> = []
        for word in argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            if word == Self.interrupted {
                asksForInterrupted = true
            } else if let status = RunStatus(rawValue: word) {
                statuses.append(status)
            } else if let kind = Self.words.first(where: { $0.rawValue == word }) {
                attention.insert(kind)
                if kind == .owed { attention.insert(.approval) }
            } else {
                return nil
            }
        }
        (self.statuses, self.asksForInterrupted, self.attention) = (statuses, asksForInterrupted, attention)
    }

    static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }

    static var allValueStrings: [String] {
        RunStatus.allCases.map(\.rawValue) + [interrupted] + words.map(\.rawValue)
    }
}
