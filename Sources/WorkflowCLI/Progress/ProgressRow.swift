internal import Terminal

/// A line of the live view, and how much it matters where there is not room for all.
struct ProgressRow {
    /// What is kept first comes first.
    enum Rank: Int, CaseIterable {
        case heading
        /// Failed for good, in doubt, drifted; what holds up everything.
        case trouble
        /// Waits for a person or a signal; and what to type.
        case asks
        /// The present stage, and what holds others.
        case frame
        case running
        /// A failure that the run goes on after, or that of an item.
        case innerFailure
        case output
        case otherStage
        case done
        case pending
    }

    /// What a line that is left out counts as.
    enum Kind: CaseIterable {
        case none, running, failed, done, pending, other, stage

        fileprivate func text(_ count: Int) -> String? {
            switch self {
            case .none: nil
            case .running: "\(count) running"
            case .failed: "\(count) failed"
            case .done: "\(count) done"
            case .pending: "\(count) pending"
            case .other: "\(count) waiting"
            case .stage: "\(count) \(count == 1 ? "stage" : "stages")"
            }
        }
    }

    var line: StyledLine
    var rank: Rank
    var kind: Kind = .none

    /// As many lines as fit, in their order; the last one tells what was left out.
    ///
    /// - Parameter unlistedFailures: failed steps that have no row.
    static func fitting(
        _ rows: [ProgressRow], into most: Int, more: String, unlistedFailures: Int = 0
    ) -> [StyledLine] {
        guard rows.count > most || unlistedFailures > 0 else { return rows.map(\.line) }
        var room = max(1, most - 1)
        var isKept = Array(repeating: false, count: rows.count)
        for rank in Rank.allCases where room > 0 {
            var places = rows.indices.filter { rows[$0].rank == rank }
            // Of what is over the newest is kept, of anything else the first.
            if rank == .done || rank == .innerFailure { places.reverse() }
            for place in places.prefix(room) { isKept[place] = true }
            room -= min(room, places.count)
        }
        var left: [Kind: Int] = unlistedFailures > 0 ? [.failed: unlistedFailures] : [:]
        for (place, row) in rows.enumerated() where !isKept[place] { left[row.kind, default: 0] += 1 }
        let parts = Kind.allCases.compactMap { kind in left[kind].flatMap { kind.text($0) } }
        var lines = rows.indices.filter { isKept[$0] }.map { rows[$0].line }
        if most > 1, !parts.isEmpty {
            lines.append(StyledLine("\(more) not shown: " + parts.joined(separator: ", "), .quiet))
        }
        return lines
    }
}
