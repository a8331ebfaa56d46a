internal import ExecutorKit
internal import JSON
internal import WorkflowCore
internal import WorkflowExecutors

/// The executors that a run calls, found and asked before anything of it starts.
struct CalledPrograms: Sendable {
    private var answers: [String: ExecutorAnswer] = [:]

    static let none = CalledPrograms()

    private init() {}

    /// - Parameter file: the definition's.
    init(of definition: Definition, in directory: any ExecutorDirectory, beside file: String?) async {
        for group in definition.calledGroups {
            answers[group] = await directory.executor(group, beside: file)
        }
    }

    /// For the journal, in the order of the groups' names.
    func records(of definition: Definition) -> [CalledExecutor] {
        definition.calledGroups.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.compactMap { group in
            guard case .described(let found)? = answers[group] else { return nil }
            var operations: [String: OperationTraits] = [:]
            for name in definition.calls where name.group == group {
                operations[name.operation] = found.descriptor.operation(name.operation).map(OperationTraits.init)
            }
            return CalledExecutor(
                group: group, path: found.program.path, version: found.descriptor.version,
                descriptorHash: found.descriptorHash, programHash: found.programHash, operations: operations)
        }
    }

    /// What is another than the run recorded.
    func changes(since old: CalledExecutors, of definition: Definition) -> [String] {
        let now = records(of: definition)
        return old.all.flatMap { before in
            now.first { $0.group == before.group }?.changes(since: before) ?? []
        }
    }

    /// Before a run starts something: the first of these names that cannot be called.
    func refuse(_ names: [ExecutorName]) throws(EngineError) {
        for name in names {
            do throws(ExecutorError) {
                _ = try operation(name)
            } catch {
                throw EngineError(.executorUnusable, error.message)
            }
        }
    }

    /// What a supervisor is to start for a call: program and arguments, and the request on its standard input.
    func command(
        _ call: RenderedCall, workspace: String
    ) throws(ExecutorError) -> (words: [String], input: [UInt8]) {
        let (found, operation) = try operation(call.name)
        var request = call.request
        request.workspace = workspace
        request.with = operation.with.withDefaults(request.with)
        if let problem = operation.with.problems(with: request.with).first {
            throw ExecutorError(
                .commandInvalid,
                "the with of \(request.step) is not what \(call.name.text) takes: "
                    + problem.description)
        }
        guard let input = try? request.json.compactBytes() else {
            throw ExecutorError(.commandInvalid, "the with of \(request.step) has no JSON text")
        }
        return (found.program.command + [call.call.rawValue, call.name.operation], input)
    }

    private func operation(
        _ name: ExecutorName
    ) throws(ExecutorError) -> (DescribedExecutor, ExecutorDescriptor.Operation) {
        switch answers[name.group] {
        case .described(let found)?:
            guard let operation = found.descriptor.operation(name.operation) else {
                throw ExecutorError(
                    .executorMissing, "\(found.program.path) has no operation \(name.operation) any more")
            }
            return (found, operation)
        case .missing(let message)?, .broken(let message)?: throw ExecutorError(.executorMissing, message)
        case nil: throw ExecutorError(.executorMissing, "the executor \(name.group) was not looked for")
        }
    }
}
