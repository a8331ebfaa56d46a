import CEL
import JSON
import WorkflowCore

extension DefinitionCompiler {
    // MARK: Environment

    /// Compiles one `env` and declares its names in `scope` afterwards: the values of one mapping do not see each
    /// other.
    func compileEnvironment(
        _ node: Node?, of owner: String, place: ExpressionPlace, _ context: ExpressionContext,
        declaring scope: inout EnvironmentScope
    ) -> [EnvironmentVariable] {
        guard let node, let entries = read.namedEntries(node, "\"env\" of \(owner)") else { return [] }
        var variables: [EnvironmentVariable] = []
        for entry in entries {
            checkVariable(entry)
            guard let value = template(entry.value, "\(entry.key) in \"env\" of \(owner)", place, context) else {
                // It counts as declared: one problem is enough.
                scope.declare(entry.key, isSecret: false)
                continue
            }
            checkEnvironmentValue(value, entry, "\(entry.key) in \"env\" of \(owner)")
            scope.declare(
                entry.key, isSecret: dependsOnSecret(value, context.environment), holding: value.expressions)
            variables.append(EnvironmentVariable(name: entry.key, value: value))
        }
        return variables
    }

    private func checkVariable(_ entry: Node.Entry) {
        if !NameRules.isVariable(entry.key) {
            problems.error(
                .invalidName,
                "a variable's name has letters, digits and \"_\", and does not begin with a digit, not "
                    + "\(quoted(entry.key))",
                at: entry.keyPosition)
        } else if NameRules.isReservedVariable(entry.key) {
            problems.error(
                .reservedVariable, "\(entry.key) is set by the engine; env cannot set it", at: entry.keyPosition,
                suggestion: "choose another name")
        }
    }

    private func dependsOnSecret(_ value: Template, _ outer: EnvironmentScope) -> Bool {
        value.parts.contains { part in
            guard case .expression(let expression) = part else { return false }
            return expression.references.contains { reference in
                switch reference.path.first {
                case "secrets": true
                case "env": reference.path.count > 1 ? outer.isSecret[reference.path[1]] ?? false : outer.hasSecrets
                default: false
                }
            }
        }
    }

    // MARK: Secrets

    func compileSecrets(_ node: Node) -> [Secret] {
        var secrets: [Secret] = []
        for entry in read.namedEntries(node, "\"secrets\"") ?? [] {
            let owner = "secret \(quoted(entry.key))"
            if !NameRules.isName(entry.key) {
                problems.error(
                    .invalidName, "a secret's name has letters, digits, \"_\" and \"-\", not \(quoted(entry.key))",
                    at: entry.keyPosition)
            }
            guard let fields = Fields(entry.value, of: owner, .secret, problems: problems) else { continue }
            let given = KeyTable.secret.keys.filter(fields.has)
            guard given.count == 1, let key = given.first, let value = fields[key] else {
                problems.error(
                    given.isEmpty ? .missingKey : .conflictingKeys,
                    "\(owner) needs one of env, file and command", at: fields.position,
                    suggestion: "write \(entry.key): {env: NAME}")
                continue
            }
            guard let text = read.nonEmptyText(value, "\"\(key)\" of \(owner)") else { continue }
            if TemplateScanner.containsExpression(text) {
                problems.error(
                    .invalidValue, "expressions are not evaluated in secrets", at: value.position,
                    suggestion: "write the source out")
            } else if key == "file" {
                checkPath(text, value, "\"file\" of \(owner)")
            }
            switch key {
            case "env":
                if !NameRules.isVariable(text) {
                    problems.error(
                        .invalidName, "\"env\" of \(owner) must name an environment variable, not \(quoted(text))",
                        at: value.position)
                }
                secrets.append(Secret(name: entry.key, source: .environment(text)))
            case "file": secrets.append(Secret(name: entry.key, source: .file(text)))
            default: secrets.append(Secret(name: entry.key, source: .command(text)))
            }
        }
        return secrets
    }

    // MARK: Parameters

    func compileParameters(_ node: Node) -> [Parameter] {
        (read.namedEntries(node, "\"params\"") ?? []).compactMap(compileParameter)
    }

    private func compileParameter(_ entry: Node.Entry) -> Parameter? {
        let owner = "parameter \(quoted(entry.key))"
        if !NameRules.isName(entry.key) {
            problems.error(
                .invalidName,
                "a parameter's name has letters, digits, \"_\" and \"-\", and begins with a letter or \"_\", not "
                    + quoted(entry.key),
                at: entry.keyPosition)
        }
        guard let fields = Fields(entry.value, of: owner, .parameter, problems: problems) else { return nil }
        var parameter = Parameter(name: entry.key, kind: .string)
        if let type = fields["type"] {
            guard let kind = read.word(type, "the type of \(owner)", Parameter.Kind.self) else { return nil }
            parameter.kind = kind
        }
        parameter.description = fields["description"].flatMap { read.text($0, "\"description\" of \(owner)") }
        parameter.isRequired = fields["required"].flatMap { read.bool($0, "\"required\" of \(owner)") } ?? false
        compileBounds(fields, of: owner, into: &parameter)
        compileAllowed(fields, of: owner, into: &parameter)
        warnAboutExpression(fields["default"], "the default of a parameter")
        if let node = fields["default"], let value = json(node, "\"default\" of \(owner)") {
            if parameter.isRequired {
                problems.warning(
                    .uselessKey, "\(owner) is required, so its default is never used", at: node.position,
                    suggestion: "leave one of the two out")
            }
            if let problem = ParameterRules.problem(with: value, for: parameter) {
                problems.error(
                    problem.code, "the default of \(owner) \(problem.message)", at: node.position,
                    suggestion: problem.suggestion)
            } else {
                parameter.defaultValue = ParameterRules.normalized(value, for: parameter.kind)
            }
        }
        return parameter
    }

    private func compileBounds(_ fields: Fields, of owner: String, into parameter: inout Parameter) {
        if let node = fields["pattern"], let pattern = read.text(node, "\"pattern\" of \(owner)") {
            if parameter.kind != .string {
                problems.error(
                    .keyNotApplicable, "\"pattern\" is for strings; \(owner) is of type \(parameter.kind.rawValue)",
                    at: node.position)
            } else if let problem = PatternMatcher.problem(with: pattern) {
                problems.error(
                    .invalidPattern, "the pattern of \(owner) is not RE2 syntax: \(problem)", at: node.position)
            } else {
                parameter.pattern = pattern
            }
        }
        for key in ["min", "max"] {
            guard let node = fields[key] else { continue }
            guard parameter.kind == .integer || parameter.kind == .number else {
                problems.error(
                    .keyNotApplicable, "\"\(key)\" is for numbers; \(owner) is of type \(parameter.kind.rawValue)",
                    at: node.position, suggestion: parameter.kind == .string ? "use pattern" : nil)
                continue
            }
            let bound = read.number(node, "\"\(key)\" of \(owner)")
            if key == "min" { parameter.minimum = bound } else { parameter.maximum = bound }
        }
        if let minimum = parameter.minimum, let maximum = parameter.maximum, minimum > maximum {
            problems.error(
                .outOfRange, "the min of \(owner) is above its max: nothing would be allowed",
                at: fields["min"]?.position ?? fields.position)
            parameter.minimum = nil
        }
    }

    private func compileAllowed(_ fields: Fields, of owner: String, into parameter: inout Parameter) {
        guard let node = fields["enum"], let items = read.list(node, "\"enum\" of \(owner)", of: "values") else {
            return
        }
        if items.isEmpty {
            problems.error(.emptyList, "the enum of \(owner) is empty: nothing would be allowed", at: node.position)
        }
        var seen: Set<JSONValue> = []
        for item in items {
            guard let value = json(item, "a value in the enum of \(owner)") else { continue }
            if let problem = ParameterRules.problem(with: value, for: parameter, ignoringAllowed: true) {
                problems.error(
                    problem.code, "a value in the enum of \(owner) \(problem.message)", at: item.position,
                    suggestion: problem.suggestion)
                continue
            }
            let normal = ParameterRules.normalized(value, for: parameter.kind)
            if !seen.insert(normal).inserted {
                problems.error(.duplicateName, "the enum of \(owner) has this value twice", at: item.position)
            } else {
                parameter.allowed.append(normal)
            }
        }
    }

    /// A value as it stands, without expressions.
    private func json(_ node: Node, _ what: String) -> JSONValue? {
        if let text = node.firstUnrepresentable {
            problems.error(
                .outOfRange, "\(what) holds \(text.text), which is beyond the range of exact numbers",
                at: text.position,
                suggestion: "put it in quotes if it is text")
            return nil
        }
        return CanonicalForm.json(node)
    }
}
