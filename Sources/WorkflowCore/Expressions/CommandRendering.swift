internal import CEL

/// What an attempt's process is to run, with every expression evaluated.
package struct RenderedCommand: Sendable, Equatable {
    package var script: String
    package var shell: [String]
    /// Set over the engine's own environment; later ones win.
    package var environment: [(name: String, value: String)]
    package var workingDirectory: String
    package var timeout: Milliseconds
    package var killAfter: Milliseconds

    package static func == (a: RenderedCommand, b: RenderedCommand) -> Bool {
        a.script == b.script && a.shell == b.shell && a.workingDirectory == b.workingDirectory
            && a.timeout == b.timeout && a.killAfter == b.killAfter
            && a.environment.elementsEqual(b.environment) { $0 == $1 }
    }
}

/// Which of a step's scripts is meant.
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
        guard let script = step.script(role) else {
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
        for binding in script.bindings {
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
        return RenderedCommand(
            script: script.text, shell: step.shell, environment: environment, workingDirectory: directory,
            timeout: role == .run || role == .undo ? step.timeout : Step.probeTimeout, killAfter: step.killAfter)
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
