internal import ArgumentParser
internal import AttemptProtocol
internal import Glibc
internal import WorkflowDefinitions

/// A command that does something, and ends with a status of ours.
protocol WorkflowCommand: ParsableCommand, Sendable {
    /// Whether SIGHUP, SIGINT and SIGTERM are requests to its run instead of its end.
    var takesSignals: Bool { get }
    /// Whether it waits until what it prints is read. What drives a run, and may be asked to leave at any time, does
    /// not.
    var waitsForReader: Bool { get }
    /// Whether what it prints is in colour.
    var colour: ColourForm { get }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus
}

extension WorkflowCommand {
    var takesSignals: Bool { false }
    var waitsForReader: Bool { !takesSignals }
    var colour: ColourForm { .auto }
}

/// The program `workflow`, from arguments to exit status.
package struct WorkflowProgram: Sendable {
    private enum Plan: Sendable {
        case perform(any WorkflowCommand, ProcessEnvironment)
        /// Everything has been said.
        case leave(ExitStatus)
    }

    private let console: Console
    private let plan: Plan

    /// With the arguments of this process. What is not UTF-8 is refused: replaced, it would name something else.
    package init(ofThisProcess: ()) {
        let arguments = ProgramArguments.bytes.dropFirst()
        let texts = arguments.compactMap { String(validating: $0, as: UTF8.self) }
        if texts.count == arguments.count {
            self.init(texts)
        } else {
            let broken = arguments.first { String(validating: $0, as: UTF8.self) == nil } ?? []
            let console = Console(variables: [:])
            console.note(
                "error: the argument \(EscapedBytes.text(broken)) is not UTF-8; give the file, folder or value a name "
                    + "that is"
            )
            self.init(console: console, plan: .leave(.usage))
        }
    }

    private init(console: Console, plan: Plan) {
        self.console = console
        self.plan = plan
    }

    /// Understands the arguments. To be called on the main thread before there is another: signals are held back in
    /// this thread, and those that it starts have them held back too.
    package init(_ arguments: [String]) {
        StandardDescriptors.fill()
        SignalWatch.ignoreBrokenPipes()
        do {
            let process = try ProcessEnvironment.current()
            console = Console(variables: process.variables, names: arguments + [process.workingFolder])
            do {
                let command = try Self.parsed(arguments)
                if command.takesSignals { SignalWatch.holdBack() }
                if !command.waitsForReader { console.output.writeAside() }
                plan = .perform(command, process)
            } catch {
                plan = .leave(Self.say(error, console))
            }
        } catch {
            console = Console(variables: [:])
            console.say(error)
            plan = .leave(error.status)
        }
    }

    /// Does what the arguments ask, and leaves with the exit status. To be called on the main thread, which from then
    /// on waits for signals alone.
    package func run() -> Never {
        switch plan {
        case .leave(let status): Leaving.leave(console.output.hasLost ? .inputOutput : status)
        case .perform(let command, let process):
            do {
                try ThreadRoom.check()
            } catch {
                // The stream's own thread is one of those that cannot be made.
                console.error.lineNow("error: " + error.message)
                exit(error.status.rawValue)
            }
            // It owns the process: whoever ends, ends it.
            Task.detached { [console = console.coloured(command.colour)] in
                do {
                    let status = try await command.perform(console, in: process)
                    Leaving.leave(status, console.output, isLook: !command.takesSignals)
                } catch let error as CommandFailure {
                    console.say(error)
                    Leaving.leave(error.status)
                }
            }
            if command.takesSignals { SignalWatch.standGuard() }
            while true { pause() }
        }
    }

    static func parsed(_ arguments: [String]) throws -> any WorkflowCommand {
        // `help` tells of commands; of the language there is an article.
        let arguments = arguments.starts(with: ["help", "language"]) ? ["docs"] + arguments.dropFirst() : arguments
        if let command = plainlyParsed(arguments) { return command }
        if let problem = unknownCommand(arguments) { throw problem }
        let isEval = arguments.first == EvalCommand.configuration.commandName
        var command = try RootCommand.parseAsRoot(
            isEval ? arguments.prefix(1) + EvalCommand.arranged(Array(arguments.dropFirst())) : arguments)
        switch command {
        case let command as any WorkflowCommand: return command
        case is RootCommand, is CheckpointCommand, is StoreCommand:
            throw BriefHelp(of: type(of: command))
        default:
            // Help is a command of the argument parser's own, which says what it has to say by throwing it.
            try command.run()
            throw ValidationError("Name a command.")
        }
    }

    /// What needs nothing but the one command's arguments. To lay out the tree of all commands costs milliseconds at
    /// each start, and only problems and help are told from there.
    private static func plainlyParsed(_ arguments: [String]) -> (any WorkflowCommand)? {
        guard let name = arguments.first, name != EvalCommand.configuration.commandName,
            let command = RootCommand.configuration.subcommands.first(where: { $0.configuration.commandName == name }),
            command.configuration.subcommands.isEmpty
        else { return nil }
        return try? command.parseAsRoot(Array(arguments.dropFirst())) as? any WorkflowCommand
    }

    /// What people type for what is called otherwise here, or is not there.
    private static let elsewhere = [
        "rollback": "nothing rolls a run back in this version: the way back is a workflow of its own",
        "schedule": "cron or a systemd timer starts runs: `workflow run FILE --run-id NAME-$(date +%F)`",
        "retry": "`workflow resume RUN` runs again what has failed",
        "status": "`workflow show RUN` tells how it stands",
        "start": "`workflow run FILE` starts a run", "stop": "`workflow pause RUN` or `workflow cancel RUN`",
        "undo": "nothing rolls a run back in this version: the way back is a workflow of its own",
        "kill": "`workflow cancel RUN` ends a run and what it runs",
        "continue": "`workflow resume RUN` goes on where a run stopped",
        "runs": "`workflow list` lists runs", "ls": "`workflow list` lists runs", "ps": "`workflow list` lists runs",
        "history": "`workflow journal RUN` prints all that happened",
    ]

    /// What people type for options that are called otherwise here.
    private static let optionsElsewhere = [
        (name: "--json", way: "it is `-o json`"), (name: "--yaml", way: "it is `-o yaml`"),
        (
            name: "--dry-run",
            way: "`workflow plan FILE` shows what a run would do, `resume RUN --plan` what a resume would"
        ),
        (name: "--force", way: "nothing is forced here: the refusal names the way"),
        (name: "--tail", way: "`workflow logs RUN --tail LINES` has it"),
    ]

    /// The argument parser would call it an unexpected argument.
    private static func unknownCommand(_ arguments: [String]) -> ValidationError? {
        var parents: [String] = []
        var commands = RootCommand.configuration.subcommands
        // `help` takes the names of commands, too.
        let named = arguments.first == "help" ? arguments.dropFirst() : arguments[...]
        for argument in named.prefix(2) where !commands.isEmpty {
            guard !argument.hasPrefix("-"), argument != "help" else { return nil }
            if let known = commands.first(where: { $0.configuration.commandName == argument }) {
                parents.append(argument)
                commands = known.configuration.subcommands
                continue
            }
            let names = commands.filter { $0.configuration.shouldDisplay }.compactMap { $0.configuration.commandName }
            let command = (["workflow"] + parents).joined(separator: " ")
            return ValidationError(
                "There is no command `\(command) \(argument)`; "
                    + ((parents.isEmpty ? Self.elsewhere[argument] : nil) ?? NameSuggestion.didYouMean(
                        argument, among: names)
                        ?? "the commands are \(names.joined(separator: ", "))"))
        }
        return nil
    }

    /// Help and version are data; anything else is wrong usage.
    private static func say(_ error: any Error, _ console: Console) -> ExitStatus {
        if let help = error as? BriefHelp {
            console.note(help.text)
            return .usage
        }
        var text = RootCommand.fullMessage(for: error)
        if let option = optionsElsewhere.first(where: { text.hasPrefix("Error: Unknown option '\($0.name)'") }) {
            // The parser's own guess goes by letters.
            let usage = text.drop { $0 != "\n" }
            text = "Error: Unknown option '\(option.name)': \(option.way)." + usage
        }
        guard RootCommand.exitCode(for: error) != .success else {
            console.data(text)
            return .completed
        }
        // As all other errors begin.
        console.note(text.hasPrefix("Error: ") ? "error: " + text.dropFirst("Error: ".count) : text)
        return .usage
    }
}
