import WorkflowCore

/// Puts what a definition includes into its tree.
///
/// There are two places for `include`, and both mean that the content of the file stands there:
/// - at the top of a file, for files of parameters, environment, secrets, defaults, stages and owed work. Included
///   stages and `on_exit` steps come before the file's own, in the order written. A file that is reached twice counts
///   once.
/// - as an item of a list of steps, `- include: FILE`, for files whose one key is `steps`.
///
/// Nothing is overridden: a name that is defined twice is an error which names both places. Paths are relative to the
/// file that they stand in.
struct IncludeResolver {
    /// Files inside each other.
    static let depthMax = 16
    static let filesMax = 100

    private struct File {
        let path: String
        let identity: String
        /// The number of the file that includes it.
        let parent: Int?
        let depth: Int
    }

    private struct Request {
        let path: String
        let position: Position
    }

    private let limits: DefinitionLoader.Limits
    private let problems: ProblemList
    private let sources: SourceFiles
    private let read: IncludeReader?
    /// By the number that positions carry.
    private var files: [File]
    private var bytesLeft: Int
    private var values: Int
    /// Where each file was first included, by its identity.
    private var places: [String: Position] = [:]
    /// False once a file is missing: what it would have defined would be missed everywhere.
    private(set) var isWhole = true

    /// - Parameters:
    ///   - root: the path and the identity of the file that was named.
    ///   - size: the bytes and the values of that file.
    init(
        root: (path: String, identity: String), size: (bytes: Int, values: Int), limits: DefinitionLoader.Limits,
        problems: ProblemList, sources: SourceFiles, read: IncludeReader?
    ) {
        files = [File(path: root.path, identity: root.identity, parent: nil, depth: 0)]
        bytesLeft = limits.bytes - size.bytes
        values = size.values
        self.limits = limits
        self.problems = problems
        self.sources = sources
        self.read = read
    }

    /// The tree without any `include`.
    mutating func resolve(_ root: Node) -> Node {
        let merged = withParts(root, file: 0)
        guard case .map(var entries) = merged.value else { return merged }
        for index in entries.indices {
            switch entries[index].key {
            case "stages":
                guard case .list(var stages) = entries[index].value.value else { continue }
                for stage in stages.indices {
                    if let expanded = withListedSteps(stages[stage], depth: 4) { stages[stage] = expanded }
                }
                entries[index].value.value = .list(stages)
            case "on_exit":
                if let expanded = withSteps(entries[index].value, depth: 2) { entries[index].value = expanded }
            default: continue
            }
        }
        var result = merged
        result.value = .map(entries)
        return result
    }

    // MARK: Parts of a definition

    private mutating func withParts(_ node: Node, file: Int) -> Node {
        guard case .map(var entries) = node.value, let index = entries.firstIndex(where: { $0.key == "include" })
        else { return node }
        var merger = PartMerger(problems: problems)
        for request in requests(entries[index].value) {
            if let part = part(request, from: file) { merger.add(part) }
        }
        entries.remove(at: index)
        var result = node
        result.value = .map(merger.merged(into: entries))
        return result
    }

    /// The keys of an included file together with what that file includes; nil where it counts already, or has an
    /// error.
    private mutating func part(_ request: Request, from file: Int) -> [Node.Entry]? {
        guard let (node, number) = open(request, from: file, outerDepth: 0, countsOnce: true) else { return nil }
        guard case .map(let entries) = node.value else {
            return refuse(
                .wrongType, "an included file must be a mapping, not \(node.kindDescription)", at: node.position,
                suggestion: "its keys are \(KeyTable.part.keys.joined(separator: ", "))")
        }
        for entry in entries where !KeyTable.part.keys.contains(entry.key) { reportForeignKey(entry) }
        guard case .map(let merged) = withParts(node, file: number).value else { return nil }
        return merged
    }

    private func reportForeignKey(_ entry: Node.Entry) {
        if entry.key == "steps" {
            problems.error(
                .keyNotApplicable, "a file of steps cannot be included here", at: entry.keyPosition,
                suggestion: "write \"- include: FILE\" in a list of steps")
        } else if KeyTable.workflow.keys.contains(entry.key) {
            problems.error(
                .keyNotApplicable, "\"\(entry.key)\" stands in the file that is run, not in an included one",
                at: entry.keyPosition, suggestion: "take it out of this file")
        } else {
            UnknownKey.report(entry, of: "an included file", .part, problems: problems)
        }
    }

    // MARK: Lists of steps

    /// A stage or group whose `steps` have no `include` in them; nil where they have none.
    private mutating func withListedSteps(_ node: Node, depth: Int) -> Node? {
        guard case .map(var entries) = node.value, let index = entries.firstIndex(where: { $0.key == "steps" }),
            let expanded = withSteps(entries[index].value, depth: depth)
        else { return nil }
        entries[index].value = expanded
        var result = node
        result.value = .map(entries)
        return result
    }

    /// A list of steps without `include`; nil where it has none. Recurses as deep as groups and files nest, which the
    /// limit on the depth of the whole tree bounds.
    ///
    /// - Parameter depth: how many lists and mappings are open inside the list.
    private mutating func withSteps(_ list: Node, depth: Int) -> Node? {
        guard case .list(let items) = list.value else { return nil }
        var changed: [Node]?
        for (offset, item) in items.enumerated() {
            guard case .map(let entries) = item.value else {
                changed?.append(item)
                continue
            }
            if let include = entries.first(where: { $0.key == "include" }) {
                if changed == nil { changed = Array(items[..<offset]) }
                if let other = entries.first(where: { $0.key != "include" }) {
                    problems.error(
                        .conflictingKeys,
                        "an item that includes steps has no other key, and this one has \(quoted(other.key))",
                        at: other.keyPosition, suggestion: "make two items of it")
                }
                for request in requests(include.value) {
                    changed? += steps(request, from: Int(item.position.file), depth: depth)
                }
            } else if let expanded = withListedSteps(item, depth: depth + 2) {
                if changed == nil { changed = Array(items[..<offset]) }
                changed?.append(expanded)
            } else {
                changed?.append(item)
            }
        }
        guard let changed else { return nil }
        var result = list
        result.value = .list(changed)
        return result
    }

    private mutating func steps(_ request: Request, from file: Int, depth: Int) -> [Node] {
        // The list of the included file takes the place of the list that it is included in.
        guard let (node, _) = open(request, from: file, outerDepth: max(0, depth - 2), countsOnce: false),
            let fields = Fields(node, of: "a file of steps", .steps, problems: problems)
        else { return [] }
        guard let list = fields["steps"] else {
            return refuse(
                .missingKey, "a file that is included in a list of steps has no steps", at: node.position,
                suggestion: "add steps: […], or include it at the top of the definition") ?? []
        }
        guard case .list = list.value else {
            return refuse(
                .wrongType, "\"steps\" must be a list of steps, not \(list.kindDescription)", at: list.position) ?? []
        }
        guard case .list(let items) = (withSteps(list, depth: depth) ?? list).value else { return [] }
        if items.isEmpty { problems.error(.emptyList, "\"steps\" is empty", at: list.position) }
        return items
    }

    // MARK: Files

    private mutating func requests(_ node: Node) -> [Request] {
        let nodes: [Node]
        switch node.value {
        case .list(let items):
            nodes = items
            if items.isEmpty { _ = refuse(.emptyList, "\"include\" is empty", at: node.position) as Node? }
        default: nodes = [node]
        }
        var requests: [Request] = []
        for node in nodes {
            guard let path = node.text else {
                _ =
                    refuse(
                        .wrongType, "\"include\" must be a path or a list of paths, not \(node.kindDescription)",
                        at: node.position) as Node?
                continue
            }
            if let problem = IncludePath.problem(with: path) {
                _ = refuse(.invalidValue, problem.message, at: node.position, suggestion: problem.suggestion) as Node?
            } else {
                requests.append(Request(path: path, position: node.position))
            }
        }
        return requests
    }

    /// The tree of a file and its number; nil, mostly with an error, where there is nothing to include.
    private mutating func open(
        _ request: Request, from parent: Int, outerDepth: Int, countsOnce: Bool
    ) -> (Node, Int)? {
        let path = IncludePath.resolved(request.path, in: files[parent].path)
        guard let read else {
            return refuse(.includeUnreadable, "nothing can be included here", at: request.position)
        }
        guard files[parent].depth < IncludeResolver.depthMax else {
            return refuse(
                .tooManyIncludes, "files include each other more than \(IncludeResolver.depthMax) levels deep",
                at: request.position)
        }
        guard files.count <= IncludeResolver.filesMax else {
            return refuse(
                .tooManyIncludes, "more than \(IncludeResolver.filesMax) files are included", at: request.position)
        }
        let file: IncludedFile
        do throws(IncludeFailure) {
            file = try read(path, bytesLeft)
        } catch {
            return refuse(
                .includeUnreadable, "\(quoted(path)) \(error.message)", at: request.position,
                suggestion: error.suggestion)
        }
        if let circle = circle(to: file.identity, path, from: parent) {
            return refuse(
                .includeCycle, "files include each other in a circle: \(circle)", at: request.position,
                suggestion: "take one of these out")
        }
        if let first = places[file.identity] {
            if countsOnce { return nil }
            return refuse(
                .duplicateName,
                "\(quoted(path)) is included a second time; the first is "
                    + problems.written(first, seenFrom: request.position),
                at: request.position, suggestion: "the names of steps are unique, so a file of steps is included once")
        }
        guard KnownKeys.appear(in: file.bytes) else {
            // Nothing of it is shown: it may be any file that this user can read.
            return refuse(
                .wrongType, "\(quoted(path)) is no part of a workflow: it has none of its keys", at: request.position,
                suggestion: "the keys are \(KeyTable.part.keys.joined(separator: ", ")), or steps in a list of steps")
        }
        places[file.identity] = request.position
        bytesLeft -= file.bytes.count
        let number = problems.add(file: path)
        files.append(File(path: path, identity: file.identity, parent: parent, depth: files[parent].depth + 1))
        guard let node = compose(file.bytes, number, outerDepth: outerDepth) else {
            isWhole = false
            return nil
        }
        return (node, number)
    }

    private mutating func compose(_ bytes: [UInt8], _ number: Int, outerDepth: Int) -> Node? {
        let text = SourceChecks.text(of: bytes, file: number, limit: limits.bytes, problems: problems)
        let source = SourceText(text ?? [], file: number)
        sources.append(source)
        guard text != nil else { return nil }
        var composer = Composer(
            limits: Composer.Limits(
                depth: limits.depth, values: limits.values, aliasedValues: limits.aliasedValues,
                outerDepth: outerDepth, outerValues: values),
            problems: problems)
        defer { values += composer.values }
        return composer.compose(source)
    }

    /// `a.yaml → b.yaml → a.yaml`, where the file is already being included.
    private func circle(to identity: String, _ path: String, from parent: Int) -> String? {
        var chain = [path]
        var next: Int? = parent
        while let number = next {
            chain.insert(files[number].path, at: 0)
            if files[number].identity == identity { return chain.joined(separator: " → ") }
            next = files[number].parent
        }
        return nil
    }

    private mutating func refuse<Result>(
        _ code: DiagnosticCode, _ message: String, at position: Position, suggestion: String? = nil
    ) -> Result? {
        isWhole = false
        problems.error(code, message, at: position, suggestion: suggestion)
        return nil
    }
}
