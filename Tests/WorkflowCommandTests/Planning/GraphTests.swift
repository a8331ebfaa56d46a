import Glibc
import JSON
import Testing

@Suite("graph: definitions and runs, drawn")
struct GraphTests {
    private static let nasty = """
        name: nasty
        stages:
          - name: graph
            steps:
              - name: end
                run: echo end
              - name: subgraph
                needs: []
                foreach: {items: ["a\\"b", "<b>#1;", "x|y", "back`tick", "50%"], as: item, key: item}
                steps:
                  - name: class
                    run: echo "${{ item }}"
                  - name: click
                    run: echo "${{ item }}"
              - name: many
                needs: [end]
                foreach: {items: "${{ range(25) }}", as: n, continue_on_error: true}
                run: test "${{ n }}" != 7
          - name: style
            on_failure: {return_to: graph, limit: 1}
            steps:
              - name: ask
                uses: approval
                with: {prompt: "Go?"}
        on_exit:
          - name: notify
            run: echo done
        """

    private func folder(hasRun: Bool = false) throws -> TestFolder {
        let folder = try TestFolder()
        try folder.write("nasty.yaml", Self.nasty.replacing(", continue_on_error: true", with: ""))
        if hasRun {
            try folder.write("nasty.yaml", Self.nasty)
            let run = try Command.run(["run", "nasty.yaml", "--run-id", "n"], in: folder)
            #expect(run.status == 1, "\(run)")
        }
        return folder
    }

    private func drawn(_ arguments: String..., in folder: TestFolder) throws -> String {
        let result = try Command.run(["graph"] + arguments, in: folder)
        #expect(result.status == 0, "\(result)")
        #expect(result.error == "", "\(result)")
        return result.output
    }

    @Test("Mermaid of a definition: every bracket is closed, every edge has its ends, no label can be syntax")
    func mermaid() throws {
        let text = try drawn("nasty.yaml", in: folder())
        let chart = try Mermaid(text)
        #expect(chart.labels.contains("end") && chart.labels.contains("subgraph<br/>for each item"))
        #expect(chart.labels.contains("ask<br/>waits for approval"))
        #expect(chart.classes.isEmpty)
        #expect(text.contains("-. \"on failure, once\" .->"))
        #expect(text.contains("-. \"at any end\" .->"))
    }

    @Test("Mermaid of a run: each step has the class of its status, and many items are one node")
    func mermaidOfRun() throws {
        let text = try drawn("n", in: folder(hasRun: true))
        let chart = try Mermaid(text)
        #expect(chart.labels.contains("many<br/>25 items: 24 success, 1 failed"), "\(text)")
        #expect(chart.labels.contains("subgraph#91;a#34;b#93;.class"), "\(text)")
        #expect(chart.labels.contains("subgraph#91;#60;b#62;#35;1#59;#93;"), "\(text)")
        #expect(chart.classes.isSuperset(of: ["success", "failed", "pending"]), "\(text)")
    }

    @Test("DOT can be read back: of a definition and of a run", arguments: [false, true])
    func dot(ofRun: Bool) throws {
        let folder = try folder(hasRun: ofRun)
        let text = try drawn(ofRun ? "n" : "nasty.yaml", "--format", "dot", in: folder)
        let graph = try DOT(text)
        #expect(graph.isBalanced)
        for edge in graph.edges { #expect(graph.nodes.contains(edge.from) && graph.nodes.contains(edge.to), "\(edge)") }
        for cluster in graph.edgeClusters { #expect(graph.clusters.contains(cluster), "\(cluster)") }
        #expect(
            graph.labels.contains(ofRun ? "many\n25 items: 24 success, 1 failed\nfailed" : "end"), "\(graph.labels)")
        if ofRun { #expect(graph.labels.contains("subgraph[a\"b].class\nsuccess"), "\(graph.labels)") }
        guard access("/usr/bin/dot", X_OK) == 0 else { return }
        try folder.write("graph.dot", text)
        #expect(system("/usr/bin/dot -Tsvg '\(folder.path)/graph.dot' -o /dev/null") == 0)
    }

    @Test("A file that is missing is 66, and so is a run; a broken definition is 65")
    func wrong() throws {
        let folder = try folder()
        try folder.write("broken.yaml", "name: broken\nstages: 3\n")
        #expect(try Command.run(["graph", "missing.yaml"], in: folder).status == 66)
        #expect(try Command.run(["graph", "no-such-run"], in: folder).status == 66)
        #expect(try Command.run(["graph", "broken.yaml"], in: folder).status == 65)
        #expect(try Command.run(["graph", "nasty.yaml", "--format", "png"], in: folder).status == 64)
    }
}

/// Reads as much of Mermaid's flowcharts as is written here, and nothing else.
private struct Mermaid {
    var labels: Set<String> = []
    var classes: Set<String> = []

    init(_ text: String) throws {
        var lines = text.split(separator: "\n").map { $0.trimmed }
        try #require(lines.count > 2 && lines[0].hasPrefix("%% ") && lines[1] == "flowchart TD")
        lines.removeFirst(2)
        var open = 0
        var nodes: Set<String> = []
        var defined: Set<String> = []
        var ends: [String] = []
        for line in lines {
            var rest = Substring(line)
            if line == "end" {
                open -= 1
                try #require(open >= 0)
            } else if rest.take("subgraph ") {
                open += 1
                nodes.insert(rest.takeName())
                try rest.expect("[")
                labels.insert(try rest.takeQuoted())
                try #require(rest == "]", "\(line)")
            } else if rest.take("classDef ") {
                defined.insert(rest.takeName())
            } else if rest.take("class ") {
                ends.append(rest.takeName())
                try rest.expect(" ")
                classes.insert(rest.takeName())
                try #require(rest.isEmpty, "\(line)")
            } else {
                let name = rest.takeName()
                try #require(!name.isEmpty, "\(line)")
                if rest.take(" --> ") {
                    ends += [name, rest.takeName()]
                } else if rest.take(" -. ") {
                    _ = try rest.takeQuoted()
                    try rest.expect(" .-> ")
                    ends += [name, rest.takeName()]
                } else {
                    nodes.insert(name)
                    let shape = [("[[", "]]"), ("[/", "/]"), ("([", "])"), ("{{", "}}"), ("[", "]")]
                        .first { rest.take($0.0) }
                    labels.insert(try rest.takeQuoted())
                    try rest.expect(try #require(shape, "\(line)").1)
                    if rest.take(":::") { classes.insert(rest.takeName()) }
                }
                try #require(rest.isEmpty, "\(line)")
            }
        }
        #expect(open == 0)
        for end in ends { #expect(nodes.contains(end), "\(end)") }
        #expect(classes.isSubset(of: defined))
    }
}

/// Reads the language of Graphviz as far as statements, attributes and quoted texts go.
private struct DOT {
    var nodes: Set<String> = []
    var clusters: Set<String> = []
    var edges: [(from: String, to: String)] = []
    var edgeClusters: [String] = []
    var labels: Set<String> = []
    var isBalanced = false

    init(_ text: String) throws {
        let tokens = try DOT.tokens(text)
        var depth = 0
        var index = 0
        func attributes() throws -> [String: String] {
            var found: [String: String] = [:]
            guard index < tokens.count, tokens[index] == "[" else { return found }
            index += 1
            while tokens[index] != "]" {
                if tokens[index] == "," { index += 1 }
                try #require(tokens[index + 1] == "=", "\(tokens[index...].prefix(5))")
                found[tokens[index]] = tokens[index + 2]
                index += 3
            }
            index += 1
            return found
        }
        while index < tokens.count {
            let token = tokens[index]
            index += 1
            switch token {
            case "digraph": index += 1
            case "{": depth += 1
            case "}":
                depth -= 1
                try #require(depth >= 0)
            case "subgraph":
                clusters.insert(tokens[index])
                index += 1
            case "node", "edge": _ = try attributes()
            case ";": continue
            default:
                if tokens[index] == "=" {
                    if token == "label" { labels.insert(DOT.text(tokens[index + 1])) }
                    index += 2
                } else if tokens[index] == "->" {
                    edges.append((token, tokens[index + 1]))
                    index += 2
                    let given = try attributes()
                    edgeClusters += [given["ltail"], given["lhead"]].compactMap { $0 }
                } else {
                    nodes.insert(token)
                    if let label = try attributes()["label"] { labels.insert(DOT.text(label)) }
                }
            }
        }
        isBalanced = depth == 0
    }

    private static func tokens(_ text: String) throws -> [String] {
        var tokens: [String] = []
        var rest = Substring(text)
        while let first = rest.first {
            if first.isWhitespace {
                rest.removeFirst()
            } else if first == "\"" {
                tokens.append("\"" + (try rest.takeQuoted(escaped: true)))
            } else if rest.take("->") {
                tokens.append("->")
            } else if first.isLetter || first.isNumber {
                tokens.append(rest.takeName())
            } else {
                try #require("{}[]=;,".contains(first), "\(first)")
                tokens.append(String(rest.removeFirst()))
            }
        }
        return tokens
    }

    private static func text(_ token: String) -> String { token.hasPrefix("\"") ? String(token.dropFirst()) : token }
}

extension Substring {
    fileprivate var trimmed: String { String(drop { $0 == " " }) }

    fileprivate mutating func take(_ prefix: String) -> Bool {
        guard hasPrefix(prefix) else { return false }
        removeFirst(prefix.count)
        return true
    }

    fileprivate mutating func expect(_ prefix: String) throws {
        if !take(prefix) { throw HarnessError("\(prefix) should come before: \(self.prefix(80))") }
    }

    fileprivate mutating func takeName() -> String {
        let name = prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        removeFirst(name.count)
        return String(name)
    }

    /// A text in quotes; in Mermaid's nothing in it may be read as syntax.
    fileprivate mutating func takeQuoted(escaped: Bool = false) throws -> String {
        try expect("\"")
        var text = ""
        while let character = popFirst() {
            if character == "\"" { return text }
            if escaped, character == "\\" {
                let next = try #require(popFirst())
                text.append(next == "n" ? "\n" : next)
                continue
            }
            text.append(character)
        }
        throw HarnessError("a text without its end: \(text)")
    }
}
