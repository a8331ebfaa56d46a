package import WorkflowCore
internal import WorkflowExecutors

/// A graph in the language of Graphviz: `workflow graph FILE --format dot | dot -Tsvg > deploy.svg`.
package enum DOTGraph {
    package static func text(of graph: WorkflowGraph) -> String {
        let title = graph.run.map { "\(graph.name), \($0.id): \($0.status.rawValue)" } ?? graph.name
        var lines = [
            "digraph \(quoted(graph.name)) {",
            "  compound=true; rankdir=TB; label=\(quoted(title)); labelloc=t; fontname=\"sans-serif\";",
            "  node [shape=box, style=\"rounded,filled\", fillcolor=\"#f6f8fa\", fontname=\"sans-serif\"];",
            "  edge [fontname=\"sans-serif\", fontsize=10];",
        ]
        append(graph.root, depth: 1, to: &lines)
        lines.append("}")
        return lines.joined(separator: "\n")
    }

    private static func append(_ contents: WorkflowGraph.Contents, depth: Int, to lines: inout [String]) {
        let margin = String(repeating: "  ", count: depth)
        var nodes: [Int: WorkflowGraph.Node] = [:]
        for node in contents.nodes {
            nodes[node.id] = node
            if let inside = node.contents, !inside.nodes.isEmpty {
                lines.append("\(margin)subgraph cluster_\(node.id) {")
                var attributes = "label=\(quoted(node)); style=rounded;"
                if let status = node.status { attributes += " color=\"\(GraphLabel.colours(status).line)\";" }
                lines.append("\(margin)  " + attributes)
                append(inside, depth: depth + 1, to: &lines)
                lines.append("\(margin)}")
            } else {
                lines.append("\(margin)n\(node.id) [\(attributes(node))];")
            }
        }
        for edge in contents.edges {
            guard let from = nodes[edge.from], let to = nodes[edge.to] else { continue }
            lines.append("\(margin)n\(last(of: from)) -> n\(first(of: to))\(attributes(edge, from, to));")
        }
    }

    /// An edge of a cluster runs between nodes inside of it and is cut at its border.
    private static func attributes(
        _ edge: WorkflowGraph.Edge, _ from: WorkflowGraph.Node, _ to: WorkflowGraph.Node
    ) -> String {
        var attributes: [String] = []
        if from.isCluster { attributes.append("ltail=cluster_\(from.id)") }
        if to.isCluster { attributes.append("lhead=cluster_\(to.id)") }
        if let label = edge.label { attributes += ["label=\(quoted(label))", "style=dashed", "constraint=false"] }
        return attributes.isEmpty ? "" : " [" + attributes.joined(separator: ", ") + "]"
    }

    private static func first(of node: WorkflowGraph.Node) -> Int {
        node.contents?.nodes.first.map { first(of: $0) } ?? node.id
    }

    private static func last(of node: WorkflowGraph.Node) -> Int {
        node.contents?.nodes.last.map { last(of: $0) } ?? node.id
    }

    private static func attributes(_ node: WorkflowGraph.Node) -> String {
        var attributes = ["label=\(quoted(node))"]
        switch node.kind {
        case .run: break
        case .sleep: attributes.append("shape=ellipse")
        case .signal: attributes.append("shape=parallelogram")
        case .approval: attributes.append("shape=hexagon")
        case .folded: attributes.append("peripheries=2")
        }
        if let status = node.status {
            let colours = GraphLabel.colours(status)
            attributes += [
                "class=\"\(status.rawValue)\"", "fillcolor=\"\(colours.fill)\"", "color=\"\(colours.line)\"",
            ]
        }
        return attributes.joined(separator: ", ")
    }

    private static func quoted(_ node: WorkflowGraph.Node) -> String {
        let status = node.status.map { "\n\($0.rawValue)" } ?? ""
        return quoted(node.label, more: (node.detail.map { "\n" + $0 } ?? "") + status)
    }

    /// In quotes, as Graphviz has it: a quote, a backslash and an end of line are escaped, nothing else means anything.
    private static func quoted(_ label: String, more: String = "") -> String {
        var result = "\""
        let lines = (GraphLabel.shortened(label) + more).split(separator: "\n", omittingEmptySubsequences: false)
        for character in lines.map({ DisplayLine.text(Array($0.utf8)) }).joined(separator: "\n") {
            switch character {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default:
                for scalar in character.unicodeScalars {
                    if scalar.value >= 0x20, scalar.value != 0x7F { result.unicodeScalars.append(scalar) }
                }
            }
        }
        return result + "\""
    }
}

extension WorkflowGraph.Node {
    fileprivate var isCluster: Bool { contents?.nodes.isEmpty == false }
}
