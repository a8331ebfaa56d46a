internal import ArgumentParser
internal import CEL
internal import ExecutorKit
internal import JSON
internal import WorkflowDefinitions
internal import WorkflowExecutors
internal import WorkflowViews

struct ExecutorShowCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what an executor takes and gives, with an example.",
        discussion: """
              workflow executor show http
              workflow executor show http/request
              workflow executor show http -o json

            -o json prints the descriptor.
            """)

    @Argument(help: ArgumentHelp("GROUP, or GROUP/OPERATION.", valueName: "name"))
    var name: String

    @OptionGroup var beside: BesideOption
    @OptionGroup var output: FormatOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let file = beside.path(in: process)
        let found: DescribedExecutor
        switch await process.executors.executor(parts[0], beside: file) {
        case .described(let executor): found = executor
        case .broken(let message): throw CommandFailure(.invalid, message)
        case .missing(let message):
            let near = NameSuggestion.didYouMean(parts[0], among: await process.executors.groups(beside: file))
            throw CommandFailure(.notFound, message + (near.map { "; \($0)" } ?? ""))
        }
        var operations = found.descriptor.operations
        if parts.count > 1 {
            guard let operation = found.descriptor.operation(parts[1]) else {
                let names = operations.map(\.name)
                throw CommandFailure(
                    .notFound,
                    "the executor \(parts[0]) has no operation \(parts[1]); "
                        + (NameSuggestion.didYouMean(parts[1], among: names)
                            ?? "its operations are \(names.joined(separator: ", "))"))
            }
            operations = [operation]
        }
        guard output.format == .text else {
            console.data(
                Document.members([
                    "group": .string(found.descriptor.group), "version": .string(found.descriptor.version),
                    "path": .string(found.program.path), "from": .string(found.program.origin.text),
                    "descriptor_sha256": .string(found.descriptorHash), "program_sha256": .text(found.programHash),
                    "operations": .map(operations.map { .init(key: $0.name, value: Document($0.json)) }),
                ]).text(as: output.format))
            return .completed
        }
        console.data("\(found.descriptor.group) \(found.descriptor.version), \(found.program.origin.text)")
        console.data("  \(found.program.path)")
        for operation in operations {
            for line in OperationText(group: parts[0], operation: operation).lines() { console.data(line) }
        }
        return .completed
    }
}

/// An operation, for people.
struct OperationText {
    let group: String
    let operation: ExecutorDescriptor.Operation

    func lines() -> [String] {
        var lines = ["", "\(group)/\(operation.name)  \(SafeText.name(operation.summary))"]
        switch operation.effect {
        case .word(let word): lines.append("  effect    \(word.rawValue): \(word.meaning)")
        case .computed(let expression): lines.append("  effect    \(expression.source)")
        }
        if !operation.supports.isEmpty {
            lines.append("  supports  \(operation.supports.map(\.rawValue).joined(separator: ", "))")
        }
        for need in operation.needs { lines.append("  needs     \(SafeText.name(need.program)) \(need.range.text)") }
        lines += members("with", operation.with.properties, required: operation.with.required)
        lines += members("outputs", operation.outputs.map { JSONSchema.Member($0.name, $0.schema) }, required: [])
        if let example = operation.example {
            lines.append("  example")
            lines += example.split(separator: "\n", omittingEmptySubsequences: false).map {
                "    " + SafeText.name(String($0))
            }
        }
        return lines
    }

    private static func type(_ schema: JSONSchema) -> String {
        if let values = schema.enumeration {
            return values.map { $0.stringValue ?? (try? $0.compactText()) ?? "" }.joined(separator: ", ")
        }
        let choices = schema.anyOf + schema.oneOf
        if schema.types.isEmpty, !choices.isEmpty { return choices.map(type).joined(separator: " or ") }
        return schema.isExpression ? "an expression without ${{ }}" : schema.typeText
    }

    private func members(_ heading: String, _ members: [JSONSchema.Member], required: [String]) -> [String] {
        guard !members.isEmpty else { return [] }
        return ["  \(heading)"]
            + members.map { member in
                var words = [OperationText.type(member.schema)]
                if required.contains(where: { $0.isSame(as: member.name) }) { words.append("required") }
                if let value = member.schema.defaultValue, let text = try? value.compactText() {
                    words.append("default \(text)")
                }
                let description = member.schema.description.map { ": \($0)" } ?? ""
                return "    \(SafeText.name(member.name))  (\(words.joined(separator: ", ")))"
                    + SafeText.name(description)
            }
    }
}

extension OperationEffect.Word {
    fileprivate var meaning: String {
        switch self {
        case .none: "it only reads, and is repeated in doubt"
        case .idempotent: "doing it again changes nothing more, so it is repeated in doubt"
        case .keyed: "the target remembers the idempotency key, so it is repeated in doubt"
        case .unsafe: "doing it again may do it twice, so a person decides in doubt"
        }
    }
}
