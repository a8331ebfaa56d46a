import CEL
import WorkflowCore

/// Looks through the whole compiled definition: circles of needs, and everything that expressions name.
struct ReferenceChecks {
    let problems: ProblemList
    let sources: SourceFiles
    let index: StepIndex
    let order: StepOrder
    let names: DeclaredNames
    private let kinds: KnownKinds
    private let sites: [ExpressionSite]

    init(_ compiler: DefinitionCompiler, sources: SourceFiles) {
        problems = compiler.problems
        self.sources = sources
        index = compiler.index
        order = StepOrder(compiler.index)
        names = DeclaredNames(compiler)
        kinds = compiler.knownKinds
        sites = compiler.sites
    }

    func run() {
        for cycle in order.cycles() { report(cycle) }
        for site in sites {
            FunctionChecks(problems: problems, sources: sources).check(site)
            if checkHyphens(site) { continue }
            for reference in site.expression.references { check(reference, site) }
            checkKind(site)
            checkConstants(site)
        }
    }

    private func report(_ cycle: [Int]) {
        guard let first = cycle.first else { return }
        let names = (cycle + [first]).map { index.entries[$0].name }
        let shown = names.count > 12 ? names.prefix(6) + ["…"] + names.suffix(5) : names[...]
        problems.error(
            .dependencyCycle, "steps wait for each other in a circle: \(shown.joined(separator: " → "))",
            at: index.entries[first].position, suggestion: "take one of these out of needs")
    }

    // MARK: References

    private func check(_ reference: CELReference, _ site: ExpressionSite) {
        guard let root = reference.path.first, !site.context.variables.contains(root) else { return }
        switch root {
        case "params": checkParameter(reference, site)
        case "env": checkEnvironment(reference, site)
        case "steps": checkStep(reference, site)
        case "stages": checkStage(reference, site)
        case "run": checkRun(reference, site)
        case "secrets": checkSecret(reference, site)
        case "attempt": checkAttempt(reference, site)
        default: reportUnknownVariable(root, reference, site)
        }
    }

    func report(
        _ code: DiagnosticCode, _ message: String, _ reference: CELReference, _ site: ExpressionSite,
        suggestion: String? = nil
    ) {
        problems.error(
            code, message, at: site.origin.position(of: reference.offset, in: sources), suggestion: suggestion)
    }

    private func reportUnknownVariable(_ root: String, _ reference: CELReference, _ site: ExpressionSite) {
        let known = ["params", "env", "steps", "stages", "run", "attempt", "secrets"] + site.context.variables
        let suggestion: String
        if names.foreachVariables.contains(root) {
            suggestion = "the variable of a foreach is known in its step, and in the steps of its group"
        } else if let own = ReferenceChecks.otherRoots[root] {
            suggestion = "did you mean \"\(own)\"?"
        } else if let near = problems.didYouMean(root, among: known) {
            suggestion = near
        } else if names.parameters[root] != nil {
            suggestion = "did you mean \"params.\(root)\"?"
        } else if index.byName[root] != nil {
            suggestion = "did you mean \"steps.\(root)\"?"
        } else if site.context.environment.isSecret[root] != nil {
            suggestion = "did you mean \"env.\(root)\"?"
        } else if reference.path.count == 1 {
            suggestion = "text stands in quotes: '\(root)'"
        } else {
            suggestion = "the variables are \(known.joined(separator: ", "))"
        }
        report(.unknownVariable, "there is no variable \(quoted(root))", reference, site, suggestion: suggestion)
    }

    /// What other tools call the same thing.
    private static let otherRoots = [
        "inputs": "params", "parameters": "params", "vars": "params", "variables": "env", "needs": "steps",
        "tasks": "steps", "jobs": "steps", "job": "run", "workflow": "run", "github": "run",
    ]

    private func checkParameter(_ reference: CELReference, _ site: ExpressionSite) {
        guard reference.path.count > 1 else { return }
        let name = reference.path[1]
        guard names.parameters[name] == nil else { return }
        report(
            .unknownParameter, "there is no parameter \(quoted(name))", reference, site,
            suggestion: problems.didYouMean(name, among: names.parameters.keys.sorted()) ?? "declare it under params")
    }

    private func checkEnvironment(_ reference: CELReference, _ site: ExpressionSite) {
        let scope = site.context.environment
        guard reference.path.count > 1 else {
            if scope.hasSecrets, !site.place.isEnvironment {
                report(
                    .secretOutOfPlace,
                    "env holds secrets here, so it can be used in \(site.place.written) by single names only",
                    reference, site)
            }
            return
        }
        let name = reference.path[1]
        guard let isSecret = scope.isSecret[name] else {
            report(
                .unknownVariable, "\(name) is not declared in an env that can be seen here", reference, site,
                suggestion: problems.didYouMean(name, among: scope.names)
                    ?? (site.place.isScript
                        ? "write \"$\(name)\" in the script if it is inherited"
                        : "declare it in the env of the workflow"))
            return
        }
        if isSecret, !site.place.isEnvironment {
            report(
                .secretOutOfPlace, "env.\(name) holds a secret, which cannot be used in \(site.place.written)",
                reference,
                site, suggestion: site.place.isScript ? "write \"$\(name)\" in the script" : nil)
        }
    }

    private func checkSecret(_ reference: CELReference, _ site: ExpressionSite) {
        guard site.place.takesSecrets else {
            report(
                .secretOutOfPlace, "a secret cannot be used in \(site.place.written)", reference, site,
                suggestion: site.place.isScript
                    ? "put it in env and write \"$NAME\" in the script" : "secrets belong in env, for scripts to read")
            return
        }
        guard reference.path.count > 1 else {
            report(.secretOutOfPlace, "secrets are used one by one", reference, site, suggestion: "write secrets.NAME")
            return
        }
        let name = reference.path[1]
        guard !names.secrets.contains(name) else { return }
        report(
            .unknownSecret, "there is no secret \(quoted(name))", reference, site,
            suggestion: problems.didYouMean(name, among: names.secrets.sorted()) ?? "declare it under secrets")
    }

    private func checkStage(_ reference: CELReference, _ site: ExpressionSite) {
        guard reference.path.count > 1 else { return }
        let name = reference.path[1]
        if !names.stages.contains(name) {
            report(
                .unknownStage, "there is no stage \(quoted(name))", reference, site,
                suggestion: problems.didYouMean(name, among: names.stages.sorted()))
        } else if reference.path.count > 2, reference.path[2] != "status" {
            report(
                .unknownField, "a stage has a status, and no \(quoted(reference.path[2]))", reference, site,
                suggestion: "write stages.\(name).status")
        }
    }

    private func checkRun(_ reference: CELReference, _ site: ExpressionSite) {
        let fields = ["id", "local_id", "name", "status", "started_at"]
        guard reference.path.count > 1, !fields.contains(reference.path[1]) else { return }
        report(
            .unknownField, "a run has \(fields.joined(separator: ", ")), and no \(quoted(reference.path[1]))",
            reference, site,
            suggestion: problems.didYouMean(reference.path[1], among: fields))
    }

    private func checkAttempt(_ reference: CELReference, _ site: ExpressionSite) {
        switch site.place {
        case .run, .probe, .verify, .undo, .stepEnvironment, .workingDirectory, .with, .call: return
        default:
            report(
                .unknownVariable, "attempt is known while a step is attempted only, not in \(site.place.written)",
                reference,
                site)
        }
    }

    // MARK: Whole expressions

    /// `steps.a-b` is a subtraction. True where that was found: what else is unknown then says nothing new.
    private func checkHyphens(_ site: ExpressionSite) -> Bool {
        guard !names.hyphenated.isEmpty else { return false }
        let bytes = Array(site.expression.source.utf8)
        guard bytes.contains(UInt8(ascii: "-")) else { return false }
        var found = false
        for reference in site.expression.references where reference.path.count > 1 {
            // From `steps` over `.` to the end of what would be a name with hyphens.
            let root = reference.path[0]
            let rest = bytes.dropFirst(reference.offset + root.utf8.count + 1)
            let name = String(decoding: rest.prefix(while: NameRules.isNamePart), as: UTF8.self)
            guard name != reference.path[1], names.hyphenated.contains("\(root).\(name)"),
                bytes.dropFirst(reference.offset + root.utf8.count).first == UInt8(ascii: ".")
            else { continue }
            report(
                .hyphenatedName, "\(root).\(name) is read as a subtraction", reference, site,
                suggestion: "write \(root)[\"\(name)\"]")
            found = true
        }
        return found
    }

    private func checkKind(_ site: ExpressionSite) {
        let kind = kinds.kind(of: site.expression, in: site.context)
        let position = { site.origin.position(of: 0, in: sources) }
        switch site.place {
        case .condition, .until:
            guard kind.isCertainlyNotBoolean else { return }
            problems.error(
                .notACondition, "\(site.place.written) must be true or false, and this is always \(kind.written)",
                at: position(), suggestion: "compare it with something")
        case .foreachItems where site.isWholeValue:
            guard kind.isCertainlyNotList else { return checkRange(site) }
            problems.error(
                .wrongType, "the items must be a list, and this is always \(kind.written)", at: position(),
                suggestion: kind == .number ? "write range(\(site.expression.source)) to count" : nil)
        case .foreachKey:
            guard kind == .list || kind == .map || kind == .other else { return }
            problems.error(
                .wrongType, "a key must be a text, a number or a boolean, and this is always \(kind.written)",
                at: position(), suggestion: "choose a member that tells the items apart")
        default: return
        }
    }

    /// What has no value whatever the run is like.
    private func checkConstants(_ site: ExpressionSite) {
        if let problem = ConstantExpression.problem(with: site.expression) {
            problems.error(
                .invalidExpression, "the expression can have no value: \(problem.message)",
                at: site.origin.position(of: problem.offset, in: sources))
        } else {
            for part in ConstantExpression.failingParts(of: site.expression) {
                problems.error(
                    .invalidExpression, "the expression can have no value: \(part.message)",
                    at: site.origin.position(of: part.offset, in: sources))
            }
        }
    }

    /// `range(2000000)` says already that it is too long.
    private func checkRange(_ site: ExpressionSite) {
        guard case .call("range", nil, let arguments) = site.expression.root.kind, let argument = arguments.first,
            case .literal(.int(let count)) = site.expression.tree[argument].kind, count > Bounds.itemsMax
        else { return }
        problems.error(
            .outOfRange, "foreach has \(count) items; the limit is \(Bounds.itemsMax)",
            at: site.origin.position(of: 0, in: sources))
    }
}

extension ExpressionPlace {
    var isScript: Bool {
        switch self {
        case .run, .probe, .verify, .undo: true
        default: false
        }
    }

    /// Where a value reaches nothing but the step's process.
    var takesSecrets: Bool {
        if case .call = self { return true }
        return isEnvironment
    }

    var isEnvironment: Bool {
        switch self {
        case .workflowEnvironment, .stageEnvironment, .stepEnvironment: true
        default: false
        }
    }
}
