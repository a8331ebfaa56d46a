internal import CEL
package import ExecutorKit
internal import JSON

/// What an attempt's process is to run, with every expression evaluated.
package struct RenderedCommand: Sendable, Equatable {
    /// Empty for a call.
    package var script: String
    /// Empty for a call.
    package var shell: [String]
    /// What an executor is asked, in place of a script.
    package var call: RenderedCall?
    /// Set over the engine's own environment; later ones win.
    package var environment: [(name: String, value: String)]
    package var workingDirectory: String
    package var timeout: Milliseconds
    package var killAfter: Milliseconds
    package var stop: StopPolicy = .default
    /// The records of earlier attempts with the key, as lines of JSON.
    package var earlierEvents: [UInt8] = []

    package static func == (a: RenderedCommand, b: RenderedCommand) -> Bool {
        a.script == b.script && a.shell == b.shell && a.call == b.call
            && a.workingDirectory == b.workingDirectory
            && a.timeout == b.timeout && a.killAfter == b.killAfter
            && a.stop == b.stop && a.earlierEvents == b.earlierEvents
            && a.environment.elementsEqual(b.environment) { $0 == $1 }
    }
}

/// A call of an executor, with every expression evaluated. The engine finds its program, and fills in defaults and
/// workspace.
package struct RenderedCall: Sendable, Equatable {
    package var name: ExecutorName
    package var call: ExecutorCall
    package var request: ExecutorRequest
}

/// Which of a step's commands is meant.
package enum CommandRole: String, Sendable, CaseIterable { case run, probe, verify, undo }

extension RunState {
    /// The command of a step's attempt.
    ///
    /// - Parameters:
    ///   - secrets: by name; seen only by expressions in `env`.
    ///   - runID: the run's name in its store.
    /// - Throws: where an expression has no value or a value is too long; the step fails then, before it is started.
    package func command(
        _ role: CommandRole, ofStep name: String, runID: RunID, token: FencingToken, idempotencyKey: String,
        secrets: [String: String]
    ) throws(ExpressionFailure) -> RenderedCommand {
        guard let number = number(ofStep: name), let created else {
            throw ExpressionFailure(message: "the run has no step \(name)")
        }
        let step = step(number)
        let script = step.script(role)
        let calls = script == nil && calls(role, number)
        guard script != nil || calls else {
            throw ExpressionFailure(message: "step \(name) has no \(role.rawValue)")
        }
        var scope = ExpressionScope(self, step: number, runID: runID.text)
        var environment: [(name: String, value: String)] = []
        scope.secrets = secrets
        for level in 0..<3 {
            scope.environmentLevels = level
            for variable in scope.environment(at: level) {
                environment.append((variable.name, try scope.text(of: variable.value)))
            }
        }
        scope.environmentLevels = 3
        scope.secrets = nil
        for binding in script?.bindings ?? [] {
            let value = try scope.text(of: binding.expression)
            guard value.utf8.count <= Script.valueBytesMax else {
                throw ExpressionFailure(
                    message: "`\(binding.expression.source)` in the script of step \(name) has \(value.utf8.count) "
                        + "bytes; a script's values may have \(Script.valueBytesMax): write it to a file in an "
                        + "earlier step, and hand over its name")
            }
            environment.append((binding.variable, value))
        }
        if let bad = environment.first(where: { $0.value.utf8.contains(0) }) {
            throw ExpressionFailure(message: "the value of \(bad.name) in step \(name) has a NUL byte in it")
        }
        environment += [
            ("WORKFLOW_RUN_ID", nameOfRun ?? runID.text), ("WORKFLOW_LOCAL_RUN_ID", runID.text),
            ("WORKFLOW_NAME", program.definition.name),
            ("WORKFLOW_STAGE", stageName(ofStep: number)), ("WORKFLOW_STEP", name),
            ("WORKFLOW_ATTEMPT", String(scope.attempt)), ("WORKFLOW_IDEMPOTENCY_KEY", idempotencyKey),
            ("WORKFLOW_CHECKPOINT", checkpoint?.id.text ?? ""), ("WORKFLOW_FENCING_TOKEN", String(token.number)),
        ]
        var directory = created.context.workingDirectory
        if let template = step.workingDirectory {
            let text = try scope.text(of: template)
            directory = text.hasPrefix("/") ? text : directory + "/" + text
        }
        let timeout = role == .run || role == .undo ? step.timeout : Step.probeTimeout
        var command = RenderedCommand(
            script: script?.text ?? "", shell: calls ? [] : step.shell, environment: environment,
            workingDirectory: directory, timeout: timeout, killAfter: grace(ofStep: number),
            stop: role == .run ? stopPolicy(ofStep: number) : .default,
            earlierEvents: recordLines(ofStep: number, key: idempotencyKey))
        if calls, case .call(let call) = step.action {
            scope.secrets = call.namesSecrets ? secrets : nil
            let request = ExecutorRequest(
                with: try scope.json(of: call.with), run: nameOfRun ?? runID.text,
                stage: stage(ofStep: number).map { program.definition.stages[$0].name }, step: name,
                item: item(ofStep: number), attempt: Int64(scope.attempt), idempotencyKey: idempotencyKey,
                fencingToken: token.number, workspace: "", outputs: role == .run ? [:] : steps[number].outputs,
                events: records(ofStep: number, key: idempotencyKey))
            command.call = RenderedCall(name: call.name, call: role.call, request: request)
        }
        return command
    }

    /// Whether the step's executor is asked in this role.
    private func calls(_ role: CommandRole, _ number: Int) -> Bool {
        guard case .call = step(number).action else { return false }
        switch role {
        case .run: return true
        case .probe, .verify, .undo:
            return traits(ofStep: number)?.supports.contains { $0.rawValue == role.rawValue } ?? false
        }
    }

    /// The item of the innermost `foreach` around a step; null where there is none.
    private func item(ofStep number: Int) -> JSONValue {
        for number in [number] + ancestors(ofStep: number) {
            guard let item = instances[number].item, let parent = instances[number].parent else { continue }
            return containers[parent]?.items[item] ?? .null
        }
        return .null
    }
}

extension CommandRole {
    fileprivate var call: ExecutorCall {
        switch self {
        case .run: .run
        case .probe: .probe
        case .verify: .verify
        case .undo: .undo
        }
    }
}

extension Step {
    package func script(_ role: CommandRole) -> Script? {
        switch role {
        case .run:
            if case .run(let script) = action { return script }
            return nil
        case .probe: return probe
        case .verify: return verify
        case .undo: return undo
        }
    }
}
