/// What the command that has been read makes of the values that it is given.
struct CommandRules {
    let lexer: ShellLexer

    /// Every word of a command may be looked at from every other.
    private static let wordsMax = 1000

    /// They print what they read, and not the names of what they read.
    private static let reading: Set<String> = [
        "age", "aws", "az", "bunzip2", "bzcat", "bzip2", "cat", "curl", "gcloud", "git", "gpg", "gsutil", "gunzip",
        "gzip",
        "head", "lz4", "mysqldump", "openssl", "pg_dump", "pg_dumpall", "pg_restore", "restic", "sops", "tac", "tail",
        "tar",
        "unxz", "unzip", "wget", "xz", "xzcat", "zcat", "zstd", "zstdcat",
    ]

    func apply(to command: SimpleCommand) {
        for word in command.assignments { assignment(word) }
        if command.words.count > CommandRules.wordsMax {
            let what = "a command of more than \(CommandRules.wordsMax) words"
            for word in command.words { lexer.mark(word.placeholders, .executes(what, .variable)) }
            command.input = .executes("the input of \(what)", .variable)
            lexer.declaresIntegers =
                lexer.declaresIntegers || (command.words[0].text.map(BuiltinRules.declarations.contains) ?? true)
        } else if !command.words.isEmpty {
            lexer.replacesInput = false
            let started = CommandFinder(command.words[...]).commands
            for started in started { apply(started, command) }
            descriptor(command)
            if let last = started.last { prints(last, command) }
        }
        for range in command.hereStrings { lexer.mark(range, command.input) }
    }

    private func apply(_ started: StartedCommand, _ command: SimpleCommand) {
        guard let first = started.words.first else { return }
        guard let text = first.text else {
            lexer.markSafe(first.placeholders, .program)
            return
        }
        let name = ShellDialect.baseName(text)
        let arguments = started.words.dropFirst()
        if started.place == .here || started.place == .perhapsHere {
            BuiltinRules(lexer: lexer, isCertain: started.place == .here).apply(text, arguments, command)
        }
        if ShellDialect.names.contains(name) {
            ShellRules(lexer: lexer).apply(
                name, arguments, command, argumentsFromInput: started.takesArgumentsFromInput)
        }
        if name == "xargs" { lexer.replacesInput = replacesInput(arguments) }
        if name == "ssh" || name == "autossh" { SecureShell(lexer: lexer).apply(arguments, command) }
        if name == "parallel" { parallel(arguments, command) }
        if name == "env" { splitString(arguments) }
        if let interpreter = Interpreter.named(name) { apply(interpreter, name, arguments, command) }
    }

    // MARK: Interpreters

    private func apply(
        _ interpreter: Interpreter, _ name: String, _ arguments: ArraySlice<ShellWord>, _ command: SimpleCommand
    ) {
        let code = interpreter.code(in: arguments)
        func verdict(_ what: String) -> Interpolation {
            interpreter.isShell
                ? .executes(what, .argument)
                : .code(Interpolation.CodePlace(what: what, remedy: interpreter.remedy))
        }
        for word in code.words { lexer.mark(word.placeholders, verdict("code for \(name)")) }
        if code.input { command.worsenInput(verdict("the input of \(name)")) }
    }

    /// GNU parallel makes a command line of its operands, up to `:::`; without any its input are the commands.
    private func parallel(_ arguments: ArraySlice<ShellWord>, _ command: SimpleCommand) {
        let grammar = OptionGrammar(
            values: "jnNIaSLPsCdE",
            longValues: [
                "--jobs", "--sshlogin", "--arg-file", "--colsep", "--delay", "--retries", "--timeout", "--joblog",
                "--results",
            ],
            stopsAtOperand: true)
        let operands = grammar.read(arguments).operands.prefix { !($0.word.text?.hasPrefix(":::") ?? false) }
        for operand in operands { lexer.mark(operand.word.placeholders, .executes("parallel", .argument)) }
        if operands.isEmpty, !arguments.contains(where: { $0.text?.hasPrefix(":::") ?? false }) {
            ShellRules(lexer: lexer).runsInput(command, "parallel")
        }
    }

    /// `env -S` takes a command line as one text.
    private func splitString(_ arguments: ArraySlice<ShellWord>) {
        let grammar = OptionGrammar(
            values: "uC", code: "S", longValues: ["--unset", "--chdir"], longCode: ["--split-string"],
            stopsAtOperand: true)
        for argument in grammar.read(arguments) {
            if case .code = argument.kind {
                lexer.mark(argument.word.placeholders, .executes("env -S", .argument))
            }
        }
    }

    /// `-I`, with which the input becomes a part of the command's words.
    private func replacesInput(_ arguments: ArraySlice<ShellWord>) -> Bool {
        let grammar = OptionGrammar(
            values: "InPLdsEa", rest: "i", longValues: ["--max-args", "--max-procs", "--delimiter"],
            stopsAtOperand: true)
        return grammar.read(arguments).has("-I", "-i", "--replace")
    }

    // MARK: Assignments and redirections

    private func assignment(_ word: ShellWord) {
        guard !word.placeholders.isEmpty else { return }
        if let name = word.assignedName, BuiltinRules.evaluatedVariables.contains(name) {
            lexer.mark(word.placeholders, .executes("an assignment to \(name)", .check))
        }
        lexer.assigned.append(word.placeholders)
    }

    /// `exec @>file`: the shell has looked for the number before it knows the value.
    private func descriptor(_ command: SimpleCommand) {
        guard command.words.count == 2, command.words[0].text == "exec", let word = command.wordBeforeRedirection,
            word.placeholders == command.words[1].placeholders
        else { return }
        for index in word.direct { lexer.mark(index..<(index + 1), .early(.descriptor)) }
    }

    /// Whether a value that is an argument can be among what the command prints: where the next command takes its input
    /// for code, that decides.
    private func prints(_ started: StartedCommand, _ command: SimpleCommand) {
        guard let name = started.words.first?.text, CommandRules.reading.contains(ShellDialect.baseName(name)) else {
            return
        }
        for word in command.words where !word.placeholders.isEmpty { lexer.unprinted.append(word.placeholders) }
    }
}
