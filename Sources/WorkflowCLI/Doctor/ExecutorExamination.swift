internal import ExecutorKit
internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore

/// The executors that runs can still call, and the programs that these need: all known from descriptors.
struct ExecutorExamination {
    let session: Session

    func findings(_ records: [RunRecord]) async -> [Finding] {
        var findings: [Finding] = []
        var seen: Set<ExecutorName> = []
        for record in records where record.projection.status.canBeResumed {
            guard let kept = try? await session.store.definition(hash: record.definitionHash),
                let stored = try? DefinitionLoader().load(canonicalJSON: kept.canonicalJSON, source: kept.source)
            else { continue }
            for name in stored.definition.calls where seen.insert(name).inserted {
                findings += await examine(name, record, beside: await file(of: record))
            }
        }
        return findings
    }

    private func file(of record: RunRecord) async -> String? {
        let first = try? await session.store.entries(of: record.uuid, after: 0, through: 1, limit: 1).first
        guard case .runCreated(let created)? = first?.fact else { return nil }
        return created.file
    }

    private func examine(_ name: ExecutorName, _ record: RunRecord, beside file: String?) async -> [Finding] {
        let what = "executor \(name.text)"
        switch await session.executors.executor(name.group, beside: file) {
        case .missing(let message):
            return [
                Finding(
                    .problem, what, "\(record.id.text) calls it; \(message)", "put it there before you resume the run")
            ]
        case .broken(let message):
            return [
                Finding(.problem, what, "\(record.id.text) calls it; \(message)", "mend it before you resume the run")
            ]
        case .described(let found):
            guard let operation = found.descriptor.operation(name.operation) else {
                return [
                    Finding(
                        .problem, what,
                        "\(record.id.text) calls it, and \(found.program.path) has no such operation any more",
                        "put the version back that the run began with")
                ]
            }
            var findings = [Finding(.ok, what, found.program.path)]
            for need in operation.needs { findings.append(await examine(need, of: name)) }
            return findings
        }
    }

    private func examine(_ need: ExecutorDescriptor.Need, of name: ExecutorName) async -> Finding {
        let what = "program \(need.program)"
        guard let path = ProgramSearch.path(of: need.program, in: session.environment.variables["PATH"]) else {
            return Finding(
                .problem, what, "\(name.text) needs it, and it is not in PATH", "install it: \(need.range.text)")
        }
        guard !need.range.bounds.isEmpty else { return Finding(.ok, what, path) }
        guard let version = await session.executors.version(of: path) else {
            return Finding(
                .warning, what, "\(path) does not say its version, and \(name.text) needs \(need.range.text)",
                "look at it yourself")
        }
        let text = version.map(String.init).joined(separator: ".")
        return need.range.contains(version)
            ? Finding(.ok, what, "\(path), \(text)")
            : Finding(
                .problem, what, "\(path) is \(text), and \(name.text) needs \(need.range.text)",
                "install one in that range")
    }
}
