internal import JSON
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore

/// The run that a command looks at, as a person names it: by its id, by the end of its id, or not at all, which is the
/// newest run.
///
/// For looks alone. What changes a run takes its whole id: a guess must not cancel anything.
struct RunReference {
    private static let pageRuns = 1000
    private static let candidatesNamed = 10

    /// As typed.
    let word: String?

    /// The run that is meant. Where its id was not typed whole, standard error says which run was taken.
    ///
    /// - Throws: `.usage` where more than one run could be meant.
    func run(in session: Session, _ console: Console) async throws(CommandFailure) -> RunID {
        guard let word else { return try await newest(session, console) }
        let found = try await candidates(word, session.store)
        // A command that looks at a run that is not there says so.
        guard let first = found.first else { return RunID(word) }
        guard found.count > 1 else {
            if !first.text.isSame(as: word) { console.note("\(first.text) (its id ends in \(word))") }
            return first
        }
        let more = found.count > Self.candidatesNamed ? " and \(found.count - Self.candidatesNamed) more" : ""
        throw CommandFailure(
            .usage,
            "the ids of \(found.count) runs end in \(word): "
                + found.prefix(Self.candidatesNamed).map(\.text).joined(separator: ", ") + more
                + "; type more of the id")
    }

    /// The newest run that no step has started; a child is looked at by its name.
    private func newest(_ session: Session, _ console: Console) async throws(CommandFailure) -> RunID {
        let records = try await page(before: nil, session.store)
        guard let record = records.first(where: { $0.parent == nil }) ?? records.first else {
            throw CommandFailure(
                .notFound, "there is no run in \(session.store.place); start one with `workflow run FILE`")
        }
        console.note("\(record.id.text) (the newest run)")
        return record.id
    }

    /// The run of that id, else those whose id ends in the word: behind `-`, `.` or `_` if there are such. The newest
    /// first.
    private func candidates(_ word: String, _ store: any WorkflowStore) async throws(CommandFailure) -> [RunID] {
        guard !word.isEmpty else { return [] }
        do throws(StoreError) {
            if let exact = try await store.run(named: RunID(word)) { return [exact.id] }
        } catch {
            throw CommandFailure(error)
        }
        var whole: [RunID] = []
        var others: [RunID] = []
        var last: RunID?
        repeat {
            let records = try await page(before: last, store)
            for record in records {
                let id = Array(record.id.text.utf8)
                guard id.count > word.utf8.count, id.suffix(word.utf8.count).elementsEqual(word.utf8) else { continue }
                if "-._".utf8.contains(id[id.count - word.utf8.count - 1]) {
                    whole.append(record.id)
                } else {
                    others.append(record.id)
                }
            }
            last = records.count == Self.pageRuns ? records.last?.id : nil
        } while last != nil
        return whole.isEmpty ? others : whole
    }

    private func page(before: RunID?, _ store: any WorkflowStore) async throws(CommandFailure) -> [RunRecord] {
        do throws(StoreError) {
            return try await store.runs(RunFilter(before: before, limit: Self.pageRuns))
        } catch {
            throw CommandFailure(error)
        }
    }
}
