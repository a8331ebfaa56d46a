/// What commands do with values that they are given: builtins that evaluate text, shells in shells, programs in other languages.
struct CommandRules {
    let lexer: ShellLexer

    static let numericOperators: Set<String> = ["-eq", "-ne", "-lt", "-le", "-gt", "-ge"]

    /// These evaluate their arguments as commands, arithmetic or names with subscripts.
    private static let evaluating: [String: String] = [
        "eval": "eval", "trap": "trap", "let": "let", "source": "source", ".": "source", "alias": "alias",
        "bind": "bind", "complete": "complete", "compgen": "compgen", "enable": "enable", "fc": "fc", "read": "read",
        "unset": "unset", "mapfile": "mapfile", "readarray": "readarray", "nameref": "nameref", "integer": "integer",
        "float": "float", "zstyle": "zstyle", "zle": "zle", "bindkey": "bindkey", "sched": "sched",
        "autoload": "autoload", "zmv": "zmv", "watch": "watch", "parallel": "parallel",
    ]

    private static let declarations: Set<String> = ["declare", "typeset", "local", "export", "readonly"]

    static func isDeclaration(_ name: String) -> Bool { declarations.contains(name) }

    /// They run the command that follows; so does a command whose name is not known.
    private static let wrappers: Set<String> = [
        "sudo", "doas", "env", "timeout", "nice", "ionice", "nohup", "time", "exec", "command", "builtin", "xargs",
        "docker",
        "podman", "kubectl", "nsenter", "chroot", "setsid", "stdbuf", "unshare", "systemd-run", "find", "busybox",
        "strace", "noglob", "nocorrect", "-", "ssh", "lxc", "vagrant", "su", "runuser", "flock", "script", "sg",
    ]

    /// A shell expands, evaluates or runs what is assigned to these.
    private static let evaluatedVariables: Set<String> = [
        "PS0", "PS1", "PS2", "PS3", "PS4", "PROMPT_COMMAND", "BASH_ENV", "ENV", "RANDOM", "SRANDOM", "SECONDS",
        "LINENO", "HISTCMD", "OPTIND", "EPOCHSECONDS", "EPOCHREALTIME", "BASHPID", "PPID", "UID", "EUID", "COLUMNS",
        "LINES", "HISTSIZE", "SAVEHIST", "TMOUT", "PROMPT", "RPROMPT", "IFS",
    ]

    /// Every word of a command may be looked at from every other.
    private static let wordsMax = 1000

    func apply(to command: SimpleCommand) {
        for word in command.assignments { assignment(word) }
        guard let first = command.words.first else { return }
        guard command.words.count <= CommandRules.wordsMax else {
            mark(command.words[...], .executes("a command of more than \(CommandRules.wordsMax) words"))
            command.input = .executes("the input of a command of more than \(CommandRules.wordsMax) words")
            lexer.declaresIntegers = lexer.declaresIntegers || (first.text.map(CommandRules.isDeclaration) ?? true)
            return
        }
        lexer.markSafe(first.placeholders, .code("the name of a program"))
        let name = first.text.map(ShellDialect.baseName)
        let wraps = name.map(CommandRules.wrappers.contains) ?? true
        for (index, word) in command.words.enumerated() {
            guard let text = word.text else { continue }
            let arguments = command.words[(index + 1)...]
            if index == 0 || wraps {
                builtin(text, arguments)
                InterpreterRules(lexer: lexer).apply(ShellDialect.baseName(text), arguments, command)
            }
            ShellRules(lexer: lexer).apply(
                ShellDialect.baseName(text), arguments, command, isCertain: index == 0 || wraps,
                takesArgumentsFromInput: name == "xargs")
        }
        for range in command.hereStrings { lexer.mark(range, command.input) }
    }

    private func assignment(_ word: ShellWord) {
        guard !word.placeholders.isEmpty else { return }
        if let name = word.assignedName, CommandRules.evaluatedVariables.contains(name) {
            lexer.mark(word.placeholders, .executes("an assignment to \(name)"))
        }
        lexer.assigned.append(word.placeholders)
    }

    private func builtin(_ name: String, _ arguments: ArraySlice<ShellWord>) {
        if let what = CommandRules.evaluating[name] {
            if ["integer", "float", "nameref"].contains(name) { lexer.declaresIntegers = true }
            return mark(arguments, .executes(what))
        }
        switch name {
        case "declare", "typeset", "local", "export", "readonly": declaration(name, arguments)
        case "printf": printf(arguments)
        case "test", "[": test(arguments)
        case "for", "select":
            if let variable = arguments.first { mark([variable], .executes("the variable of \(name)")) }
            lexer.assigned.append(contentsOf: arguments.dropFirst().map(\.placeholders))
        case "getopts": mark(arguments.prefix(2), .executes("getopts"))
        case "wait":
            if arguments.contains(where: { $0.text?.hasPrefix("-") ?? true }) { mark(arguments, .executes("wait -p")) }
        case "print" where lexer.dialect == .zsh || lexer.dialect == .ksh:
            if arguments.contains(where: { $0.prefix.first == UInt8(ascii: "-") }) {
                mark(arguments, .executes("print"))
            }
        case "exit", "return", "shift", "break", "continue", "ulimit":
            if lexer.dialect.evaluatesNumbers { mark(arguments, .executes(name)) }
        default: break
        }
    }

    func mark(_ words: ArraySlice<ShellWord>, _ verdict: Interpolation) {
        for word in words { lexer.mark(word.placeholders, verdict) }
    }

    /// `declare name=value` is safe as long as the name is written out and the variable has no attribute that evaluates.
    private func declaration(_ name: String, _ arguments: ArraySlice<ShellWord>) {
        let options = arguments.filter { $0.prefix.first == UInt8(ascii: "-") || $0.prefix.first == UInt8(ascii: "+") }
        let letters = Set(options.flatMap(\.prefix))
        let isUnknown = arguments.contains { !$0.isLiteral && ($0.prefix.isEmpty || $0.assignedName == nil) }
        let evaluates = isUnknown || !letters.isDisjoint(with: Array("inEF".utf8))
        let isArray = !letters.isDisjoint(with: Array("aA".utf8))
        if evaluates { lexer.declaresIntegers = true }
        for word in arguments where !word.placeholders.isEmpty {
            guard let variable = word.assignedName, word.prefix.first != UInt8(ascii: "-"), !evaluates,
                !isArray || word.isArray
            else {
                lexer.mark(word.placeholders, .executes(name))
                continue
            }
            if CommandRules.evaluatedVariables.contains(variable) {
                lexer.mark(word.placeholders, .executes("an assignment to \(variable)"))
            }
            lexer.assigned.append(word.placeholders)
        }
    }

    /// `-v` takes a name with a subscript, `%n` assigns to one, and some shells take numbers as arithmetic.
    private func printf(_ arguments: ArraySlice<ShellWord>) {
        var rest = arguments
        while let word = rest.first, word.prefix.first == UInt8(ascii: "-") {
            rest.removeFirst()
            if word.text == "--" { break }
            lexer.mark(word.placeholders, .executes("printf -v"))
            if word.text == "-v", let name = rest.popFirst() { lexer.mark(name.placeholders, .executes("printf -v")) }
        }
        guard let format = rest.popFirst() else { return }
        let letters = Set(format.prefix)
        let assigns =
            letters.contains(UInt8(ascii: "n")) && String(decoding: format.prefix, as: UTF8.self).contains("%n")
        let isNumeric = lexer.dialect.evaluatesNumbers && !letters.isDisjoint(with: Array("dioxXufFeEgGc*".utf8))
        if !rest.isEmpty { lexer.mark(format.placeholders, .executes("the format of printf")) }
        if assigns || (isNumeric && format.prefix.contains(UInt8(ascii: "%")))
            || (!format.isLiteral && lexer.dialect.evaluatesNumbers)
        {
            mark(rest, .executes("printf"))
        }
    }

    private func test(_ arguments: ArraySlice<ShellWord>) {
        for word in arguments {
            guard let text = word.text else { continue }
            if text == "-v" || text == "-R" { mark(arguments, .executes("test \(text)")) }
            if lexer.dialect.evaluatesNumbers, CommandRules.numericOperators.contains(text) {
                mark(arguments, .executes("test \(text)"))
            }
        }
    }
}
