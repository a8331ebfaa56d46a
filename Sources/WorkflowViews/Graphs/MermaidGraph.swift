package import WorkflowCore

/// A graph as a flowchart of Mermaid, which GitHub and many wikis draw where it stands in a fenced block.
///
/// Names of nodes are numbers of ours, and every label stands in quotes with all that Mermaid could read as syntax
/// written as entities: no step is called `end` by accident.
package enum MermaidGraph {
    package static func text(of graph: WorkflowGraph) -> String {
        var lines = ["flowchart TD"]
        let title = graph.run.map { "\(graph.name), \($0.id): \($0.status.rawValue)" } ?? graph.name
        lines.insert("%% " + title, at: 0)
        var clusters: [(id: Int, status: StepStatus)] = []
        append(graph.root, depth: 1, to: &lines, &clusters)
        var used: Set<StepStatus> = []
        collect(graph.root, &used)
        for status in StepStatus.allCases where used.contains(status) {
            lines.append("  classDef \(status.rawValue) \(style(status))")
        }
        for cluster in clusters { lines.append("  class n\(cluster.id) \(cluster.status.rawValue)") }
        return lines.joined(separator: "\n")
    }

    private static func append(
        _ contents: WorkflowGraph.Contents, depth: Int, to lines: inout [String],
        _ clusters: inout [(id: Int, status: StepStatus)]
    ) {
        let margin = String(repeating: "  ", count: depth)
        for node in contents.nodes {
            let label = quoted(node)
            if let inside = node.contents, !inside.nodes.isEmpty {
                lines.append("\(margin)subgraph n\(node.id)[\(label)]")
                append(inside, depth: depth + 1, to: &lines, &clusters)
                lines.append("\(margin)end")
                if let status = node.status { clusters.append((node.id, status)) }
            } else {
                let (open, close) = shape(node.kind)
                let status = node.status.map { ":::\($0.rawValue)" } ?? ""
                lines.append("\(margin)n\(node.id)\(open)\(label)\(close)\(status)")
            }
        }
        for edge in contents.edges {
            let arrow = edge.label.map { "-. \"\(escaped($0))\" .->" } ?? "-->"
            lines.append("\(margin)n\(edge.from) \(arrow) n\(edge.to)")
        }
    }

    private static func collect(_ contents: WorkflowGraph.Contents, _ used: inout Set<StepStatus>) {
        for node in contents.nodes {
            if let status = node.status { used.insert(status) }
            if let inside = node.contents { collect(inside, &used) }
        }
    }

    private static func quoted(_ node: WorkflowGraph.Node) -> String {
        "\"" + escaped(node.label) + (node.detail.map { "<br/>" + escaped($0) } ?? "") + "\""
    }

    /// What is neither a letter, a digit nor plain punctuation becomes `#35;` and the like.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in GraphLabel.shortened(text).unicodeScalars {
            let isPlain =
                scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || " _-.,:()/'+=@?!".unicodeScalars.contains(scalar)
            if isPlain { result.unicodeScalars.append(scalar) } else { result += "#\(scalar.value);" }
        }
        return result
    }

    private static func shape(_ kind: WorkflowGraph.Kind) -> (String, String) {
        switch kind {
        case .run: ("[", "]")
        case .sleep: ("([", "])")
        case .signal: ("[/", "/]")
        case .approval: ("{{", "}}")
        case .folded: ("[[", "]]")
        }
    }

    private static func style(_ status: StepStatus) -> String {
        let colours = GraphLabel.colours(status)
        return "fill:\(colours.fill),stroke:\(colours.line),color:#1f2328"
    }
}

/// What both drawings share.
package enum GraphLabel {
    private static let charactersMax = 100

    package static func shortened(_ text: String) -> String {
        text.count <= charactersMax ? text : text.prefix(charactersMax - 1) + "…"
    }

    package static func colours(_ status: StepStatus) -> (fill: String, line: String) {
        switch status {
        case .pending: ("#f6f8fa", "#8c959f")
        case .running: ("#ddf4ff", "#0969da")
        case .retrying, .waiting: ("#fff8c5", "#9a6700")
        case .inDoubt: ("#fff1e5", "#bc4c00")
        case .success: ("#dafbe1", "#1a7f37")
        case .failed: ("#ffebe9", "#cf222e")
        case .skipped, .cancelled, .compensated: ("#eaeef2", "#6e7781")
        }
    }
}
