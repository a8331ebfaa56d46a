/// Programs that take code in a language of their own. The shell hands the value over unharmed; what the program then makes of
/// it the lexer cannot know, so these are warnings.
struct InterpreterRules {
    let lexer: ShellLexer

    /// The options behind which an interpreter's code stands.
    private static let codeOptions: [String: [String]] = [
        "python": ["-c"], "python3": ["-c"], "python2": ["-c"], "perl": ["-e", "-E", "-ne", "-pe", "-lne", "-lpe"],
        "ruby": ["-e", "-ne", "-pe"], "node": ["-e", "-p", "--eval", "--print"], "php": ["-r"], "lua": ["-e"],
        "psql": ["-c", "--command"], "mysql": ["-e", "--execute"], "mariadb": ["-e"], "sed": ["-e", "--expression"],
        "osascript": ["-e"], "pwsh": ["-c", "-Command"],
    ]

    /// All their arguments, or their first, may be code.
    private static let codeArguments: Set<String> = ["sed", "awk", "gawk", "mawk", "sqlite3", "make", "gmake", "ssh"]

    func apply(_ name: String, _ arguments: ArraySlice<ShellWord>, _ command: SimpleCommand) {
        if let options = InterpreterRules.codeOptions[name] {
            for (option, code) in zip(arguments, arguments.dropFirst()) where option.text.map(options.contains) ?? false
            {
                lexer.mark(code.placeholders, .code("code for \(name)"))
            }
            for word in arguments where options.contains(where: { word.prefix.starts(with: Array("\($0)=".utf8)) }) {
                lexer.mark(word.placeholders, .code("code for \(name)"))
            }
            if name != "sed" { command.input = worse(command.input, .code("the input of \(name)")) }
        }
        guard InterpreterRules.codeArguments.contains(name) else { return }
        var previous: ShellWord?
        for word in arguments {
            // `awk -v name=value` hands a value over.
            if !(name.hasSuffix("awk") && (previous?.text == "-v" || word.prefix.starts(with: Array("-v".utf8)))) {
                lexer.mark(
                    word.placeholders,
                    .code(name == "ssh" ? "a command for another machine's shell" : "code for \(name)"))
            }
            previous = word
        }
        if name == "ssh" { command.input = worse(command.input, .code("the input of ssh")) }
    }

    private func worse(_ a: Interpolation, _ b: Interpolation) -> Interpolation {
        a.severity >= b.severity ? a : b
    }
}
