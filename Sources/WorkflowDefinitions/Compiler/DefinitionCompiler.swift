import ExecutorKit
import WorkflowCore

/// Turns the tree of a definition into the model: types, names, limits, defaults, templates and scripts.
///
/// What needs the whole definition (references, cycles) is left to the checks; the compiler hands them every expression
/// with its surroundings. The same compiler takes the tree of a YAML file and that of stored canonical JSON.
final class DefinitionCompiler {
    let problems: ProblemList
    /// Nil for stored definitions: their expressions have no places and are not checked again.
    let sources: SourceFiles?
    let read: ValueReader
    /// What instants are compared with; nil where nobody knows.
    let now: Timestamp?
    let executors: ExecutorCatalogue
    /// The groups of executors that steps name, in the order of the definition.
    var calledGroups: [String] = []
    var index = StepIndex(stages: [], onExit: nil)
    var knownKinds = KnownKinds()
    /// The expressions of scripts that the shell does more with than to pass them on; empty for stored definitions.
    var interpolations: [InterpolationSite] = []
    /// The variables of `env` that scripts make code of, likewise.
    var pastedVariables: [PastedVariable] = []
    var defaults = StepDefaults()
    private(set) var secretNames: [String] = []
    private(set) var stageNames: [String] = []
    /// By step; absent for steps that declare none.
    var declaredOutputs: [String: [String]] = [:]
    /// Of every `foreach`, wherever they can be seen.
    var foreachVariables: Set<String> = []
    /// The most expressions in one value: a script's are variables of its process.
    static let expressionsOfValueMax = 1_000
    /// The most expressions in the whole definition.
    static let expressionsMax = 200_000
    private(set) var expressions = 0
    /// Every expression of the definition; stays empty for stored definitions.
    var sites: [ExpressionSite] = []

    init(
        problems: ProblemList, sources: SourceFiles?, now: Timestamp? = nil, executors: ExecutorCatalogue = .notAsked
    ) {
        self.executors = executors
        self.problems = problems
        self.now = now
        self.sources = sources
        read = ValueReader(problems: problems)
    }

    /// Nil, with errors, when the definition cannot be used.
    func compile(_ root: Node) -> Definition? {
        guard let fields = Fields(root, of: "the workflow", .workflow, problems: problems) else { return nil }
        if let include = fields.entry("include") {
            problems.error(
                .keyNotApplicable, "a definition that a run keeps includes nothing", at: include.keyPosition)
        }
        let name = workflowName(fields)
        let description = fields["description"].flatMap { read.text($0, "\"description\"") }
        let parameters = fields["params"].map(compileParameters) ?? []
        for parameter in parameters { knownKinds.parameters[parameter.name] = parameter }
        let secrets = fields["secrets"].map(compileSecrets) ?? []
        secretNames = secrets.map(\.name)
        var scope = EnvironmentScope()
        let environment = compileEnvironment(
            fields["env"], of: "the workflow", place: .workflowEnvironment, ExpressionContext(environment: scope),
            declaring: &scope)
        if let node = fields["defaults"] { defaults = compileDefaults(node) }
        let maxParallel = fields["max_parallel"].flatMap { read.int($0, "\"max_parallel\"", in: Bounds.parallel) }
        let concurrency = fields.entry("concurrency").flatMap {
            compileConcurrency($0, ExpressionContext(environment: scope))
        }
        let stageNodes = stageNodes(fields)
        stageNames = stageNodes.compactMap(Fields.name)
        index = StepIndex(stages: stageNodes, onExit: fields["on_exit"])
        guard index.entries.count <= StepIndex.stepsMax else {
            problems.error(
                .tooManySteps, "the workflow has \(index.entries.count) steps; the limit is \(StepIndex.stepsMax)",
                at: fields.position, suggestion: "use foreach for steps that differ in a value only")
            return nil
        }
        let stages = compileStages(stageNodes, scope)
        var onExit: [Step] = []
        if let node = fields["on_exit"], let list = index.onExitList, read.list(node, "\"on_exit\"", of: "steps") != nil
        {
            onExit = compileList(list, ExpressionContext(area: .onExit, environment: scope))
        }
        warnOfUndo()
        guard !problems.hasErrors, let name else { return nil }
        return Definition(
            name: name, description: description, parameters: parameters, environment: environment, secrets: secrets,
            maxParallel: maxParallel ?? Definition.defaultMaxParallel, concurrency: concurrency, stages: stages,
            onExit: onExit)
    }

    /// Counts an expression; false, with an error at the first one, where there are too many.
    func countExpression(at position: Position) -> Bool {
        expressions += 1
        if expressions == DefinitionCompiler.expressionsMax + 1 {
            problems.error(
                .tooManyValues, "the workflow has more than \(DefinitionCompiler.expressionsMax) expressions",
                at: position, suggestion: "use foreach for steps that differ in a value only")
        }
        return expressions <= DefinitionCompiler.expressionsMax
    }

    private func workflowName(_ fields: Fields) -> String? {
        guard let node = fields["name"] else {
            problems.error(
                .missingKey, "the workflow has no name", at: fields.position, suggestion: "add name: my-workflow")
            return nil
        }
        guard let name = read.name(node, "\"name\"") else { return nil }
        guard NameRules.isWorkflowName(name) else {
            let letters = name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "-" }
            let better = letters.joined()
            problems.error(
                .invalidName,
                "the name of a workflow has small letters, digits and \"-\", and begins with a letter (128 at most), "
                    + "not \(quoted(name))",
                at: node.position,
                suggestion: NameRules.isWorkflowName(better) ? "write \(better)" : nil)
            return nil
        }
        return name
    }

    // MARK: Stages

    private func stageNodes(_ fields: Fields) -> [Node] {
        guard let node = fields["stages"] else {
            if problems.isIncomplete { return [] }
            problems.error(
                .missingKey, "the workflow has no stages", at: fields.position,
                suggestion: fields.has("steps")
                    ? "steps stand in stages: write stages: [{name: planning, steps: […]}] around them"
                    : "write stages: [{name: planning, steps: […]}]")
            return []
        }
        guard let nodes = read.list(node, "\"stages\"", of: "stages") else { return [] }
        if nodes.isEmpty {
            problems.error(
                .emptyList, "\"stages\" is empty", at: node.position, suggestion: "a workflow has at least one stage")
        }
        return nodes
    }

    private func compileStages(_ nodes: [Node], _ scope: EnvironmentScope) -> [Stage] {
        var stages: [Stage] = []
        var names: [String: Position] = [:]
        for (position, node) in nodes.enumerated() {
            if let stage = compileStage(node, position, scope, &names) {
                stages.append(stage)
            }
        }
        return stages
    }

    private func compileStage(
        _ node: Node, _ position: Int, _ scope: EnvironmentScope, _ names: inout [String: Position]
    ) -> Stage? {
        let written = Fields.name(of: node)
        let owner = written.map { "stage \(quoted($0))" } ?? "stage \(position + 1)"
        guard let fields = Fields(node, of: owner, .stage, problems: problems) else { return nil }
        let name = self.name(fields, owner: owner)
        if let name, let place = fields["name"]?.position {
            if name == "complete" {
                problems.error(
                    .invalidName, "no stage can be called \"complete\": that is the stage of a completed run", at: place
                )
            }
            if let first = names[name] {
                problems.error(
                    .duplicateName,
                    "a second stage is called \(quoted(name)); the first is "
                        + "\(problems.written(first, seenFrom: place))",
                    at: place)
            } else {
                names[name] = place
            }
        }
        var inner = scope
        let outer = ExpressionContext(area: .stage(position), environment: scope)
        let environment = compileEnvironment(
            fields["env"], of: owner, place: .stageEnvironment, outer, declaring: &inner)
        var steps: [Step] = []
        if let node = fields["steps"] {
            if let items = read.list(node, "\"steps\" of \(owner)", of: "steps") {
                if items.isEmpty {
                    problems.error(
                        .emptyList, "\(owner) has no steps", at: node.position,
                        suggestion: "add a step or leave the stage out")
                }
                steps = compileList(
                    index.stageLists[position], ExpressionContext(area: .stage(position), environment: inner))
            }
        } else {
            problems.error(.missingKey, "\(owner) has no steps", at: fields.position, suggestion: "add steps: […]")
        }
        let onFailure = fields["on_failure"].flatMap {
            compileReturn($0, owner: owner, position, isKnown: { names[$0] != nil })
        }
        return Stage(
            name: name ?? "",
            description: fields["description"].flatMap { read.text($0, "\"description\" of \(owner)") },
            environment: environment, steps: steps, onFailure: onFailure)
    }

    /// - Parameter isKnown: whether a name is that of the stage at `position` or of one before it.
    private func compileReturn(
        _ node: Node, owner: String, _ position: Int, isKnown: (String) -> Bool
    ) -> ReturnPolicy? {
        let what = "\"on_failure\" of \(owner)"
        guard let fields = Fields(node, of: what, .returnPolicy, problems: problems) else { return nil }
        var target: String?
        if let stage = fields["return_to"] {
            target = read.name(stage, "\"return_to\" of \(owner)")
            if let name = target, !isKnown(name) {
                let earlier = Array(stageNames.prefix(position + 1))
                problems.error(
                    .unknownStage, "\(what) cannot return to \(quoted(name)): it is no stage up to this one",
                    at: stage.position,
                    suggestion: problems.didYouMean(name, among: earlier)
                        ?? "the stages are \(earlier.prefix(20).joined(separator: ", "))")
            }
        } else {
            problems.error(
                .missingKey, "\(what) has no return_to", at: fields.position, suggestion: "name an earlier stage")
        }
        guard let limit = limit(fields, of: what, Bounds.returns) else { return nil }
        return target.map { ReturnPolicy(stage: $0, limit: limit) }
    }

    // MARK: Shared

    /// The name of a stage or step.
    func name(_ fields: Fields, owner: String) -> String? {
        guard let node = fields["name"] else {
            problems.error(
                .missingKey, "\(owner) has no name", at: fields.position, suggestion: "every step and stage has a name")
            return nil
        }
        guard let name = read.name(node, "the name of \(owner)") else { return nil }
        guard NameRules.isName(name) else {
            problems.error(
                .invalidName,
                "a name has letters, digits, \"_\" and \"-\", and begins with a letter or \"_\" (128 at most), "
                    + "not \(quoted(name))",
                at: node.position)
            return nil
        }
        return name
    }

    /// The `limit` of whatever repeats: there is no default and no infinite value.
    func limit(_ fields: Fields, of what: String, _ range: ClosedRange<Int>) -> Int? {
        guard let node = fields["limit"] else {
            problems.error(
                .missingKey, "\(what) has no limit", at: fields.position,
                suggestion: "add limit: a number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        if let asked = Unlimited.written(in: node) {
            problems.error(
                .unlimited, "\(what) cannot be unlimited (\(asked)): a run that never ends hides its failure",
                at: node.position, suggestion: "write a number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return read.int(node, "\"limit\" of \(what)", in: range)
    }

    private func compileConcurrency(_ entry: Node.Entry, _ context: ExpressionContext) -> ConcurrencyGroup? {
        guard let fields = Fields(entry.value, of: "\"concurrency\"", .concurrency, problems: problems) else {
            return nil
        }
        guard let group = fields["group"] else {
            problems.error(.missingKey, "\"concurrency\" has no group", at: fields.position)
            return nil
        }
        let conflict = fields["on_conflict"].flatMap {
            read.word(
                $0, "\"on_conflict\"", ConcurrencyGroup.Conflict.self,
                others: [
                    "skip": "write fail: the run that finds another one under way fails at once, having done nothing",
                    "wait": "write queue", "cancel": "a run that is under way is ended by `workflow cancel` only",
                    "replace": "a run that is under way is ended by `workflow cancel` only",
                ])
        }
        guard read.nonEmptyText(group, "\"group\" of \"concurrency\"") != nil else { return nil }
        let template = template(group, "\"group\"", .concurrency, context)
        checkStoreName(template, group, "the name of a concurrency group")
        return template.map {
            ConcurrencyGroup(group: $0, onConflict: conflict ?? .queue)
        }
    }
}

/// The ways in which people ask for something without an end.
enum Unlimited {
    static func written(in node: Node) -> String? {
        switch node.value {
        case .string(let text):
            let words = ["infinite", "infinity", "inf", "unlimited", "forever", "always", "none", "never"]
            return words.contains(text.lowercased()) ? text : nil
        case .int(let number): return number < 0 ? "\(number)" : nil
        case .unrepresentable(let text): return text
        default: return nil
        }
    }
}
