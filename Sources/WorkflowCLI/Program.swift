internal import ArgumentParser
internal import Glibc

/// A command that does something, and ends with a status of ours.
protocol WorkflowCommand: ParsableCommand {
    /// Whether SIGHUP, SIGINT and SIGTERM are requests to its run instead of its end.
    static var takesSignals: Bool { get }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus
}

extension WorkflowCommand {
    static var takesSignals: Bool { false }
}

/// The program `workflow`, from arguments to exit status.
package enum WorkflowProgram {
    /// To be called on the main thread before there is another.
    package static func main() async -> Never {
        SignalWatch.ignoreBrokenPipes()
        exit(await run(Array(CommandLine.arguments.dropFirst())).rawValue)
    }

    private static func run(_ arguments: [String]) async -> ExitStatus {
        let process: ProcessEnvironment
        do {
            process = try ProcessEnvironment.current()
        } catch {
            Console(variables: [:]).say(error)
            return error.status
        }
        let console = Console(variables: process.variables)
        let command: any ParsableCommand
        do {
            command = try RootCommand.parseAsRoot(arguments)
        } catch {
            return say(error, console)
        }
        guard let command = command as? any WorkflowCommand else {
            console.note(RootCommand.helpMessage(for: type(of: command)))
            return .usage
        }
        if type(of: command).takesSignals { SignalWatch.holdBack() }
        do {
            return try await command.perform(console, in: process)
        } catch {
            console.say(error)
            return error.status
        }
    }

    /// Help and version are data; anything else is wrong usage.
    private static func say(_ error: any Error, _ console: Console) -> ExitStatus {
        let text = RootCommand.fullMessage(for: error)
        guard RootCommand.exitCode(for: error) != .success else {
            console.data(text)
            return .completed
        }
        console.note(text)
        return .usage
    }
}
