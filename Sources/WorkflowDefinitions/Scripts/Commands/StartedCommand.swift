/// A command that a command line starts, directly or through programs such as `sudo` and `timeout`.
struct StartedCommand {
    /// Its name and arguments.
    var words: ArraySlice<ShellWord>
    /// Whether the shell itself runs it, so that builtins are meant.
    var place: Place
    /// Whether arguments for it arrive at its standard input.
    var takesArgumentsFromInput = false

    enum Place {
        /// This shell, for certain.
        case here
        /// This shell if the word before it is empty, which cannot be known.
        case perhapsHere
        /// A process of its own.
        case process
        /// Another machine, whose shell is given the words as one text.
        case remote
    }
}

/// Finds the commands of a command line: words by what they are for, and not by where they stand.
struct CommandFinder {
    /// They keep this shell: what follows may be one of its builtins.
    private static let prefixes: [String: OptionGrammar] = [
        "command": OptionGrammar(stopsAtOperand: true), "builtin": OptionGrammar(stopsAtOperand: true),
        "exec": OptionGrammar(values: "a", stopsAtOperand: true), "noglob": OptionGrammar(stopsAtOperand: true),
        "nocorrect": OptionGrammar(stopsAtOperand: true), "-": OptionGrammar(stopsAtOperand: true),
    ]

    /// They print, look up or store what they are given, and start none of it.
    private static let plainPrograms: Set<String> = [
        "apk", "apt", "apt-cache", "apt-get", "aptitude", "basename", "brew", "cat", "cd", "chgrp", "chmod", "chown",
        "cp",
        "dirname", "dnf", "dpkg", "echo", "egrep", "export", "fgrep", "file", "for", "grep", "id", "kill", "killall",
        "ln", "logger", "ls", "man", "mkdir", "mv", "pacman", "pgrep", "pip", "pip3", "pkill", "printf", "ps",
        "readlink",
        "realpath", "rm", "rpm", "select", "set", "stat", "tee", "test", "touch", "tr", "type", "whereis", "which",
        "yum",
        "zypper", "[", ":", "true", "false",
    ]

    private(set) var commands: [StartedCommand] = []

    init(_ words: ArraySlice<ShellWord>) {
        find(words, .here, takesArgumentsFromInput: false)
    }

    /// Every step takes at least one word away.
    private mutating func find(
        _ words: ArraySlice<ShellWord>, _ place: StartedCommand.Place, takesArgumentsFromInput: Bool
    ) {
        guard let first = words.first else { return }
        let arguments = words.dropFirst()
        commands.append(StartedCommand(words: words, place: place, takesArgumentsFromInput: takesArgumentsFromInput))
        guard let text = first.text else {
            // `$SUDO systemctl …`: what is behind it may be the command.
            if first.mayVanish, !arguments.isEmpty {
                find(arguments, place == .here ? .perhapsHere : place, takesArgumentsFromInput: takesArgumentsFromInput)
            } else {
                findShells(arguments)
            }
            return
        }
        if place != .process, place != .remote, let grammar = CommandFinder.prefixes[text] {
            let read = grammar.read(arguments)
            guard let operand = read.first(where: { $0.kind == .operand }), !(text == "command" && looksUp(read)) else {
                return
            }
            let inner: StartedCommand.Place = text == "exec" ? .process : place
            return find(arguments[operand.index...], inner, takesArgumentsFromInput: takesArgumentsFromInput)
        }
        let name = ShellDialect.baseName(text)
        switch name {
        case "find", "fd": findExecuted(arguments)
        case "ssh", "autossh", "mosh", "dbclient": findRemote(arguments)
        case "vagrant", "gcloud", "aws": findShells(arguments)
        default:
            if let starter = Starter.all[name] {
                guard let command = starter.command(in: arguments) else { return }
                find(
                    command, .process,
                    takesArgumentsFromInput: takesArgumentsFromInput || starter.takesArgumentsFromInput)
            } else if !ShellDialect.names.contains(name), !CommandFinder.plainPrograms.contains(name) {
                findShells(arguments)
            }
        }
    }

    /// `command -v NAME` looks it up.
    private func looksUp(_ arguments: [OptionGrammar.Argument]) -> Bool {
        arguments.contains { argument in
            guard case .flag(let name) = argument.kind else { return false }
            return name.contains("v") || name.contains("V")
        }
    }

    /// `-exec COMMAND ;` and its like.
    private mutating func findExecuted(_ arguments: ArraySlice<ShellWord>) {
        var rest = arguments
        while let index = rest.firstIndex(where: { CommandFinder.executing.contains($0.text ?? "") }) {
            let command = rest[(index + 1)...].prefix { $0.text != ";" && $0.text != "+" }
            find(command, .process, takesArgumentsFromInput: false)
            rest = rest[command.endIndex...]
        }
    }

    private static let executing: Set<String> = ["-exec", "-execdir", "-ok", "-okdir", "-x", "--exec"]

    /// What ssh is given behind the host, the shell there reads.
    private mutating func findRemote(_ arguments: ArraySlice<ShellWord>) {
        let operands = SecureShell.grammar.read(arguments).operands
        guard operands.count > 1 else { return }
        let command = arguments[operands[1].index...]
        guard command.count == 1, let text = command.first?.text, let words = ShellWords.split(text) else {
            return find(command, .remote, takesArgumentsFromInput: false)
        }
        find(words.map { ShellWord(literal: $0) }[...], .remote, takesArgumentsFromInput: false)
    }

    /// Of a program that is not known: a shell with `-c` somewhere behind it is taken for one that is started.
    private mutating func findShells(_ arguments: ArraySlice<ShellWord>) {
        for (index, word) in zip(arguments.indices, arguments) {
            guard let text = word.text, ShellDialect.names.contains(ShellDialect.baseName(text)),
                ShellRules.hasCommandOption(arguments[(index + 1)...])
            else { continue }
            commands.append(StartedCommand(words: arguments[index...], place: .process))
            return
        }
    }
}
