/// Every step of a definition by name and place, read before anything is compiled, so that references can look ahead.
struct StepIndex {
    enum Area: Hashable {
        /// The position of the stage.
        case stage(Int)
        case onExit
    }

    struct Entry {
        var name: String
        var position: Position
        var node: Node
        var list: Int
        /// Its place in that list.
        var offset: Int
        var area: Area
        /// Whether it has a `foreach`.
        var hasInstances: Bool
        /// The list of a group's own steps.
        var children: Int?
        /// Offsets in the same list; filled in while steps are compiled.
        var needs: [Int] = []
    }

    struct StepList {
        /// Indices of `entries`.
        var steps: [Int] = []
        /// The group that the list belongs to.
        var parent: Int?
        var offsets: [String: Int] = [:]
    }

    private(set) var entries: [Entry] = []
    private(set) var lists: [StepList] = []
    private(set) var byName: [String: Int] = [:]
    /// The list of each stage, then of `on_exit`.
    private(set) var stageLists: [Int] = []
    private(set) var onExitList: Int?

    static let stepsMax = 50_000

    init(stages: [Node], onExit: Node?) {
        for (position, stage) in stages.enumerated() {
            stageLists.append(addList(member("steps", of: stage), area: .stage(position), parent: nil))
        }
        if let onExit { onExitList = addList(onExit, area: .onExit, parent: nil) }
    }

    /// Recurses as deep as groups nest, which the tree's own limit bounds.
    private mutating func addList(_ node: Node?, area: Area, parent: Int?) -> Int {
        let list = lists.count
        lists.append(StepList(parent: parent))
        guard case .list(let items)? = node?.value else { return list }
        if parent == nil {
            entries.reserveCapacity(entries.count + items.count)
            byName.reserveCapacity(byName.count + items.count)
        }
        lists[list].steps.reserveCapacity(items.count)
        lists[list].offsets.reserveCapacity(items.count)
        for (offset, item) in items.enumerated() {
            let named = member("name", of: item)
            let name = named?.text ?? ""
            let id = entries.count
            entries.append(
                Entry(
                    name: name, position: named?.position ?? item.position, node: item, list: list, offset: offset,
                    area: area, hasInstances: member("foreach", of: item) != nil))
            lists[list].steps.append(id)
            if !name.isEmpty {
                if lists[list].offsets[name] == nil { lists[list].offsets[name] = offset }
                if byName[name] == nil { byName[name] = id }
            }
            if let steps = member("steps", of: item) {
                entries[id].children = addList(steps, area: area, parent: id)
            }
        }
        return list
    }

    private func member(_ key: String, of node: Node) -> Node? {
        guard case .map(let entries) = node.value else { return nil }
        return entries.first { $0.key == key }?.value
    }

    mutating func setNeeds(_ needs: [Int], of id: Int) {
        entries[id].needs = needs
    }

    /// For suggestions.
    var names: [String] { entries.map(\.name).filter { !$0.isEmpty } }
}
