internal import ExecutorKit

/// A definition or a run as a graph to be drawn: stages and groups around steps, and what comes after what.
///
/// Pure data, without colours and syntax: those are the drawing's.
package struct WorkflowGraph: Sendable, Equatable {
    /// More instances of one `foreach` are folded into a single node that counts them.
    package static let instancesMax = 20

    package enum Kind: Sendable, Equatable { case run, sleep, signal, approval, folded }

    package struct Node: Sendable, Equatable {
        /// Unique in the graph, from 1, in the order of drawing.
        package let id: Int
        package let label: String
        /// One more line: what the step waits for, its items, its limits.
        package let detail: String?
        package let kind: Kind
        /// nil in the graph of a definition.
        package let status: StepStatus?
        package let contents: Contents?
    }

    /// What stands inside of a stage, a group or the items of a `foreach`; an empty one is drawn as a node.
    package struct Contents: Sendable, Equatable {
        package var nodes: [Node] = []
        /// Between these nodes.
        package var edges: [Edge] = []
    }

    package struct Edge: Sendable, Equatable {
        package let from: Int
        package let to: Int
        /// Not the ordinary course: a return, or owed work. With what is to be said of it.
        package let label: String?
    }

    package let name: String
    /// The run's, and its status.
    package let run: (id: String, status: RunStatus)?
    /// The stages, in order, and owed work last.
    package let root: Contents

    package static func == (a: WorkflowGraph, b: WorkflowGraph) -> Bool {
        a.name == b.name && a.run?.id == b.run?.id && a.run?.status == b.run?.status && a.root == b.root
    }

    package init(_ definition: Definition) {
        var builder = GraphBuilder(state: RunState(Program(definition)), hasStatus: false)
        name = definition.name
        run = nil
        root = builder.contents()
    }

    /// - Parameter state: of the run.
    package init(_ state: RunState, run id: RunID) {
        var builder = GraphBuilder(state: state, hasStatus: true)
        name = state.program.definition.name
        run = (id.text, state.status)
        root = builder.contents()
    }
}

/// Numbers the nodes while it walks. Groups nest no deeper than definitions may.
private struct GraphBuilder {
    typealias Node = WorkflowGraph.Node
    typealias Edge = WorkflowGraph.Edge
    typealias Contents = WorkflowGraph.Contents

    let state: RunState
    let hasStatus: Bool
    private var nodes = 0

    init(state: RunState, hasStatus: Bool) {
        self.state = state
        self.hasStatus = hasStatus
    }

    private mutating func nextID() -> Int {
        nodes += 1
        return nodes
    }

    mutating func contents() -> Contents {
        var root = Contents()
        let definition = state.program.definition
        for (number, stage) in definition.stages.enumerated() {
            let id = nextID()
            let inside = live(Array(state.program.stageRanges[number]))
            let node = Node(
                id: id, label: stage.name, detail: nil, kind: .run, status: hasStatus ? status(ofStage: number) : nil,
                contents: inside)
            if let before = root.nodes.last { root.edges.append(Edge(from: before.id, to: id, label: nil)) }
            root.nodes.append(node)
        }
        for (number, stage) in definition.stages.enumerated() {
            guard let policy = stage.onFailure,
                let target = definition.stages.firstIndex(where: { $0.name == policy.stage })
            else { continue }
            let times = policy.limit == 1 ? "once" : "\(policy.limit) times at most"
            root.edges.append(
                Edge(from: root.nodes[number].id, to: root.nodes[target].id, label: "on failure, \(times)"))
        }
        if !state.program.exitRange.isEmpty {
            let id = nextID()
            let inside = live(Array(state.program.exitRange))
            let node = Node(id: id, label: "on_exit", detail: nil, kind: .run, status: nil, contents: inside)
            if let before = root.nodes.last { root.edges.append(Edge(from: before.id, to: id, label: "at any end")) }
            root.nodes.append(node)
        }
        return root
    }

    private func status(ofStage number: Int) -> StepStatus {
        let stage = state.stages[number]
        if stage.isComplete { return .success }
        guard stage.isEntered else { return .pending }
        if case .ended(let status, _) = state.lifecycle { return status == .cancelled ? .cancelled : .failed }
        return .running
    }

    /// Steps that there are, side by side.
    private mutating func live(_ numbers: [Int]) -> Contents {
        var contents = Contents()
        var ids: [Int: Int] = [:]
        for number in numbers {
            let node = live(number)
            ids[state.instances[number].line] = node.id
            contents.nodes.append(node)
        }
        // The items of a foreach need nothing of each other.
        guard let first = numbers.first, state.instances[first].item == nil else { return contents }
        connect(numbers.map { state.instances[$0].line }, ids, &contents)
        return contents
    }

    private mutating func live(_ number: Int) -> Node {
        let id = nextID()
        let status = hasStatus ? state.status(ofStep: number) : nil
        let step = state.step(number)
        guard state.isContainer(number) else {
            return Node(
                id: id, label: state.name(ofStep: number), detail: detail(step, isItem: true), kind: kind(step),
                status: status, contents: nil)
        }
        guard let container = state.containers[number] else {
            return planned(state.instances[number].line, id, isItem: state.instances[number].item != nil)
        }
        if state.isForeach(number), container.children.count > WorkflowGraph.instancesMax {
            return Node(
                id: id, label: state.name(ofStep: number), detail: counted(container.children), kind: .folded,
                status: status, contents: nil)
        }
        return Node(
            id: id, label: state.name(ofStep: number), detail: detail(step, isItem: !state.isForeach(number)),
            kind: kind(step), status: status, contents: live(Array(container.children)))
    }

    /// `120 items: 118 success, 2 failed`
    private func counted(_ children: Range<Int>) -> String {
        let total = "\(children.count) \(children.count == 1 ? "item" : "items")"
        guard hasStatus else { return total }
        var counts: [StepStatus: Int] = [:]
        for child in children { counts[state.status(ofStep: child), default: 0] += 1 }
        let parts = StepStatus.allCases.compactMap { status in counts[status].map { "\($0) \(status.rawValue)" } }
        return "\(total): \(parts.joined(separator: ", "))"
    }

    /// A step whose inside is not there yet, or that there is no run of: as the definition has it.
    private mutating func planned(_ line: Int, _ id: Int? = nil, isItem: Bool = false) -> Node {
        let id = id ?? nextID()
        let planned = state.program.lines[line]
        var inside: Contents?
        if planned.isGroup {
            var contents = Contents()
            var ids: [Int: Int] = [:]
            for child in planned.children {
                let node = self.planned(child)
                ids[child] = node.id
                contents.nodes.append(node)
            }
            connect(Array(planned.children), ids, &contents)
            inside = contents
        }
        return Node(
            id: id, label: planned.step.name, detail: detail(planned.step, isItem: isItem), kind: kind(planned.step),
            status: hasStatus ? .pending : nil, contents: inside)
    }

    private func connect(_ lines: [Int], _ ids: [Int: Int], _ contents: inout Contents) {
        for line in lines {
            guard let to = ids[line] else { continue }
            for need in state.program.lines[line].needs {
                if let from = ids[need] { contents.edges.append(Edge(from: from, to: to, label: nil)) }
            }
        }
    }

    private func kind(_ step: Step) -> WorkflowGraph.Kind {
        switch step.action {
        case .run, .group, .call: .run
        case .sleep: .sleep
        case .signal: .signal
        case .approval: .approval
        }
    }

    /// - Parameter isItem: what is said of the whole `foreach` is said elsewhere.
    private func detail(_ step: Step, isItem: Bool) -> String? {
        var parts: [String] = []
        switch step.action {
        case .sleep: parts.append("sleeps")
        case .signal: parts.append("waits for a signal")
        case .approval: parts.append("waits for approval")
        case .call(let call): parts.append(call.name.text)
        case .run, .group: break
        }
        if step.foreach != nil, !isItem { parts.append("for each item") }
        if let loop = step.loop { parts.append("repeats, \(loop.limit) times at most") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}
