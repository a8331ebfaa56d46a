internal import ArgumentParser

/// The shells that can complete commands.
enum CompletingShell: String, CaseIterable, ExpressibleByArgument, Sendable {
    case bash, zsh, fish

    var shell: CompletionShell {
        switch self {
        case .bash: .bash
        case .zsh: .zsh
        case .fish: .fish
        }
    }
}

struct CompletionsCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print what a shell needs to complete commands, options, and names of runs, checkpoints and steps.",
        discussion: """
              workflow completions bash > /etc/bash_completion.d/workflow
              workflow completions zsh > /usr/local/share/zsh/site-functions/_workflow
              workflow completions fish > ~/.config/fish/completions/workflow.fish

            For one session: `source <(workflow completions bash)`. Names are read from the store that the command \
            line means; where there is none, nothing is offered and nothing is said.
            """)

    @Argument(help: ArgumentHelp("bash, zsh or fish.", valueName: "shell"))
    var shell: CompletingShell

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let script = RootCommand.completionScript(for: shell.shell)
        console.data(shell == .bash ? BashCompletion.script(from: script) : script)
        return .completed
    }
}
