import WorkflowCore

/// Builds the tree of a file from its YAML events, with a stack of its own and a limit on everything that a file can
/// grow.
struct Composer {
    struct Limits: Sendable {
        /// How many lists and mappings may stand inside each other.
        var depth = 100
        /// Values in the whole file.
        var values = 1_000_000
        /// Values that aliases add.
        var aliasedValues = 10_000
        /// What an empty file should hold.
        var emptySuggestion: String?
        /// Levels around the file, and values of the files before it: they count towards the limits.
        var outerDepth = 0
        var outerValues = 0
    }

    /// A list or mapping whose end has not been read. A class, so that growing it never copies it.
    private final class Open {
        let isMap: Bool
        let anchor: String?
        let start: Position
        let isFlow: Bool
        var items: [Node] = []
        var entries: [Node.Entry] = []
        /// Of the entries, once a scan would be slow.
        var places: [String: Position] = [:]
        /// The key that waits for its value; `isKept` is false where that value has no place in the tree.
        var key: (text: String, position: Position, isKept: Bool)?

        init(isMap: Bool, anchor: String?, start: Position, isFlow: Bool) {
            self.isFlow = isFlow
            self.isMap = isMap
            self.anchor = anchor
            self.start = start
        }

        func place(of key: String) -> Position? {
            if places.isEmpty, entries.count < 16 { return entries.first { $0.key == key }?.keyPosition }
            if places.isEmpty { for entry in entries { places[entry.key] = entry.keyPosition } }
            return places[key]
        }

        func append(_ entry: Node.Entry) {
            entries.append(entry)
            if !places.isEmpty { places[entry.key] = entry.keyPosition }
        }
    }

    private struct Anchored {
        var node: Node
        var values: Int
        var depth: Int
    }

    private let limits: Limits
    private let problems: ProblemList
    private var stack: [Open] = []
    private var anchors: [String: Anchored] = [:]
    private var root: Node?
    private(set) var values = 0
    private var aliasedValues = 0

    init(limits: Limits, problems: ProblemList) {
        self.limits = limits
        self.problems = problems
    }

    /// The tree of the only document; nil when a problem ends the reading.
    mutating func compose(_ source: SourceText) -> Node? {
        source.bytes.withUnsafeBufferPointer { text in
            let events = YAMLEvents(text, file: source.file)
            do throws(YAMLScanError) {
                return try read(events, source.file)
            } catch {
                report(error, in: source)
                return nil
            }
        }
    }

    private mutating func read(_ events: YAMLEvents, _ file: Int) throws(YAMLScanError) -> Node? {
        while true {
            let (event, start, end) = try events.next()
            switch event {
            case .streamStart, .documentEnd: break
            case .streamEnd:
                if root == nil {
                    problems.error(
                        .fileEmpty, "the file is empty", at: .start(of: file), suggestion: limits.emptySuggestion)
                }
                return root
            case .documentStart:
                guard root == nil else {
                    problems.error(
                        .severalDocuments, "the file has a second document (\"---\")", at: start,
                        suggestion: "one file holds one definition")
                    return nil
                }
            case .alias(let name):
                guard let node = expand(name, at: start) else { return nil }
                add(node)
            case .scalar(let scalar):
                let node = node(of: scalar, start: start, end: end)
                guard count(1, at: start) else { return nil }
                if let anchor = scalar.anchor { anchors[anchor] = Anchored(node: node, values: 1, depth: 0) }
                add(node, isWritten: true)
            case .listStart(let anchor, let tag, let isFlow):
                if let tag, tag != "tag:yaml.org,2002:seq", tag != "!" { refuse(tag, at: start) }
                guard open(Open(isMap: false, anchor: anchor, start: start, isFlow: isFlow)) else { return nil }
            case .mapStart(let anchor, let tag, let isFlow):
                if let tag, tag != "tag:yaml.org,2002:map", tag != "!" { refuse(tag, at: start) }
                guard open(Open(isMap: true, anchor: anchor, start: start, isFlow: isFlow)) else { return nil }
            case .listEnd, .mapEnd: close(end: end)
            }
        }
    }

    // MARK: Containers

    private mutating func open(_ container: Open) -> Bool {
        guard stack.count + limits.outerDepth < limits.depth else { return tooDeep(at: container.start) }
        guard count(1, at: container.start) else { return false }
        if let map = stack.last, map.isMap, map.key == nil {
            problems.error(
                .keyNotText, "a key must be text, not a \(container.isMap ? "mapping" : "list")", at: container.start,
                suggestion: container.isMap ? "an expression is written \"${{ … }}\", in quotes" : nil)
        }
        stack.append(container)
        return true
    }

    private mutating func close(end: Position) {
        guard let container = stack.popLast() else { return }
        let value: Node.Value = container.isMap ? .map(container.entries) : .list(container.items)
        let node = Node(value, position: container.start, end: end, style: container.isFlow ? .flow : .none)
        if let anchor = container.anchor {
            let size = Composer.size(of: node)
            anchors[anchor] = Anchored(node: node, values: size.values, depth: size.depth)
        }
        add(node)
    }

    /// Puts a finished value where it belongs; `isWritten` says that it is a scalar which stands in this very place.
    private mutating func add(_ node: Node, isWritten: Bool = false) {
        guard let container = stack.last else {
            root = node
            return
        }
        guard container.isMap else {
            if isWritten { warnAboutOtherReading(node) }
            return container.items.append(node)
        }
        if let key = container.key {
            if isWritten { warnAboutOtherReading(node) }
            if key.isKept {
                container.append(Node.Entry(key: key.text, keyPosition: key.position, value: node))
            }
            container.key = nil
        } else {
            let text = node.plainText ?? node.text
            container.key = (text ?? "", node.position, text.map { keep($0, node, in: container) } ?? false)
        }
    }

    private func keep(_ key: String, _ node: Node, in map: Open) -> Bool {
        if key == "<<", node.style == .plain {
            problems.error(
                .mergeKey, "merge keys are not part of YAML 1.2", at: node.position,
                suggestion: "write the keys out, or put them under \"defaults\"")
            return false
        }
        if let first = map.place(of: key) {
            problems.error(
                .duplicateKey,
                "the key \(quoted(key)) stands a second time in this mapping; the first is in line \(first.line)",
                at: node.position)
            return false
        }
        return true
    }

    // MARK: Scalars

    private func node(of scalar: YAMLScalar, start: Position, end: Position) -> Node {
        var value = Node.Value.string(scalar.text)
        switch scalar.tag {
        case nil: if scalar.style == .plain { value = CoreSchema.value(ofPlain: scalar.text) }
        case "!", "tag:yaml.org,2002:str": break
        case .some(let tag):
            let read = CoreSchema.value(ofPlain: scalar.text)
            switch (tag, read) {
            case ("tag:yaml.org,2002:int", .int), ("tag:yaml.org,2002:float", .double),
                ("tag:yaml.org,2002:bool", .bool), ("tag:yaml.org,2002:null", .null):
                value = read
            default: refuse(tag, at: start)
            }
        }
        var plainText: String?
        if scalar.style == .plain {
            if case .string = value {} else { plainText = scalar.text }
        }
        return Node(value, position: start, end: end, plainText: plainText, style: scalar.style)
    }

    private func warnAboutOtherReading(_ node: Node) {
        guard node.style == .plain, let text = node.plainText ?? node.text,
            let other = CoreSchema.otherReading(ofPlain: text)
        else { return }
        problems.warnOfReading(
            "readers of YAML 1.1 take \(text) for \(other); this file is read as YAML 1.2",
            at: node.position, suggestion: "put it in quotes if you mean text")
    }

    // MARK: Limits and refusals

    private mutating func expand(_ name: String, at position: Position) -> Node? {
        guard let anchored = anchors[name] else {
            problems.error(
                .unknownAlias, "the alias *\(name) names no anchor that ends before it", at: position,
                suggestion: problems.didYouMean(name, among: anchors.keys.sorted())
                    ?? "a text that begins with * stands in quotes, or below |")
            return nil
        }
        aliasedValues += anchored.values
        guard aliasedValues <= limits.aliasedValues else {
            problems.error(
                .aliasExpansion, "aliases expand to more than \(limits.aliasedValues) values", at: position,
                suggestion: "write a foreach, or keep data in files that the steps read")
            return nil
        }
        guard stack.count + limits.outerDepth + anchored.depth <= limits.depth else {
            _ = tooDeep(at: position)
            return nil
        }
        return count(anchored.values, at: position) ? anchored.node : nil
    }

    /// Recurses as deep as the limit on depth allows.
    private static func size(of node: Node) -> (values: Int, depth: Int) {
        let children: [Node]
        switch node.value {
        case .list(let items): children = items
        case .map(let entries): children = entries.map(\.value)
        default: return (1, 0)
        }
        var size = (values: 1, depth: 0)
        for child in children {
            let inner = Composer.size(of: child)
            size = (size.values + inner.values, max(size.depth, inner.depth))
        }
        return (size.values, size.depth + 1)
    }

    private mutating func count(_ added: Int, at position: Position) -> Bool {
        values += added
        guard values + limits.outerValues > limits.values else { return true }
        problems.error(
            .tooManyValues, "the file has more than \(limits.values) values", at: position,
            suggestion: "keep data in files that the steps read")
        return false
    }

    private func tooDeep(at position: Position) -> Bool {
        problems.error(.tooDeep, "the file nests deeper than \(limits.depth) levels", at: position)
        return false
    }

    private func refuse(_ tag: String, at position: Position) {
        problems.error(
            .customTag, "the tag \(quoted(tag)) does not fit here", at: position,
            suggestion: "leave it out; only the types of YAML's core schema are known")
    }

    private func report(_ error: YAMLScanError, in source: SourceText) {
        let position = error.position ?? source.position(of: error.offset)
        if error.message.contains("nesting level") {
            _ = tooDeep(at: position)
        } else if source.hasTabInIndentation(line: position.line) {
            problems.error(
                .tabIndentation, "a tab cannot indent YAML", at: position, suggestion: "indent with spaces")
        } else {
            let advice = YAMLAdvice(error, at: position, in: source)
            problems.error(.yamlSyntax, advice.message, at: advice.position, suggestion: advice.suggestion)
        }
    }
}
