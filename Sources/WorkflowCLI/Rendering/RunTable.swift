internal import JSON
internal import WorkflowCore
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowViews

/// Runs as a table: what `list` prints.
struct RunTable {
    struct Row {
        let record: RunRecord
        let isDriven: Bool
        /// It goes on, no process drives it, and it was not left because it waited for somebody.
        let isInterrupted: Bool
        /// What it is at; nil where it has ended, or nobody looked.
        let activity: String?
    }

    private static let headings = ["RUN", "WORKFLOW", "STATUS", "STAGE", "CHECKPOINT", "CREATED", "UPDATED", "LABELS"]
    private static let workflowColumn = 1
    private static let checkpointColumn = 4
    private static let labelsColumn = 7
    /// A longer name of a workflow leaves no room for the status.
    private static let workflowColumns = 24
    /// On a narrower screen a run's id and its workflow leave no room for the status.
    private static let narrowColumns = 60

    let rows: [Row]
    let screen: Screen

    func lines() -> [String] {
        let unlabelled: Set<Int> = rows.allSatisfy(\.record.labels.isEmpty) ? [Self.labelsColumn] : []
        var lines = table(without: unlabelled).lines()
        // What a pipe takes is whole.
        if screen.isTerminal, !fits(lines) {
            lines = table(without: unlabelled.union([Self.checkpointColumn]), workflowColumns: Self.workflowColumns)
                .lines()
            if !fits(lines) {
                lines =
                    table(
                        without: [Self.checkpointColumn, Self.labelsColumn], workflowColumns: Self.workflowColumns
                    ).lines()
            }
            // What happened matters more than of what.
            if !fits(lines), screen.columns < Self.narrowColumns {
                lines = table(without: [Self.workflowColumn, Self.checkpointColumn, Self.labelsColumn]).lines()
            }
        }
        return lines.enumerated().map { index, line in
            let line = screen.isTerminal ? screen.fitted(line) : line
            guard index > 0 else { return line }
            return StatusColour.paint(
                line, word: rows[index - 1].record.projection.status.rawValue, if: screen.hasColour)
        }
    }

    private func fits(_ lines: [String]) -> Bool { lines.allSatisfy { Table.width($0) <= screen.columns } }

    private func table(without columns: Set<Int>, workflowColumns: Int? = nil) -> Table {
        func kept(_ cells: [String]) -> [String] {
            cells.enumerated().filter { !columns.contains($0.offset) }.map(\.element)
        }
        var table = Table(kept(Self.headings))
        for row in rows {
            let record = row.record
            table.add(
                kept([
                    record.id.text, workflowColumns.map { screen.cut(record.workflow, to: $0) } ?? record.workflow,
                    status(row), record.projection.stage,
                    record.checkpoint?.text ?? "-", age(record.createdAt), age(record.updatedAt),
                    labels(record),
                ]))
        }
        return table
    }

    private func status(_ row: Row) -> String {
        let status = row.record.projection.status
        var parts: [String] = []
        if !row.isDriven, let stop = row.record.projection.stop {
            parts.append("stopped by " + DisplayLine.text(Array(stop.utf8)))
        } else if !row.isDriven, status == .running || status == .rollingBack {
            parts.append(row.isInterrupted ? ListedStatuses.interrupted : "not driven")
        }
        if row.record.projection.failures > 0 { parts.append("\(row.record.projection.failures) failed") }
        if let activity = row.activity { parts.append(activity) }
        return status.rawValue + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
    }

    private func labels(_ record: RunRecord) -> String {
        record.labels.sorted { JSONText.precedes($0.key, $1.key) }
            .map { DisplayLine.text(Array("\($0.key)=\($0.value)".utf8)) }.joined(separator: ",")
    }

    private func age(_ instant: Timestamp) -> String {
        let age = screen.now.since(instant)
        return age.count < 1000 ? "now" : age.spokenBriefly + " ago"
    }
}
