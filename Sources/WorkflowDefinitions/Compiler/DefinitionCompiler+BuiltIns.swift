import WorkflowCore

extension DefinitionCompiler {
    /// How long a signal or an approval is waited for where the definition does not say.
    static let defaultWait = Milliseconds(30 * 86_400_000)

    func compileBuiltIn(
        _ kind: StepKind, _ fields: Fields, _ owner: String, _ context: ExpressionContext
    ) -> Step.Action? {
        let what = "\"with\" of \(owner)"
        guard let with = fields["with"] else {
            let example =
                switch kind {
                case .signal: "with: {name: …}"
                case .approval: "with: {prompt: …}"
                case .sleep, .run, .group, .call: "with: {for: 10s}"
                }
            problems.error(
                .missingKey, "\(owner) has no with", at: fields.position, suggestion: "write \(example)")
            return nil
        }
        switch kind {
        case .sleep: return compileSleep(with, what, context).map(Step.Action.sleep)
        case .signal:
            return compileSignal(with, what, context).map(Step.Action.signal)
        case .approval:
            return compileApproval(with, what, context).map(Step.Action.approval)
        case .run, .group, .call: return nil
        }
    }

    private func compileSleep(_ node: Node, _ what: String, _ context: ExpressionContext) -> Sleep? {
        guard let fields = Fields(node, of: what, .sleep, problems: problems) else { return nil }
        if let until = fields.entry("until") {
            if let other = fields.entry("for") {
                problems.error(
                    .conflictingKeys, "\(what) has for and until", at: max(other.keyPosition, until.keyPosition),
                    suggestion: "keep one of them")
                return nil
            }
            let owner = "\"until\" of \(what)"
            let template = template(until.value, owner, .with("sleep"), context)
            if template != nil { read.settle(until.value) }
            checkInstant(template, until.value, owner)
            return template.map(Sleep.until)
        }
        guard let length = fields["for"] else {
            problems.error(
                .missingKey, "\(what) has neither for nor until", at: fields.position, suggestion: "write for: 10s")
            return nil
        }
        if let text = length.text, TemplateScanner.containsExpression(text) {
            let template = template(length, "\"for\" of \(what)", .with("sleep"), context)
            checkDuration(template, length, "\"for\" of \(what)")
            return template.map(Sleep.computedDuration)
        }
        return read.duration(length, "\"for\" of \(what)").map(Sleep.duration)
    }

    private func compileSignal(_ node: Node, _ what: String, _ context: ExpressionContext) -> SignalWait? {
        guard let fields = Fields(node, of: what, .signal, problems: problems) else { return nil }
        let (wait, onTimeout) = compileWait(fields, what)
        guard let name = fields["name"] else {
            problems.error(.missingKey, "\(what) has no name", at: fields.position, suggestion: "name the signal")
            return nil
        }
        guard read.nonEmptyText(name, "\"name\" of \(what)") != nil else { return nil }
        let template = template(name, "\"name\" of \(what)", .with("signal"), context)
        checkStoreName(template, name, "the name of a signal")
        return template.map { SignalWait(name: $0, timeout: wait, onTimeout: onTimeout) }
    }

    private func compileApproval(_ node: Node, _ what: String, _ context: ExpressionContext) -> Approval? {
        guard let fields = Fields(node, of: what, .approval, problems: problems) else { return nil }
        let (wait, onTimeout) = compileWait(fields, what)
        var approvers: [Template] = []
        if let node = fields["approvers"], let items = read.list(node, "\"approvers\" of \(what)", of: "names") {
            if items.isEmpty {
                problems.error(
                    .emptyList, "the approvers of \(what) are empty: nobody could approve", at: node.position,
                    suggestion: "leave the key out to let anybody approve")
            }
            approvers = items.compactMap {
                guard read.nonEmptyText($0, "an approver of \(what)") != nil else { return nil }
                let approver = template($0, "an approver of \(what)", .with("approval"), context)
                checkApprover(approver, $0, "an approver of \(what)")
                return approver
            }
        }
        guard let prompt = fields["prompt"] else {
            problems.error(
                .missingKey, "\(what) has no prompt", at: fields.position, suggestion: "say what is to be approved")
            return nil
        }
        guard read.nonEmptyText(prompt, "\"prompt\" of \(what)") != nil else { return nil }
        return template(prompt, "\"prompt\" of \(what)", .with("approval"), context)
            .map { Approval(prompt: $0, approvers: approvers, timeout: wait, onTimeout: onTimeout) }
    }

    private func compileWait(_ fields: Fields, _ what: String) -> (Milliseconds, TimeoutPolicy) {
        let wait = fields["timeout"].flatMap { timeout($0, "\"timeout\" of \(what)") }
        let policy = fields["on_timeout"].flatMap { read.word($0, "\"on_timeout\" of \(what)", TimeoutPolicy.self) }
        return (wait ?? DefinitionCompiler.defaultWait, policy ?? .fail)
    }
}
