package import JSON

// Steps by number and by name. A top-level step's number is its line's; others get theirs when what holds them begins.
//
// Names: `step`, an item of a foreach `step[0]` or `step[key]`, a step of a group inside of such an item
// `step[key].inner`; groups that are not repeated for items add nothing to a name, for names are unique in a
// definition.

extension RunState {
    /// Step instances that one run may ever have.
    package static let instancesMax = 4_000_000
    /// Items of one `foreach`.
    package static let itemsMax = 1_000_000

    package func line(ofStep number: Int) -> Program.Line { program.lines[instances[number].line] }
    package func step(_ number: Int) -> Step { program.lines[instances[number].line].step }
    /// nil for owed work.
    package func stage(ofStep number: Int) -> Int? { program.lines[instances[number].line].stage }
    package func stageName(ofStep number: Int) -> String { program.stageName(ofLine: instances[number].line) }

    /// The step holds the items of a `foreach`; it is not one of them.
    package func isForeach(_ number: Int) -> Bool {
        instances[number].item == nil && program.lines[instances[number].line].isForeach
    }

    /// The step holds others: items or a group's steps.
    package func isContainer(_ number: Int) -> Bool {
        program.lines[instances[number].line].isGroup || isForeach(number)
    }

    /// The bounded loop that the step itself goes round in: for a `foreach` it is each item that does.
    func loop(ofStep number: Int) -> Loop? {
        isForeach(number) ? nil : step(number).loop
    }

    /// The key or position of an item, as text.
    func itemKey(ofStep number: Int) -> String? {
        guard let item = instances[number].item, let parent = instances[number].parent else { return nil }
        guard let keys = containers[parent]?.keys, keys.indices.contains(item) else { return String(item) }
        return keys[item]
    }

    package func name(ofStep number: Int) -> String {
        var parts: [String] = []
        var own: String? = step(number).name
        var current = number
        while true {
            if let key = itemKey(ofStep: current) {
                parts.append((own ?? step(current).name) + "[" + key + "]")
                own = nil
                // The foreach itself bears the same name: what holds it comes next.
                guard let around = instances[current].parent.flatMap({ instances[$0].parent }) else { break }
                current = around
            } else {
                if let name = own, instances[current].parent == nil { parts.append(name) }
                guard let around = instances[current].parent else {
                    if parts.isEmpty, let name = own { parts.append(name) }
                    break
                }
                if instances[around].item != nil, let name = own {
                    parts.append(name)
                    own = nil
                }
                current = around
            }
        }
        if let own, parts.isEmpty { parts.append(own) }
        return parts.reversed().joined(separator: ".")
    }

    /// The step instance of that name that is there now.
    package func number(ofStep name: String) -> Int? {
        if let item = recentItem(named: name) { return item }
        var item: Int?
        var rest = name.utf8[...]
        while true {
            let base = rest.prefix { $0 != UInt8(ascii: "[") && $0 != UInt8(ascii: ".") }
            let isWhole = base.endIndex == rest.endIndex && base.startIndex == name.utf8.startIndex
            rest = rest[base.endIndex...]
            guard let line = line(named: isWhole ? name : String(decoding: base, as: UTF8.self)),
                let number = locate(line, inside: item)
            else { return nil }
            guard let next = rest.first else { return number }
            guard next == UInt8(ascii: "["), let end = rest.firstIndex(of: UInt8(ascii: "]")),
                isForeach(number), let first = containers[number]?.children.lowerBound,
                let position = containers[number]?.position(of: rest[rest.index(after: rest.startIndex)..<end])
            else { return nil }
            let instance = first + position
            rest = rest[rest.index(after: end)...]
            guard let separator = rest.first else { return instance }
            guard separator == UInt8(ascii: ".") else { return nil }
            rest = rest.dropFirst()
            item = instance
        }
    }

    private func line(named name: String) -> Int? {
        if let recentLine, recentLine.name.isSame(as: name) { return recentLine.number }
        return program.number(ofStep: name)
    }

    /// The item of that name, where it is one by position of the `foreach` that an entry named last: nearly all entries
    /// of a large run name such. Nil for any other, which may be as good.
    private func recentItem(named name: String) -> Int? {
        guard let recentLine, program.lines[recentLine.number].parent == nil, isForeach(recentLine.number) else {
            return nil
        }
        var bytes = name.utf8.makeIterator()
        for byte in recentLine.name.utf8 where bytes.next() != byte { return nil }
        guard bytes.next() == UInt8(ascii: "[") else { return nil }
        var (position, digits) = (0, 0)
        while let byte = bytes.next(), byte != UInt8(ascii: "]") {
            // Neither a sign nor a zero in front.
            guard (48...57).contains(byte), digits < 9, digits == 0 || position > 0 else { return nil }
            position = position * 10 + Int(byte - 48)
            digits += 1
        }
        guard digits > 0, bytes.next() == nil, name.utf8.last == UInt8(ascii: "]") else { return nil }
        return containers[recentLine.number]?.number(ofPosition: position)
    }

    /// The instance of a line that belongs to an item around it, or to none.
    func locate(_ line: Int, inside item: Int?) -> Int? {
        guard let parent = program.lines[line].parent else { return item == nil ? line : nil }
        let group: Int?
        if let item, instances[item].line == parent { group = item } else { group = locate(parent, inside: item) }
        guard let group, let container = containers[group], !isForeach(group) else { return nil }
        return container.children.lowerBound + (line - program.lines[parent].children.lowerBound)
    }

    /// The steps that hold this one, from inside out.
    func ancestors(ofStep number: Int) -> Ancestors {
        Ancestors(instances: instances, upcoming: instances[number].parent)
    }

    /// Holds nothing of the state but what each step belongs to: changing the rest on the way copies nothing.
    struct Ancestors: Sequence, IteratorProtocol {
        fileprivate let instances: [StepInstance]
        fileprivate var upcoming: Int?

        mutating func next() -> Int? {
            guard let current = upcoming else { return nil }
            upcoming = instances[current].parent
            return current
        }
    }

    /// Whatever holds the step is open.
    func isInOpen(_ number: Int) -> Bool {
        ancestors(ofStep: number).allSatisfy { steps[$0].isOpen }
    }

    /// The step has its place in the run as it is now; it is not of a set of items that another one has replaced.
    func isPresent(_ number: Int) -> Bool {
        var current = number
        for parent in ancestors(ofStep: number) {
            guard containers[parent]?.children.contains(current) == true else { return false }
            current = parent
        }
        return true
    }

    /// How many steps hold this one.
    static func depth(_ number: Int, _ instances: [StepInstance]) -> Int {
        var (depth, current) = (0, number)
        while let parent = instances[current].parent { (depth, current) = (depth + 1, parent) }
        return depth
    }

    /// One step comes before another in the definition's order: what belongs to an earlier item before a later item.
    static func precedes(_ first: Int, _ second: Int, _ instances: [StepInstance]) -> Bool {
        // Siblings have numbers in order: the two ancestors below the first common one decide.
        var (a, b) = (first, second)
        let (depthA, depthB) = (depth(a, instances), depth(b, instances))
        for _ in 0..<max(0, depthA - depthB) { a = instances[a].parent ?? a }
        for _ in 0..<max(0, depthB - depthA) { b = instances[b].parent ?? b }
        if a == b { return depthA < depthB }
        while let parentA = instances[a].parent, let parentB = instances[b].parent, parentA != parentB {
            (a, b) = (parentA, parentB)
        }
        return a < b
    }

    /// All step instances that are there now, in the definition's order, what holds others before what it holds.
    package func stepsInOrder(from range: Range<Int>? = nil) -> [Int] {
        var order: [Int] = []
        var waiting = Array((range ?? program.topLevel).reversed())
        while let number = waiting.popLast() {
            order.append(number)
            if let container = containers[number] { waiting.append(contentsOf: container.children.reversed()) }
        }
        return order
    }

    /// What expressions and people see: of a `foreach` the list of the items' outputs, of a group each step's by its
    /// name.
    package func outputs(ofStep number: Int) -> JSONValue {
        guard isContainer(number) else { return .object(steps[number].outputs) }
        guard let container = containers[number] else { return isForeach(number) ? .array([]) : .object([:]) }
        if isForeach(number) { return .array(container.children.map { outputs(ofStep: $0) }) }
        var members: [String: JSONValue] = [:]
        for child in container.children { members[step(child).name] = outputs(ofStep: child) }
        return .object(members)
    }

    /// As people see it: what holds others is running while the run goes on.
    package func status(ofStep number: Int) -> StepStatus {
        guard case .open = steps[number].phase else { return steps[number].status }
        if case .ended(let status, _) = lifecycle { return status == .cancelled ? .cancelled : .pending }
        return .running
    }
}
