/// `ssh`, which hands its operands over to a shell on another machine, as one text.
struct SecureShell {
    let lexer: ShellLexer

    static let grammar = OptionGrammar(values: "BbcDEeFIiJLlmOoPpQRSWw", stopsAtOperand: true)

    private static let remedy =
        "quote it for the shell there: x=\"{}\", and in the command ${x@Q} (bash), or hand the command over at ssh's "
        + "input"

    /// These options of `-o` are command lines for the local shell.
    private static let localCommands = ["ProxyCommand=", "LocalCommand=", "KnownHostsCommand=", "Match="]

    func apply(_ arguments: ArraySlice<ShellWord>, _ command: SimpleCommand) {
        let read = SecureShell.grammar.read(arguments)
        for argument in read where argument.kind == .value("-o") {
            var text = String(decoding: argument.word.prefix, as: UTF8.self)
            if text.hasPrefix("-o") { text.removeFirst(2) }
            let isLocalCommand = SecureShell.localCommands.contains { text.lowercased().hasPrefix($0.lowercased()) }
            guard isLocalCommand || text.isEmpty else { continue }
            lexer.mark(argument.word.placeholders, .executes("an option of ssh that may be a command", .check))
        }
        let operands = read.operands
        guard operands.count > 1 else {
            return command.worsenInput(code("the input of a shell on another machine"))
        }
        for operand in operands.dropFirst() {
            lexer.mark(operand.word.placeholders, code("a command for another machine's shell"))
        }
    }

    private func code(_ what: String) -> Interpolation {
        .code(Interpolation.CodePlace(what: what, remedy: SecureShell.remedy))
    }
}
