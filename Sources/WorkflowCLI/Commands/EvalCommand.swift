internal import ArgumentParser
internal import CEL
internal import JSON
internal import WorkflowDefinitions
internal import WorkflowViews

struct EvalCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Evaluate one expression (CEL).",
        discussion: """
              workflow eval '1 + 2'
              workflow eval 'params.nodes > 3 && params.env == "production"' --input vars.json
              echo '"abc".size()' | workflow eval -

            --input is a JSON object or a YAML mapping; its members are the variables. Exit status 65 when the \
            expression cannot be parsed or evaluated.
            """)

    @Argument(help: ArgumentHelp("The expression; - reads it from standard input.", valueName: "expression"))
    var expression: String

    @Option(help: ArgumentHelp("A JSON or YAML file with the variables.", valueName: "file"), completion: .file())
    var input: String?

    @OptionGroup var output: FormatOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        var variables: [String: CELValue] = [:]
        if let input { variables = try InputFile.object(input, console).mapValues { CELValue($0) } }
        let source = try text()
        do throws(CELError) {
            let value = try CELExpression(parsing: source).evaluate(in: EvalScope(variables: variables))
            console.value(try rendered(value))
        } catch {
            throw failure(error, source, console)
        }
        return .completed
    }

    private func failure(_ error: CELError, _ source: String, _ console: Console) -> CommandFailure {
        let first = "\(error.line):\(error.column): \(error.message) (\(error.code.rawValue))"
        // A source that is too large is not worth a look.
        guard error.code != .sourceTooLarge else { return CommandFailure(.invalid, first) }
        let excerpt = ExcerptText(paint: Paint(isOn: console.hasColour)).lines(
            SourceExcerpt(expression: source, offset: error.offset), line: error.line, kind: .error)
        return CommandFailure(.invalid, ([first] + excerpt).joined(separator: "\n"))
    }

    /// The arguments behind `eval` with everything that is no option behind `--`: an expression may begin with a minus.
    static func arranged(_ arguments: [String]) -> [String] {
        guard !arguments.contains("--") else { return arguments }
        var options: [String] = []
        var others: [String] = []
        var takesValue = false
        for argument in arguments {
            let isOption =
                ["-h", "--help", "--help-hidden", "--version"].contains(argument) || argument.hasPrefix("--input")
                || argument.hasPrefix("--output") || argument.hasPrefix("-o")
            if isOption || takesValue { options.append(argument) } else { others.append(argument) }
            takesValue = !takesValue && ["--input", "--output", "-o"].contains(argument)
        }
        return options + (others.isEmpty ? [] : ["--"] + others)
    }

    private func text() throws(CommandFailure) -> String {
        guard expression == "-" else { return expression }
        var bytes = try InputFile.standardInput(limit: 16 << 20)
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure(.invalid, "the expression on standard input is not UTF-8")
        }
        return text
    }

    private func rendered(_ value: CELValue) throws(CELError) -> String {
        switch output.format {
        case .text: return try value.textForm()
        case .json: return try value.jsonText()
        case .yaml:
            do throws(CELError) {
                return Document(try value.json()).text(as: .yaml)
            } catch  where error.code == .overflow {
                // An unsigned integer that no JSONValue holds; every JSON text is YAML as well.
                return try value.jsonText()
            }
        }
    }
}

/// The members of the input are the variables.
private struct EvalScope: CELActivation {
    let variables: [String: CELValue]

    func value(of name: String) -> CELValue? { variables[name] }
}
