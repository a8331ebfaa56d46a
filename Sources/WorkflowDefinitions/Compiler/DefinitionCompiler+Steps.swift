import CEL
import WorkflowCore

extension DefinitionCompiler {
    /// Compiles the steps of one list; `outer` is what surrounds the list.
    func compileList(_ list: Int, _ outer: ExpressionContext) -> [Step] {
        var steps: [Step] = []
        steps.reserveCapacity(index.lists[list].steps.count)
        for id in index.lists[list].steps { if let step = compileStep(id, outer) { steps.append(step) } }
        return steps
    }

    private func compileStep(_ id: Int, _ outer: ExpressionContext) -> Step? {
        let entry = index.entries[id]
        let owner = entry.name.isEmpty ? "step \(entry.offset + 1)" : "step \(quoted(entry.name))"
        guard let fields = Fields(entry.node, of: owner, .step, problems: problems) else { return nil }
        let name = self.name(fields, owner: owner)
        if let name, let first = index.byName[name], first != id {
            problems.error(
                .duplicateName,
                "a second step is called \(quoted(name)); the first is "
                    + problems.written(index.entries[first].position, seenFrom: entry.position),
                at: entry.position, suggestion: "names are unique in the whole definition")
        }
        guard let kind = StepKind(fields, owner: owner, problems: problems) else { return nil }
        reportInapplicableKeys(fields, kind, owner)
        var context = outer
        context.step = id
        var step = Step(name: name ?? "", action: .group([]))
        step.description = fields["description"].flatMap { read.text($0, "\"description\" of \(owner)") }
        index.setNeeds(compileNeeds(fields, entry, owner), of: id)
        step.needs = index.entries[id].needs
        step.foreach = fields.entry("foreach").flatMap { compileForeach($0, owner, &context) }
        // One that names the item is asked for each item, any other once before there are items.
        step.condition = fields["if"].flatMap { condition($0, "\"if\" of \(owner)", context) }
        warnOfUnseenFailure(step.condition, fields["if"], id, owner)
        step.environment = compileEnvironment(
            fields["env"], of: owner, place: .stepEnvironment, context, declaring: &context.environment)
        step.loop = fields.entry("repeat").flatMap { compileLoop($0, owner, context) }
        step.continueOnError =
            fields["continue_on_error"].flatMap { read.bool($0, "\"continue_on_error\" of \(owner)") } ?? false
        compileLocks(fields, owner, context, into: &step)
        compileAttempt(fields, kind, owner, into: &step)
        switch kind {
        case .run(let node): compileRun(node, fields, owner, context, into: &step)
        case .group(let node):
            if let list = entry.children, let items = read.list(node, "\"steps\" of \(owner)", of: "steps") {
                if items.isEmpty { problems.error(.emptyList, "\(owner) has no steps in it", at: node.position) }
                var inner = context
                inner.step = nil
                step.action = .group(compileList(list, inner))
            }
        case .call(let name, let uses): compileCall(name, uses, fields, owner, context, into: &step)
        case .sleep, .signal, .approval:
            guard let action = compileBuiltIn(kind, fields, owner, context) else { return nil }
            step.action = action
        }
        return step
    }

    private func reportInapplicableKeys(_ fields: Fields, _ kind: StepKind, _ owner: String) {
        for key in KeyTable.step.keys where fields.has(key) && !kind.allows(key) {
            let message = "\"\(key)\" means nothing in \(owner), which \(kind.description)"
            let position = fields.entry(key)?.keyPosition ?? fields.position
            if kind.isUseless(key) {
                problems.warning(.uselessKey, message, at: position, suggestion: kind.advice(for: key))
            } else {
                problems.error(.keyNotApplicable, message, at: position, suggestion: kind.advice(for: key))
            }
        }
    }

    // MARK: Order

    /// Offsets in the step's own list.
    private func compileNeeds(_ fields: Fields, _ entry: StepIndex.Entry, _ owner: String) -> [Int] {
        guard let node = fields["needs"] else { return entry.offset > 0 ? [entry.offset - 1] : [] }
        guard case .list(let items) = node.value else {
            problems.error(
                .wrongType, "\"needs\" of \(owner) must be a list of steps' names, not \(node.kindDescription)",
                at: node.position,
                suggestion: node.text.map { "write needs: [\($0)]" } ?? "write needs: [] to start at once")
            return []
        }
        var needs: Set<Int> = []
        for item in items {
            guard let name = read.name(item, "a name in \"needs\" of \(owner)") else { continue }
            if let offset = index.lists[entry.list].offsets[name] {
                if offset == entry.offset {
                    problems.error(.dependencyCycle, "\(owner) needs itself", at: item.position)
                } else if !needs.insert(offset).inserted {
                    problems.error(
                        .duplicateName, "\"needs\" of \(owner) names \(quoted(name)) twice", at: item.position)
                }
            } else {
                reportUnknownNeed(name, item.position, entry, owner)
            }
        }
        return needs.sorted()
    }

    private func reportUnknownNeed(_ name: String, _ position: Position, _ entry: StepIndex.Entry, _ owner: String) {
        if let other = index.byName[name] {
            let place =
                switch index.entries[other].area {
                case .onExit: "in on_exit"
                case .stage(let number) where index.entries[other].area == entry.area:
                    "in another list of stage \(number + 1)"
                case .stage(let number): "in stage \(number + 1)"
                }
            problems.error(
                .unknownStep,
                "\(owner) cannot need \(quoted(name)), which is \(place): needs names steps of the same list",
                at: position, suggestion: "stages follow each other, so leave it out")
            return
        }
        problems.error(
            .unknownStep, "\(owner) needs \(quoted(name)), and there is no such step", at: position,
            suggestion: problems.didYouMean(name, among: siblings(of: entry)))
    }

    private func siblings(of entry: StepIndex.Entry) -> [String] {
        index.lists[entry.list].steps.map { index.entries[$0].name }.filter { $0 != entry.name }
    }

    // MARK: Attempts

    private func compileAttempt(_ fields: Fields, _ kind: StepKind, _ owner: String, into step: inout Step) {
        step.isIdempotent =
            fields["idempotent"].flatMap { read.bool($0, "\"idempotent\" of \(owner)") }
            ?? (kind.startsProcess ? defaults.isIdempotent ?? false : true)
        let doubt = fields["on_doubt"].flatMap { read.word($0, "\"on_doubt\" of \(owner)", DoubtPolicy.self) }
        step.onDoubt = doubt ?? (kind.startsProcess ? defaults.onDoubt : nil) ?? (step.isIdempotent ? .retry : .ask)
        step.timeout = Milliseconds.longest
        guard kind.startsProcess else { return }
        step.timeout =
            fields["timeout"].flatMap { timeout($0, "\"timeout\" of \(owner)") } ?? defaults.timeout
            ?? Step.defaultTimeout
        step.killAfter =
            fields["kill_after"].flatMap { read.duration($0, "\"kill_after\" of \(owner)") }
            ?? defaults.killAfter ?? Step.defaultKillAfter
        let own = fields["retry"].flatMap { compileRetry($0, of: owner) }
        let retry = (own ?? RetryFields()).over(defaults.retry)
        if own != nil, retry.limit == nil, let node = fields["retry"], !Fields.isWritten("limit", in: node) {
            problems.error(
                .missingKey, "\"retry\" of \(owner) has no limit, so nothing would be retried", at: node.position,
                suggestion: "add limit: a number from 1 to 100")
        }
        step.retry = retry.policy
    }

    /// What holds for every step that starts a process.
    func compileProcess(
        _ fields: Fields, _ owner: String, _ context: ExpressionContext, into step: inout Step
    ) {
        step.shell = fields["shell"].flatMap { compileShell($0, of: owner) } ?? defaults.shell ?? Step.defaultShell
        if let directory = fields["working_directory"] ?? defaults.workingDirectory {
            let what = "\"working_directory\" of \(owner)"
            step.workingDirectory = template(directory, what, .workingDirectory, context)
            checkPath(constantText(step.workingDirectory), directory, what)
        }
        let pins = fields["pin_env"].flatMap { compilePins($0, of: owner) } ?? []
        step.pinnedEnvironment = Set(pins + defaults.pinnedEnvironment).sorted(by: NameRules.precedes)
        step.probe = fields["probe"].flatMap { script($0, "\"probe\" of \(owner)", .probe, context, step.shell) }
        step.verify = fields["verify"].flatMap { script($0, "\"verify\" of \(owner)", .verify, context, step.shell) }
    }

    private func compileRun(
        _ node: Node, _ fields: Fields, _ owner: String, _ context: ExpressionContext, into step: inout Step
    ) {
        compileProcess(fields, owner, context, into: &step)
        step.outputs = fields["outputs"].map { compileOutputs($0, of: owner) } ?? []
        if !step.outputs.isEmpty {
            declaredOutputs[step.name] = step.outputs.map(\.name)
            for output in step.outputs { knownKinds.outputs[step.name, default: [:]][output.name] = output.kind }
        }
        step.action = .run(script(node, "\"run\" of \(owner)", .run, context, step.shell) ?? Script(text: ""))
        step.undo = fields["undo"].flatMap { script($0, "\"undo\" of \(owner)", .undo, context, step.shell) }
    }

    private func compileLocks(
        _ fields: Fields, _ owner: String, _ context: ExpressionContext, into step: inout Step
    ) {
        step.lockTimeout =
            fields["lock_timeout"].flatMap { timeout($0, "\"lock_timeout\" of \(owner)") }
            ?? defaults.lockTimeout ?? Step.defaultTimeout
        guard let entry = fields.entry("locks") else {
            if let useless = fields.entry("lock_timeout") {
                problems.warning(
                    .uselessKey, "\"lock_timeout\" means nothing in \(owner), which takes no locks",
                    at: useless.keyPosition, suggestion: "leave it out")
            }
            return
        }
        guard let items = read.list(entry.value, "\"locks\" of \(owner)", of: "names") else { return }
        var names: Set<String> = []
        for item in items {
            guard let name = read.nonEmptyText(item, "a lock of \(owner)") else { continue }
            if !names.insert(name).inserted {
                problems.error(.duplicateName, "\"locks\" of \(owner) names \(quoted(name)) twice", at: item.position)
            }
            if let lock = template(item, "a lock of \(owner)", .lock, context) {
                checkStoreName(lock, item, "the name of a lock")
                step.locks.append(lock)
            }
        }
        checkLocks(step.locks.count, entry.value, owner)
    }

    // MARK: Repetition

    private func compileForeach(
        _ entry: Node.Entry, _ owner: String, _ context: inout ExpressionContext
    ) -> Foreach? {
        let what = "\"foreach\" of \(owner)"
        guard let fields = Fields(entry.value, of: what, .foreach, problems: problems) else { return nil }
        var items: ValueTemplate?
        if let node = fields["items"] {
            items = compileItems(node, what, context)
        } else {
            problems.error(
                .missingKey, "\(what) has no items", at: fields.position,
                suggestion: "write items: [a, b] or items: \"${{ params.list }}\"")
        }
        var variable = "item"
        if let node = fields["as"] {
            if let name = read.name(node, "\"as\" of \(what)") {
                if !isFreeVariable(name, context) {
                    problems.error(
                        .invalidName,
                        "\(quoted(name)) cannot be the variable of \(what): it must be a free name of letters, "
                            + "digits and \"_\"", at: node.position)
                }
                variable = name
            }
        } else if context.variables.contains(variable) {
            problems.error(
                .invalidName, "\(what) stands in another foreach, whose variable is called \"item\" too",
                at: fields.position, suggestion: "give this one a name with as")
        }
        context.variables.append(variable)
        context.variableKinds[variable] = items.map { knownKinds.itemKind(of: $0, in: context) } ?? .unknown
        foreachVariables.insert(variable)
        let inner = context
        let key = fields["key"].flatMap { bareExpression($0, "\"key\" of \(what)", .foreachKey, inner) }
        let parallel = fields["max_parallel"].flatMap {
            read.int($0, "\"max_parallel\" of \(what)", in: Bounds.parallel)
        }
        let goesOn = fields["continue_on_error"].flatMap { read.bool($0, "\"continue_on_error\" of \(what)") }
        guard let items else { return nil }
        let foreach = Foreach(
            items: items, variable: variable, key: key, maxParallel: parallel, continueOnError: goesOn ?? false)
        if let list = fields["items"], let key = fields["key"] { checkKeys(foreach, list, key, what) }
        return foreach
    }

    private func isFreeVariable(_ name: String, _ context: ExpressionContext) -> Bool {
        // Words of CEL such as `in` look like names, and are none.
        NameRules.isVariable(name) && !NameRules.expressionRoots.contains(name) && !context.variables.contains(name)
            && (try? CELExpression(parsing: name))?.references.first?.path == [name]
    }

    private func compileItems(_ node: Node, _ what: String, _ context: ExpressionContext) -> ValueTemplate? {
        var place = ExpressionPlace.foreachItems
        switch node.value {
        case .list(let items):
            place = .foreachItem
            guard items.count <= Bounds.itemsMax else {
                problems.error(
                    .outOfRange, "\(what) has \(items.count) items; the limit is \(Bounds.itemsMax)",
                    at: node.position)
                return nil
            }
        case .string(let text) where TemplateScanner.containsExpression(text): break
        default:
            problems.error(
                .wrongType, "the items of \(what) must be a list or an expression, not \(node.kindDescription)",
                at: node.position, suggestion: node.text.map { "write items: \"${{ \($0) }}\"" })
            return nil
        }
        guard let items = valueTemplate(node, "the items of \(what)", place, context) else { return nil }
        if case .text(let template) = items, template.wholeExpression == nil {
            problems.error(
                .wrongType, "the items of \(what) must be one expression, not a text with expressions in it",
                at: node.position)
            return nil
        }
        return items
    }

    private func compileLoop(_ entry: Node.Entry, _ owner: String, _ context: ExpressionContext) -> Loop? {
        let what = "\"repeat\" of \(owner)"
        guard let fields = Fields(entry.value, of: what, .loop, problems: problems) else { return nil }
        guard let node = fields["until"] else {
            problems.error(.missingKey, "\(what) has no until", at: fields.position)
            return nil
        }
        let until = bareExpression(node, "\"until\" of \(what)", .until, context)
        let limit = limit(fields, of: what, Bounds.rounds)
        checkUntil(until, node, what, limit: limit)
        let delay = fields["delay"].flatMap { read.duration($0, "\"delay\" of \(what)") }
        guard let until, let limit else { return nil }
        return Loop(until: until, limit: limit, delay: delay ?? .zero)
    }
}
