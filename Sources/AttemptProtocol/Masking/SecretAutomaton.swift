/// All forms of all secrets as one automaton that reads text once, byte by byte.
///
/// Aho and Corasick, "Efficient string matching" (CACM 18, 1975): a trie whose nodes also know the longest proper suffix
/// that is a node too. Children are linked lists, as most nodes have one; the root's are a table.
struct SecretAutomaton: Sendable {
    private struct Node {
        var byte: UInt8
        /// Length of the text that leads here.
        var depth: Int32
        /// Longest form that ends here, as a suffix of the text that leads here; 0 for none.
        var match: Int32 = 0
        /// Length of the longest suffix of that text with which a longer form begins.
        var openLength: Int32 = 0
        var suffix: Int32 = 0
        var firstChild: Int32 = 0
        var nextSibling: Int32 = 0
    }

    private var nodes: [Node] = [Node(byte: 0, depth: 0)]
    private var rootChildren = [Int32](repeating: 0, count: 256)

    static let root: Int32 = 0

    init(forms: [[UInt8]]) {
        for form in forms where !form.isEmpty {
            var node = Self.root
            for byte in form {
                node = child(of: node, byte) ?? addChild(to: node, byte)
            }
            nodes[Int(node)].match = Int32(form.count)
        }
        linkSuffixes()
    }

    var isEmpty: Bool { nodes.count == 1 }

    /// Whether no form begins with `byte`.
    @inline(__always)
    func staysAtRoot(_ byte: UInt8) -> Bool { rootChildren[Int(byte)] == Self.root }

    /// How many of the last bytes a form that is not complete yet may cover.
    func openLength(at node: Int32) -> Int { Int(nodes[Int(node)].openLength) }

    /// The length of the longest form that ends here, 0 for none.
    func match(at node: Int32) -> Int { Int(nodes[Int(node)].match) }

    func next(_ node: Int32, _ byte: UInt8) -> Int32 {
        var node = node
        while node != Self.root {
            if let child = child(of: node, byte) { return child }
            node = nodes[Int(node)].suffix
        }
        return rootChildren[Int(byte)]
    }

    private func child(of node: Int32, _ byte: UInt8) -> Int32? {
        if node == Self.root {
            let child = rootChildren[Int(byte)]
            return child == Self.root ? nil : child
        }
        var child = nodes[Int(node)].firstChild
        while child != 0 {
            if nodes[Int(child)].byte == byte { return child }
            child = nodes[Int(child)].nextSibling
        }
        return nil
    }

    private mutating func addChild(to node: Int32, _ byte: UInt8) -> Int32 {
        let child = Int32(nodes.count)
        nodes.append(Node(byte: byte, depth: nodes[Int(node)].depth + 1, nextSibling: nodes[Int(node)].firstChild))
        nodes[Int(node)].firstChild = child
        if node == Self.root { rootChildren[Int(byte)] = child }
        return child
    }

    /// Breadth first, so that every suffix is complete before a longer text needs it.
    private mutating func linkSuffixes() {
        var queue: [Int32] = [Self.root]
        var at = 0
        while at < queue.count {
            let node = queue[at]
            at += 1
            var child = nodes[Int(node)].firstChild
            while child != 0 {
                let byte = nodes[Int(child)].byte
                let suffix = node == Self.root ? Self.root : next(nodes[Int(node)].suffix, byte)
                nodes[Int(child)].suffix = suffix
                // The text that leads here is longer than any of its suffixes.
                if nodes[Int(child)].match == 0 { nodes[Int(child)].match = nodes[Int(suffix)].match }
                nodes[Int(child)].openLength =
                    nodes[Int(child)].firstChild == 0 ? nodes[Int(suffix)].openLength : nodes[Int(child)].depth
                queue.append(child)
                child = nodes[Int(child)].nextSibling
            }
        }
    }
}
