internal import ArgumentParser
internal import AttemptProtocol
internal import Glibc
internal import JSON
internal import WorkflowExecutors

struct EventCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event",
        abstract: "Report from inside a step: progress, outputs, records, masks, usage, failures.",
        discussion: """
              workflow event progress 3/10 "copying the third of ten"
              workflow event record created vpc-1
              workflow event failure rate_limit "try later" --retry after --after 30s

            To be used in the scripts of steps. Each returns when the event is kept: what was recorded survives the \
            end of everything else, and is in the file that WORKFLOW_EARLIER_EVENTS names in the next attempt, and in \
            probes.
            """,
        subcommands: [
            EventProgressCommand.self, EventOutputCommand.self, EventRecordCommand.self, EventMaskCommand.self,
            EventUsageCommand.self, EventArtifactCommand.self, EventFailureCommand.self,
        ])
}

/// One type of event.
private protocol EventSending: WorkflowCommand {
    var type: AttemptEvent.Kind { get }
    /// Its members but for the type.
    func members(in process: ProcessEnvironment) throws(CommandFailure) -> [String: JSONValue]
}

extension EventSending {
    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        guard let path = process.variables[LaunchSpecification.eventsVariable], !path.isEmpty else {
            throw CommandFailure(
                .usage, "WORKFLOW_EVENTS is not set: `workflow event` reports from inside a step's script")
        }
        var members = try members(in: process)
        members["type"] = .string(type.rawValue)
        do {
            // Said before the pipe is used, with the same words as the supervisor's.
            _ = try AttemptEvent(parsing: .object(members))
        } catch {
            throw CommandFailure(.invalid, error.message)
        }
        do {
            try EventWriter(path: path).write(members)
        } catch {
            switch error {
            case .refused(let why): throw CommandFailure(.invalid, why)
            case .unavailable(let why): throw CommandFailure(.unavailable, why)
            }
        }
        return .completed
    }

    /// What was given: `-` is standard input, without the line feed at its end.
    fileprivate func given(_ text: String) throws(CommandFailure) -> String {
        guard text == "-" else { return text }
        let bytes: [UInt8]?
        do {
            bytes = try Descriptor(adopting: dup(0)).readWhole(limit: EventLimits.lineBytesMax, "standard input")
        } catch {
            throw CommandFailure(.inputOutput, "\(error)")
        }
        guard var bytes else {
            throw CommandFailure(
                .invalid, "standard input is longer than \(EventLimits.lineBytesMax) bytes; keep it in a file")
        }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure(.invalid, "standard input is not UTF-8; encode it, for example with base64")
        }
        return text
    }
}

struct EventProgressCommand: EventSending {
    static let configuration = CommandConfiguration(
        commandName: "progress",
        abstract: "Show how far the step is, while it runs.",
        discussion: """
              workflow event progress 3/10 "copying"
              workflow event progress "waiting for the load balancer"
            """)

    @Argument(
        help: ArgumentHelp("How much of how much is done, and what is being done.", valueName: "done/total|message"))
    var words: [String]

    var type: AttemptEvent.Kind { .progress }

    func members(in process: ProcessEnvironment) throws(CommandFailure) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        var rest = words[...]
        if let first = rest.first {
            let parts = first.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
            if parts.count == 2, let done = parts[0], let total = parts[1] {
                members["done"] = .double(done)
                members["total"] = .double(total)
                rest = rest.dropFirst()
            }
        }
        if !rest.isEmpty { members["message"] = .string(rest.joined(separator: " ")) }
        return members
    }
}

struct EventOutputCommand: EventSending {
    static let configuration = CommandConfiguration(
        commandName: "output",
        abstract: "Give the step an output, as a line in $WORKFLOW_OUTPUT does.",
        discussion: """
              workflow event output vpc_id vpc-1
            """)

    @Argument(help: ArgumentHelp("The output.", valueName: "name"))
    var name: String

    @Argument(help: ArgumentHelp("Its value; - reads it from standard input.", valueName: "value"))
    var value: String

    var type: AttemptEvent.Kind { .output }

    func members(in process: ProcessEnvironment) throws(CommandFailure) -> [String: JSONValue] {
        ["name": .string(name), "value": .string(try given(value))]
    }
}

struct EventRecordCommand: EventSending {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Write down what the step has done so far.",
        discussion: """
              workflow event record created vpc-1
              workflow event record row '{"id": 7, "state": "copied"}'

            It survives the end of step, engine and supervisor, and is handed to the step's probe and to its next \
            attempt: a line of JSON in the file that WORKFLOW_EARLIER_EVENTS names. Data that is no JSON is a text.
            """)

    @Argument(help: ArgumentHelp("What kind of thing it is.", valueName: "kind"))
    var kind: String

    @Argument(help: ArgumentHelp("JSON, or a text; - reads it from standard input.", valueName: "data"))
    var data: String?

    var type: AttemptEvent.Kind { .record }

    func members(in process: ProcessEnvironment) throws(CommandFailure) -> [String: JSONValue] {
        guard let data else { return ["kind": .string(kind)] }
        let text = try given(data)
        return ["kind": .string(kind), "data": (try? JSONValue(parsing: text, limits: .exact)) ?? .string(text)]
    }
}

struct EventMaskCommand: EventSending {
    static let configuration = CommandConfiguration(
        commandName: "mask",
        abstract: "Have a value replaced by *** in all that the step writes from now on.",
        discussion: """
              aws sts get-session-token … | jq -r .Credentials.SecretAccessKey | workflow event mask

            Read from standard input it is in no argument that others can see. It reaches no disk, and counts for the \
            steps that the same process starts from now on too.
            """)

    @Argument(help: ArgumentHelp("The value; read from standard input by default.", valueName: "value"))
    var value = "-"

    var type: AttemptEvent.Kind { .mask }

    func members(in process: ProcessEnvironment) throws(CommandFailure) -> [String: JSONValue] {
        ["value": .string(try given(value))]
    }
}

struct EventUsageCommand: EventSending {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "Report the tokens and the money that the step has used.",
        discussion: """
              workflow event usage --model sonnet --input-tokens 1200 --output-tokens 300 --cost-usd 0.0125
            """)

    @Option(help: ArgumentHelp("Who used it.", valueName: "name")) var agent: String?
    @Option(help: ArgumentHelp("The model.", valueName: "name")) var model: String?
    @Option(help: ArgumentHelp("The session.", valueName: "id")) var session: String?
    @Option(help: ArgumentHelp("Tokens read.", valueName: "count")) var inputTokens: Int?
    @Option(help: ArgumentHelp("Tokens written.", valueName: "count")) var outputTokens: Int?
    @Option(help: ArgumentHelp("Tokens read from a cache.", valueName: "count")) var cacheReadTokens: Int?
    @Option(help: ArgumentHelp("Tokens written to a cache.", valueName: "count")) var cacheWriteTokens: Int?
    @Option(help: ArgumentHelp("Dollars, as a decimal number.", valueName: "amount")) var costUsd: String?
    @Flag(help: "The figures are sums since the session began.") var cumulative = false

    var type: AttemptEvent.Kind { .usage }

    func members(in process: ProcessEnvironment) throws(CommandFailure) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        members["agent"] = agent.map { .string($0) }
        members["model"] = model.map { .string($0) }
        members["session"] = session.map { .string($0) }
        members["input_tokens"] = inputTokens.map { .int(Int64($0)) }
        members["output_tokens"] = outputTokens.map { .int(Int64($0)) }
        members["cache_read_tokens"] = cacheReadTokens.map { .int(Int64($0)) }
        members["cache_write_tokens"] = cacheWriteTokens.map { .int(Int64($0)) }
        members["cost_usd"] = costUsd.map { .string($0) }
        if cumulative { members["cumulative"] = .bool(true) }
        return members
    }
}

struct EventArtifactCommand: EventSending {
    static let configuration = CommandConfiguration(
        commandName: "artifact",
        abstract: "Keep a file with the logs of the run, and its hash in the journal.",
        discussion: """
              workflow event artifact plan plan.json --media-type application/json
            """)

    @Argument(help: ArgumentHelp("What it is called.", valueName: "name")) var name: String
    @Argument(help: ArgumentHelp("The file.", valueName: "path"), completion: .file()) var path: String
    @Option(help: ArgumentHelp("Such as application/json.", valueName: "type")) var mediaType: String?

    var type: AttemptEvent.Kind { .artifact }

    func members(in process: ProcessEnvironment) throws(CommandFailure) -> [String: JSONValue] {
        var members: [String: JSONValue] = [
            "name": .string(name),
            "path": .string(path.hasPrefix("/") ? path : process.workingFolder + "/" + path),
        ]
        members["media_type"] = mediaType.map { .string($0) }
        return members
    }
}

struct EventFailureCommand: EventSending {
    static let configuration = CommandConfiguration(
        commandName: "failure",
        abstract: "Say why the step fails, in words that its retry rule can use.",
        discussion: """
              workflow event failure rate_limit "quota used up" --retry after --after 30s; exit 1

            The step still has to end with a status that is not 0. `retry: {codes: [rate_limit]}` repeats it.
            """)

    @Argument(help: ArgumentHelp("A word for it, such as rate_limit.", valueName: "code")) var code: String
    @Argument(help: ArgumentHelp("A sentence for people.", valueName: "message")) var message: String?
    @Option(help: ArgumentHelp("Whether another attempt is of use: never, now or after.", valueName: "when"))
    var retry: String?
    @Option(help: ArgumentHelp("The least wait before it, such as 30s.", valueName: "duration")) var after: String?
    @Option(help: ArgumentHelp("What was done before it failed: none, partial or unknown.", valueName: "effect"))
    var effect: String?

    var type: AttemptEvent.Kind { .failure }

    func members(in process: ProcessEnvironment) throws(CommandFailure) -> [String: JSONValue] {
        var members: [String: JSONValue] = ["code": .string(code)]
        members["message"] = message.map { .string($0) }
        members["retry"] = retry.map { .string($0) }
        members["after"] = after.map { .string($0) }
        members["effect"] = effect.map { .string($0) }
        return members
    }
}
