import CEL
import ExecutorKit
import JSON
import WorkflowCore

// Steps that an executor does. All that is known of them comes from descriptors.

extension DefinitionCompiler {
    /// - Parameter uses: where the name is written.
    func compileCall(
        _ name: ExecutorName, _ uses: Node, _ fields: Fields, _ owner: String, _ context: ExpressionContext,
        into step: inout Step
    ) {
        if !calledGroups.contains(name.group) { calledGroups.append(name.group) }
        compileProcess(fields, owner, context, into: &step)
        let what = "\"with\" of \(owner)"
        let operation = operation(name, uses, owner)
        let node = fields["with"] ?? Node(.map([]), position: uses.position)
        guard case .map(let entries) = node.value else {
            problems.error(
                .wrongType, "\(what) must be a mapping, not \(node.kindDescription)", at: node.position,
                suggestion: "write with: {…}, with the arguments of \(name.text)")
            return
        }
        var members: [(name: String, value: ValueTemplate)] = []
        for entry in entries.sorted(by: { NameRules.precedes($0.key, $1.key) }) {
            let value =
                if let schema = operation?.with.property(entry.key), schema.isExpression {
                    expressionText(entry.value, "\(quoted(entry.key)) of \(what)", schema)
                } else {
                    valueTemplate(entry.value, what, .call(name.text), context)
                }
            if let value { members.append((entry.key, value)) }
        }
        step.action = .call(
            Call(
                name: name, with: .object(members),
                isIdempotent: fields["idempotent"].flatMap { read.bool($0, "\"idempotent\" of \(owner)") }
                    ?? defaults.isIdempotent,
                onDoubt: fields["on_doubt"].flatMap { read.word($0, "\"on_doubt\" of \(owner)", DoubtPolicy.self) }
                    ?? defaults.onDoubt))
        guard let operation, members.count == entries.count else { return }
        if !operation.outputs.isEmpty {
            declaredOutputs[step.name] = operation.outputs.map(\.name)
            for output in operation.outputs {
                knownKinds.outputs[step.name, default: [:]][output.name] = Parameter.Kind(output.schema)
            }
        }
        for problem in operation.with.problems(with: written(.object(members), context)) {
            report(problem, in: node, what, name)
        }
    }

    /// nil where it is not known, with an error where that was asked for.
    private func operation(
        _ name: ExecutorName, _ uses: Node, _ owner: String
    ) -> ExecutorDescriptor.Operation? {
        switch executors.look(up: name) {
        case .operation(let operation): return operation
        case .notAsked: return nil
        case .broken(let reason):
            problems.error(
                .executorUnusable, "\(owner) uses \(quoted(name.text)), and its executor cannot be used: \(reason)",
                at: uses.position)
        case .noSuchOperation(let operations):
            problems.error(
                .unknownExecutor,
                "\(owner) uses \(quoted(name.text)), and the executor \(name.group) has no operation "
                    + quoted(name.operation),
                at: uses.position,
                suggestion: problems.didYouMean(name.operation, among: operations)
                    ?? "its operations are \(operations.joined(separator: ", "))")
        case .noSuchGroup(let groups):
            problems.error(
                .unknownExecutor, "\(owner) uses \(quoted(name.text)), and there is no executor \(quoted(name.group))",
                at: uses.position,
                suggestion: problems.didYouMean(name.group, among: groups)
                    ?? "a program \(ExecutorInvocation.programPrefix)\(name.group) is looked for in executors/ beside "
                    + "the definition and in the current folder, then on PATH")
        }
        return nil
    }

    /// An expression that is handed over as it is written: it sees what its executor names, and nothing of the run.
    private func expressionText(_ node: Node, _ what: String, _ schema: JSONSchema) -> ValueTemplate? {
        if case .bool(let value) = node.value { return .text(Template(text: value ? "true" : "false")) }
        guard let text = read.nonEmptyText(node, what) else { return nil }
        guard !TemplateScanner.containsExpression(text) else {
            problems.error(
                .invalidExpression, "\(what) is an expression that the executor evaluates", at: node.position,
                suggestion: "write it without ${{ and }}")
            return nil
        }
        let origin = ExpressionOrigin(node: node)
        do throws(CELError) {
            let expression = try CELExpression(parsing: text)
            let known = schema.variables.map(\.name)
            for reference in expression.references {
                guard !known.isEmpty, let root = reference.path.first, !known.contains(where: { $0.isSame(as: root) })
                else { continue }
                problems.error(
                    .unknownVariable, "there is no variable \(quoted(root)) in \(what)",
                    at: origin.position(of: reference.offset, in: sources),
                    suggestion: problems.didYouMean(root, among: known)
                        ?? "the variables are \(known.joined(separator: ", "))")
            }
        } catch {
            problems.error(
                .invalidExpression, "\(what) is not a valid expression: \(error.message)",
                at: origin.position(of: error.offset, in: sources))
        }
        return .text(Template(text: text))
    }

    /// What a template says of its value, whatever the run is like.
    private func written(_ value: ValueTemplate, _ context: ExpressionContext) -> WrittenValue {
        switch value {
        case .null: return .known(.null)
        case .bool(let value): return .known(.bool(value))
        case .int(let value): return .known(.int(value))
        case .double(let value): return .known(.double(value))
        case .text(let template):
            if let text = template.constant { return .known(.string(text)) }
            guard let expression = template.wholeExpression else { return .unknown([.string]) }
            return .unknown(knownKinds.kind(of: expression, in: context).schemaKinds)
        case .array(let elements): return .array(elements.map { written($0, context) })
        case .object(let members): return .object(members.map { ($0.name, written($0.value, context)) })
        }
    }

    private func report(_ problem: SchemaProblem, in node: Node, _ what: String, _ name: ExecutorName) {
        // A member that is not known has no value of interest: its key is the place.
        let found = node.find(problem.path)
        let whole = problem.place.isEmpty ? what : "\(quoted(problem.place)) of \(what)"
        switch problem.kind {
        case .missing(let member):
            problems.error(
                .missingKey, "\(whole) needs \(quoted(member)) for \(name.text)", at: found.value.position,
                suggestion: "`workflow executor show \(name.text)` prints what it takes")
        case .unknown(let member, let known):
            let isKey = problem.path.last == .member(member)
            problems.error(
                isKey ? .unknownKey : .invalidValue,
                isKey
                    ? "unknown key \(quoted(member)) in \(parent(of: problem, what))" : "\(whole) \(problem.message)",
                at: isKey ? found.key ?? found.value.position : found.value.position,
                suggestion: problems.didYouMean(member, among: known)
                    ?? (isKey ? "the keys are \(known.joined(separator: ", "))" : nil))
        case .wrongType: problems.error(.wrongType, "\(whole) \(problem.message)", at: found.value.position)
        case .wrongValue: problems.error(.invalidValue, "\(whole) \(problem.message)", at: found.value.position)
        }
    }

    private func parent(of problem: SchemaProblem, _ what: String) -> String {
        let outer = SchemaProblem(path: problem.path.dropLast(), kind: problem.kind, message: "")
        return outer.place.isEmpty ? what : "\(quoted(outer.place)) of \(what)"
    }
}

extension Node {
    /// The value at a path, or the innermost one on the way to it, and the place of its key.
    fileprivate func find(_ path: [SchemaProblem.Part]) -> (value: Node, key: Position?) {
        var node = self
        var key: Position?
        for part in path {
            switch (part, node.value) {
            case (.member(let name), .map(let entries)):
                guard let entry = entries.first(where: { $0.key == name }) else { return (node, key) }
                (node, key) = (entry.value, entry.keyPosition)
            case (.element(let number), .list(let items)) where items.indices.contains(number):
                (node, key) = (items[number], nil)
            default: return (node, key)
            }
        }
        return (node, key)
    }
}

extension ExpressionKind {
    /// Empty where anything may come.
    fileprivate var schemaKinds: [JSONSchema.Kind] {
        switch self {
        case .boolean: [.boolean]
        case .number: [.integer, .number]
        case .text: [.string]
        case .list: [.array]
        case .map: [.object]
        case .other, .unknown: []
        }
    }
}
