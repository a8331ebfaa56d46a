package import WorkflowCore
package import WorkflowStore

/// What is left of a run, told from earlier ones: how long it took them from where this one is now to their end.
///
/// Time that they spent waiting for an answer, or without a driver, does not count. Each step that ends sets the
/// estimate right; in between it runs down.
package struct TimeEstimate: Sendable {
    /// The newest completed runs of the same workflow that are looked at.
    private static let runsMax = 5
    /// Of a longer journal only its length is used.
    private static let entriesMax = 1000

    /// One earlier run: from the end of each step of a stage to the end of the run.
    private struct Past: Sendable {
        var whole: Milliseconds
        var left: [String: Milliseconds] = [:]
    }

    private var pasts: [Past] = []
    private var anchor: (left: Milliseconds, at: Timestamp)?

    /// Without earlier runs it estimates nothing.
    package init() {}

    /// Reads at most `runsMax` runs, each at most `entriesMax` entries. Whatever cannot be read is left out.
    package static func of(_ workflow: String, beside run: RunID, in store: any WorkflowStore) async -> TimeEstimate {
        var estimate = TimeEstimate()
        let filter = RunFilter(statuses: [.completed], workflow: workflow, limit: runsMax + 1)
        for record in (try? await store.runs(filter)) ?? [] where record.id != run {
            guard estimate.pasts.count < runsMax, !Task.isCancelled else { break }
            guard record.head <= entriesMax else {
                estimate.pasts.append(Past(whole: record.updatedAt.since(record.createdAt)))
                continue
            }
            let entries = try? await store.entries(of: record.uuid, after: 0, through: nil, limit: entriesMax)
            if let entries { estimate.learn(entries) }
        }
        return estimate
    }

    /// Takes the journal of a completed run in.
    package mutating func learn(_ entries: [Entry]) {
        guard let first = entries.first, let last = entries.last else { return }
        // Time in which nothing but others could go on is taken out.
        var idle: Int64 = 0
        var idleSince: Timestamp?
        var asking: Set<String> = []
        var ends: [(step: String, at: Int64)] = []
        func at(_ entry: Entry) -> Int64 { entry.at.since(first.at).count - idle }
        for entry in entries {
            switch entry.fact {
            case .driverDetached, .runPaused: idleSince = idleSince ?? entry.at
            case .driverAttached:
                if let since = idleSince { idle += max(0, entry.at.since(since).count) }
                idleSince = nil
            case .attemptStarted(let fact) where fact.question != nil:
                asking.insert(fact.step)
                idleSince = idleSince ?? entry.at
            case .stepSucceeded(let fact):
                answered(fact.step, entry)
                ends.append((fact.step, at(entry)))
            case .stepSkipped(let fact):
                answered(fact.step, entry)
                ends.append((fact.step, at(entry)))
            default: break
            }
        }
        func answered(_ step: String, _ entry: Entry) {
            guard asking.remove(step) != nil, asking.isEmpty, let since = idleSince else { return }
            idle += max(0, entry.at.since(since).count)
            idleSince = nil
        }
        let whole = at(last)
        var past = Past(whole: Milliseconds(max(0, whole)))
        for (step, at) in ends { past.left[step] = Milliseconds(max(0, whole - at)) }
        pasts.append(past)
    }

    /// The run began.
    package mutating func began(at: Timestamp) {
        if let left = TimeEstimate.median(pasts.map(\.whole)) { anchor = (left, at) }
    }

    /// A step of a stage has ended.
    package mutating func ended(_ step: String, at: Timestamp) {
        if let left = TimeEstimate.median(pasts.compactMap { $0.left[step] }) { anchor = (left, at) }
    }

    /// What is left; nil where nothing is known, zero where it takes longer than it used to.
    package func left(at now: Timestamp) -> Milliseconds? {
        anchor.map { Milliseconds(max(0, $0.left.count - max(0, now.since($0.at).count))) }
    }

    private static func median(_ lengths: [Milliseconds]) -> Milliseconds? {
        lengths.isEmpty ? nil : lengths.sorted()[lengths.count / 2]
    }
}
