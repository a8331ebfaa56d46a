internal import WorkflowCore

/// What a step instance's name says: `outer[a].inner[2].leaf`. Read by rules of its own, not by the machine's.
struct InstanceName {
    let text: String
    /// The number of the line that it is an instance of.
    let line: Int
    let isItem: Bool
    /// The name of the group or of the `foreach` that holds it.
    let parent: String?
    /// The keys of the items that it belongs to, from outside in.
    let items: [String]

    init(_ name: String, _ program: Program) throws {
        var items: [String] = []
        var base = ""
        var key: String?
        var prefix = ""
        /// The name up to and without what stands last: the item that it belongs to.
        var around: String?
        for character in name {
            switch character {
            case "[" where key == nil:
                key = ""
            case "]":
                items.append(key ?? "")
                key = nil
            case "." where key == nil:
                around = prefix
                base = ""
            default:
                if key == nil { base.append(character) } else { key?.append(character) }
            }
            prefix.append(character)
        }
        guard let line = program.number(ofStep: base) else {
            throw SimulationFault("there is no step \(name)")
        }
        text = name
        self.line = line
        self.items = items
        isItem = name.hasSuffix("]")
        if isItem {
            parent = String(name.dropLast((items.last ?? "").count + 2))
        } else if let group = program.lines[line].parent {
            let step = program.lines[group].step
            let isItself = around.map { InstanceName.base(of: $0) == step.name } ?? false
            if step.foreach != nil, !isItself { throw SimulationFault("\(name) belongs to no item of \(step.name)") }
            parent = isItself ? around : around.map { $0 + "." + step.name } ?? step.name
        } else {
            parent = nil
        }
    }

    /// The step that the last part of a name is called after.
    private static func base(of name: String) -> String {
        var base = ""
        var isKey = false
        for character in name {
            switch character {
            case "[": isKey = true
            case "]": isKey = false
            case "." where !isKey: base = ""
            default: if !isKey { base.append(character) }
            }
        }
        return base
    }
}
