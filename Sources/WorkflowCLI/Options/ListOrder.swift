internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowStore

/// `--sort`: in which order runs are listed. Runs that are equal in it stand the newest first.
enum ListOrder: String, CaseIterable, ExpressibleByArgument, Sendable {
    case created, updated, status, workflow

    /// - Parameter records: the newest first.
    func sorted(_ records: [RunRecord]) -> [RunRecord] {
        switch self {
        case .created: records
        case .updated: sorted(records) { $0.updatedAt > $1.updatedAt }
        case .status: sorted(records) { ListOrder.place($0) < ListOrder.place($1) }
        case .workflow: sorted(records) { $0.workflow.utf8.lexicographicallyPrecedes($1.workflow.utf8) }
        }
    }

    /// Equal ones stay in their order.
    private func sorted(_ records: [RunRecord], _ precedes: (RunRecord, RunRecord) -> Bool) -> [RunRecord] {
        records.enumerated().sorted { first, second in
            if precedes(first.element, second.element) { return true }
            return !precedes(second.element, first.element) && first.offset < second.offset
        }.map(\.element)
    }

    private static func place(_ record: RunRecord) -> Int {
        RunStatus.allCases.firstIndex(of: record.projection.status) ?? RunStatus.allCases.count
    }
}
