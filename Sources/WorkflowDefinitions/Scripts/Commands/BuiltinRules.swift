/// Builtins that evaluate what they are given: as commands, as arithmetic, or as names whose subscripts are arithmetic.
struct BuiltinRules {
    let lexer: ShellLexer
    /// False where the word may as well be an argument of something else.
    let isCertain: Bool

    static let numericOperators: Set<String> = ["-eq", "-ne", "-lt", "-le", "-gt", "-ge"]

    static let declarations: Set<String> = ["declare", "typeset", "local", "export", "readonly"]

    /// A shell expands, evaluates or runs what is assigned to these.
    static let evaluatedVariables: Set<String> = [
        "PS0", "PS1", "PS2", "PS3", "PS4", "PROMPT_COMMAND", "BASH_ENV", "ENV", "RANDOM", "SRANDOM", "SECONDS",
        "LINENO", "HISTCMD", "OPTIND", "EPOCHSECONDS", "EPOCHREALTIME", "BASHPID", "PPID", "UID", "EUID", "COLUMNS",
        "LINES", "HISTSIZE", "SAVEHIST", "TMOUT", "PROMPT", "RPROMPT",
    ]

    /// All their arguments are evaluated, in each of these ways.
    private static let evaluating: [String: (String, Interpolation.Remedy)] = [
        "eval": ("eval", .variable), "trap": ("trap", .variable), "let": ("let", .number),
        "source": ("source", .check), ".": ("source", .check), "alias": ("alias", .variable), "bind": ("bind", .check),
        "complete": ("complete", .check), "compgen": ("compgen", .check), "enable": ("enable", .check),
        "fc": ("fc", .check), "unset": ("unset", .name), "nameref": ("nameref", .name), "integer": ("integer", .number),
        "float": ("float", .number), "zstyle": ("zstyle", .check), "zle": ("zle", .check),
        "bindkey": ("bindkey", .check),
        "sched": ("sched", .check), "autoload": ("autoload", .check), "zmv": ("zmv", .check),
    ]

    /// Names that are also words for many a program: behind `$CLI` they are not taken for builtins.
    private static let commonWords: Set<String> = [
        "alias", "bind", "complete", "enable", "exit", "export", "for", "local", "print", "read", "return", "sched",
        "select",
        "shift", "test", "unset", "wait", "[", "zle", "break", "continue", "integer", "float",
    ]

    func apply(_ name: String, _ arguments: ArraySlice<ShellWord>, _ command: SimpleCommand) {
        guard isCertain || !BuiltinRules.commonWords.contains(name) else { return }
        if let (what, remedy) = BuiltinRules.evaluating[name] {
            if ["integer", "float", "nameref"].contains(name) { lexer.declaresIntegers = true }
            if what == "source", arguments.first.map({ $0.text == "/dev/stdin" }) ?? false {
                ShellRules(lexer: lexer).runsInput(command, what)
            }
            return mark(arguments, .executes(what, remedy))
        }
        switch name {
        case "declare", "typeset", "local", "export", "readonly": declaration(name, arguments)
        case "printf": printf(arguments)
        case "test", "[": test(arguments, closed: name == "[")
        case "read": read(arguments)
        case "mapfile", "readarray":
            names(name, OptionGrammar(values: "dnOsuc", code: "C", stopsAtOperand: true), arguments)
        case "for", "select": loop(name, arguments)
        case "getopts": mark(arguments.prefix(2), .executes("getopts", .name))
        case "wait":
            if arguments.contains(where: { $0.text?.hasPrefix("-") ?? true }) {
                mark(arguments, .executes("wait -p", .number))
            }
        case "print" where lexer.dialect == .zsh || lexer.dialect == .ksh:
            if arguments.contains(where: { $0.begins(with: "-") }) { mark(arguments, .executes("print", .check)) }
        case "exit", "return", "shift", "break", "continue", "ulimit":
            if lexer.dialect.evaluatesNumbers { mark(arguments, .executes(name, .number)) }
        default: break
        }
    }

    private func mark(_ words: ArraySlice<ShellWord>, _ verdict: Interpolation) {
        for word in words { lexer.mark(word.placeholders, verdict) }
    }

    private func loop(_ name: String, _ arguments: ArraySlice<ShellWord>) {
        if let variable = arguments.first {
            lexer.mark(variable.placeholders, .executes("the variable of \(name)", .name))
        }
        lexer.assigned.append(contentsOf: arguments.dropFirst().map(\.placeholders))
    }

    /// `declare name=value` is safe as long as the name is written out and the variable has no attribute that
    /// evaluates.
    private func declaration(_ name: String, _ arguments: ArraySlice<ShellWord>) {
        let options = arguments.filter { $0.begins(with: "-") || $0.begins(with: "+") }
        let letters = Set(options.flatMap(\.prefix))
        let isUnknown = arguments.contains { !$0.isLiteral && ($0.prefix.isEmpty || $0.assignedName == nil) }
        let evaluates = isUnknown || !letters.isDisjoint(with: Array("inEF".utf8))
        let isArray = !letters.isDisjoint(with: Array("aA".utf8))
        if evaluates { lexer.declaresIntegers = true }
        for word in arguments where !word.placeholders.isEmpty {
            guard let variable = word.assignedName, !word.begins(with: "-"), !evaluates, !isArray || word.isArray else {
                lexer.mark(word.placeholders, .executes(name, evaluates && !isUnknown ? .number : .name))
                continue
            }
            if BuiltinRules.evaluatedVariables.contains(variable) {
                lexer.mark(word.placeholders, .executes("an assignment to \(variable)", .check))
            }
            lexer.assigned.append(word.placeholders)
        }
    }

    // MARK: Names

    /// `read` and its like: the operands are names of variables, and so may be what an option's value splits into.
    private func names(_ name: String, _ grammar: OptionGrammar, _ arguments: ArraySlice<ShellWord>) {
        for argument in grammar.read(arguments) {
            switch argument.kind {
            case .value where !argument.word.splitsValues: break
            case .flag, .value, .code, .operand: lexer.mark(argument.word.placeholders, .executes(name, .name))
            }
        }
    }

    private func read(_ arguments: ArraySlice<ShellWord>) {
        switch lexer.dialect {
        case .bash, .sh, .dash:
            names("read", OptionGrammar(values: "dinNptu", code: "a", stopsAtOperand: true), arguments)
        case .ksh, .zsh: mark(arguments, .executes("read", .name))
        }
    }

    /// `-v` takes a name with a subscript, `%n` assigns to one, and some shells take numbers as arithmetic.
    private func printf(_ arguments: ArraySlice<ShellWord>) {
        var rest = arguments
        while let word = rest.first, word.begins(with: "-") {
            rest.removeFirst()
            if word.text == "--" { break }
            lexer.mark(word.placeholders, .executes("printf -v", .name))
            if word.text == "-v", let name = rest.popFirst() {
                lexer.mark(name.placeholders, .executes("printf -v", .name))
            }
        }
        guard let format = rest.popFirst() else { return }
        let letters = Set(format.prefix)
        let assigns =
            letters.contains(UInt8(ascii: "n")) && String(decoding: format.prefix, as: UTF8.self).contains("%n")
        let isNumeric = lexer.dialect.evaluatesNumbers && !letters.isDisjoint(with: Array("dioxXufFeEgGc*".utf8))
        if !rest.isEmpty || format.splitsValues {
            lexer.mark(format.placeholders, .executes("the format of printf", .format))
        }
        if assigns || (isNumeric && format.prefix.contains(UInt8(ascii: "%")))
            || (!format.isLiteral && lexer.dialect.evaluatesNumbers)
        {
            mark(rest, .executes("printf", .number))
        }
    }

    // MARK: Tests

    private func test(_ arguments: ArraySlice<ShellWord>, closed: Bool) {
        for word in arguments {
            guard let text = word.text else { continue }
            if text == "-v" || text == "-R" { mark(arguments, .executes("test \(text)", .name)) }
            if lexer.dialect.evaluatesNumbers, BuiltinRules.numericOperators.contains(text) {
                mark(arguments, .executes("test \(text)", .number))
            }
        }
        guard lexer.dialect != .dash else { return }
        // What a value is split into may be `-v` and a name with a subscript; so may be two values side by side.
        let operands = closed && arguments.last?.text == "]" ? arguments.dropLast() : arguments
        for word in operands where word.splitsValues {
            lexer.mark(word.placeholders, .executes("test, where it may become `-v NAME`", .quotes))
        }
        if operands.count == 2, let first = operands.first, !first.isLiteral {
            mark(operands, .executes("test, where it may become `-v NAME`", .quotes))
        }
    }
}
