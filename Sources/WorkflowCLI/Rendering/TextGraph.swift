internal import WorkflowCore
internal import WorkflowExecutors
internal import WorkflowViews

/// A graph as a tree for a terminal. Steps stand below each other in their order; what does not simply follow the step
/// above says what it starts after.
///
/// ```
/// deploy, run-2026-02-02-001: running
/// ├─ planning            success
/// │  ├─ checks           success
/// │  ╰─ images           success  at once
/// ╰─ configuring         running
///    ├─ cluster          success
///    ╰─ addons           running  for each item
///       ├─ addons[dns]   success
///       ╰─ addons[cni]   running
/// ```
struct TextGraph {
    private static let leftMax = 60

    let graph: WorkflowGraph
    let screen: Screen

    private struct Row {
        let left: String
        let status: String?
        let notes: String
    }

    func lines() -> [String] {
        let title = graph.run.map { "\(graph.name), \($0.id): \($0.status.rawValue)" } ?? graph.name
        var rows: [Row] = []
        append(graph.root, margin: "", isRoot: true, to: &rows)
        let widest = min(rows.map { Table.width($0.left) }.max() ?? 0, Self.leftMax)
        let statusWidth = rows.compactMap { $0.status?.count }.max() ?? 0
        return [title]
            + rows.map { row in
                var line = Table.padded(row.left, to: widest)
                if statusWidth > 0 { line += "  " + Table.padded(row.status ?? "", to: statusWidth) }
                if !row.notes.isEmpty { line += "  " + row.notes }
                while line.hasSuffix(" ") { line.removeLast() }
                line = screen.fitted(line)
                return row.status.map { StatusColour.paint(line, word: $0, if: screen.hasColour) } ?? line
            }
    }

    private func append(_ contents: WorkflowGraph.Contents, margin: String, isRoot: Bool, to rows: inout [Row]) {
        var names: [Int: String] = [:]
        var needs: [Int: [Int]] = [:]
        var labels: [Int: [String]] = [:]
        for node in contents.nodes { names[node.id] = shown(node.label) }
        for edge in contents.edges {
            if let label = edge.label {
                // A return stands at the stage that goes back, owed work at itself.
                let goesBack = edge.to <= edge.from
                let target = goesBack ? " back to \(names[edge.to] ?? "")" : ""
                labels[goesBack ? edge.from : edge.to, default: []].append(told(label, target))
            } else {
                needs[edge.to, default: []].append(edge.from)
            }
        }
        let areItems = contents.edges.isEmpty && contents.nodes.allSatisfy { $0.label.hasSuffix("]") }
        var above: Int?
        for (place, node) in contents.nodes.enumerated() {
            let isLast = place == contents.nodes.count - 1
            var notes: [String] = []
            if !isRoot, !areItems {
                let own = needs[node.id] ?? []
                if own.isEmpty, above != nil { notes.append("at once") }
                if !own.isEmpty, own != [above] {
                    notes.append("after " + own.compactMap { names[$0] }.joined(separator: ", "))
                }
            }
            if let detail = node.detail { notes.append(shown(detail)) }
            notes += labels[node.id] ?? []
            rows.append(
                Row(
                    left: margin + (isLast ? marks.last : marks.next) + shown(GraphLabel.shortened(node.label)),
                    status: node.status?.rawValue, notes: notes.joined(separator: "; ")))
            if let inside = node.contents {
                append(inside, margin: margin + (isLast ? "   " : marks.down), isRoot: false, to: &rows)
            }
            above = node.id
        }
    }

    /// `on failure, 2 times at most` becomes `on failure back to configuring, 2 times at most`.
    private func told(_ label: String, _ target: String) -> String {
        guard !target.isEmpty, let comma = label.firstIndex(of: ",") else { return label + target }
        return label[..<comma] + target + label[comma...]
    }

    private var marks: (next: String, last: String, down: String) {
        screen.hasUnicode ? ("├─ ", "╰─ ", "│  ") : ("|- ", "`- ", "|  ")
    }

    private func shown(_ text: String) -> String { DisplayLine.text(Array(text.utf8)) }
}
