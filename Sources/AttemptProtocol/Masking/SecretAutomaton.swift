/// All forms of all secrets as one automaton that reads text once, byte by byte.
///
/// Forms that begin alike share their nodes. A node has an edge for each byte that some spelling of some next character
/// begins with; more than one of them may have the same byte, so that a reader is at several nodes at a time.
struct SecretAutomaton: Sendable {
    /// A way to another node.
    struct Edge {
        var target: Int32
        /// The next edge that leaves the same node, 0 for none.
        var next: Int32
        var byte: UInt8
    }

    private struct Place: Hashable {
        var node: Int32
        var unit: UInt32
    }

    private enum Trait {
        /// A form ends here.
        static let end: UInt8 = 1
        /// Within the spelling of a character.
        static let inner: UInt8 = 2
        /// A line may end here.
        static let wraps: UInt8 = 4
    }

    static let root: Int32 = 0

    private var firstEdges: ContiguousArray<Int32> = [0]
    private var traits: ContiguousArray<UInt8> = [0]
    /// The first stands for none.
    private var edges: ContiguousArray<Edge> = [Edge(target: 0, next: 0, byte: 0)]
    /// Where each byte leads from the root.
    private var rootTargets: [[Int32]] = Array(repeating: [], count: 256)
    /// One bit for each pair of bytes: whether a form begins with it.
    private var pairs = ContiguousArray<UInt64>(repeating: 0, count: 1024)

    init(forms: [SecretForm]) {
        var places: [Place: Int32] = [:]
        for form in forms where !form.units.isEmpty {
            var node = Self.root
            for unit in form.units {
                let place = Place(node: node, unit: unit.key)
                if let known = places[place] {
                    node = known
                    continue
                }
                let target = addNode(form.isWrapped ? Trait.wraps : 0)
                for spelling in unit.spellings { connect(node, spelling, target) }
                places[place] = target
                node = target
            }
            traits[Int(node)] |= Trait.end
        }
        indexRoot()
    }

    var isEmpty: Bool { firstEdges.count == 1 }
    var nodeCount: Int { firstEdges.count }
    var edgeCount: Int { edges.count - 1 }

    /// Whether no form begins with `byte`.
    @inline(__always)
    func staysAtRoot(_ byte: UInt8) -> Bool { rootTargets[Int(byte)].isEmpty }

    /// Whether a form begins with both bytes.
    @inline(__always)
    func begins(_ first: UInt8, _ second: UInt8) -> Bool {
        let index = Int(first) << 8 | Int(second)
        return pairs[index >> 6] & (1 << UInt64(index & 63)) != 0
    }

    /// Whether a form ends here.
    func isEnd(_ node: Int32) -> Bool { traits[Int(node)] & Trait.end != 0 }

    /// Whether no form goes on from here.
    func isLeaf(_ node: Int32) -> Bool { firstEdges[Int(node)] == 0 }

    /// Whether a line may end here.
    func wraps(_ node: Int32) -> Bool { traits[Int(node)] & Trait.wraps != 0 }

    /// Where `byte` leads from the root.
    func targets(ofRoot byte: UInt8) -> [Int32] { rootTargets[Int(byte)] }

    /// The first of the edges that leave `node`, 0 for none.
    @inline(__always)
    func firstEdge(of node: Int32) -> Int32 { firstEdges[Int(node)] }

    @inline(__always)
    func edge(_ number: Int32) -> Edge { edges[Int(number)] }

    private mutating func addNode(_ trait: UInt8) -> Int32 {
        firstEdges.append(0)
        traits.append(trait)
        return Int32(firstEdges.count - 1)
    }

    private mutating func connect(_ node: Int32, _ spelling: [UInt8], _ target: Int32) {
        var node = node
        for byte in spelling.dropLast() {
            var inner: Int32?
            forEachEdge(of: node) {
                if $0.byte == byte, traits[Int($0.target)] & Trait.inner != 0 { inner = $0.target }
            }
            if let inner {
                node = inner
            } else {
                let added = addNode(Trait.inner)
                addEdge(from: node, byte, to: added)
                node = added
            }
        }
        guard let byte = spelling.last else { return }
        var isKnown = false
        forEachEdge(of: node) { if $0.byte == byte, $0.target == target { isKnown = true } }
        if !isKnown { addEdge(from: node, byte, to: target) }
    }

    private func forEachEdge(of node: Int32, _ body: (Edge) -> Void) {
        var edge = firstEdges[Int(node)]
        while edge != 0 {
            body(edges[Int(edge)])
            edge = edges[Int(edge)].next
        }
    }

    private mutating func addEdge(from node: Int32, _ byte: UInt8, to target: Int32) {
        edges.append(Edge(target: target, next: firstEdges[Int(node)], byte: byte))
        firstEdges[Int(node)] = Int32(edges.count - 1)
    }

    private mutating func indexRoot() {
        var targets = rootTargets
        var pairs = pairs
        func mark(_ first: UInt8, _ second: UInt8) {
            let index = Int(first) << 8 | Int(second)
            pairs[index >> 6] |= 1 << UInt64(index & 63)
        }
        forEachEdge(of: Self.root) { edge in
            targets[Int(edge.byte)].append(edge.target)
            forEachEdge(of: edge.target) { mark(edge.byte, $0.byte) }
            if wraps(edge.target) {
                mark(edge.byte, UInt8(ascii: "\n"))
                mark(edge.byte, UInt8(ascii: "\r"))
            }
        }
        rootTargets = targets
        self.pairs = pairs
    }
}
