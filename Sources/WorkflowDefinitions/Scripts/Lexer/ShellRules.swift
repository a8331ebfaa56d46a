/// Shells that a script calls: what they are given as a command, or at their standard input, they run.
struct ShellRules {
    let lexer: ShellLexer

    /// `isCertain` is false where the word may well be an argument of something else.
    func apply(
        _ name: String, _ arguments: ArraySlice<ShellWord>, _ command: SimpleCommand, isCertain: Bool,
        takesArgumentsFromInput: Bool
    ) {
        if ["su", "runuser", "sg", "script", "flock"].contains(name), isCertain {
            return takesCommand(name, arguments)
        }
        guard ShellDialect.names.contains(name) else {
            if isCertain, name == "source" || name == "." { runsInput(command, "source") }
            return
        }
        var rest = arguments
        var runsCommand = false
        var readsInput = false
        while let word = rest.first, isOption(word) {
            rest.removeFirst()
            if !word.isLiteral || !word.placeholders.isEmpty {
                // The value may be an option; then what follows may be a command.
                return mark(arguments, .executes("the options of \(name)"))
            }
            let text = String(decoding: word.prefix, as: UTF8.self)
            if text == "--" || text == "-" { break }
            if text.hasPrefix("--") {
                if text == "--rcfile" || text == "--init-file" { rest = rest.dropFirst() }
                continue
            }
            if text.contains("c") { runsCommand = true }
            if text.contains("s") { readsInput = true }
            for letter in text where letter == "o" || letter == "O" {
                guard let value = rest.first, !isOption(value) else { break }
                lexer.mark(value.placeholders, .executes("the options of \(name)"))
                rest.removeFirst()
                _ = letter
            }
        }
        if runsCommand {
            if let code = rest.first { lexer.mark(code.placeholders, .executes("\(name) -c")) }
            if takesArgumentsFromInput { runsInput(command, "\(name) -c") }
        } else if isCertain {
            if let file = rest.first, !readsInput {
                if file.text == "/dev/stdin" || file.text == "-" { runsInput(command, name) }
                lexer.mark(file.placeholders, .executes("the script of \(name)"))
            } else {
                runsInput(command, name)
            }
        }
    }

    private func isOption(_ word: ShellWord) -> Bool {
        if word.prefix.isEmpty { return !word.isLiteral && !word.placeholders.isEmpty }
        return word.prefix.first == UInt8(ascii: "-") || word.prefix.first == UInt8(ascii: "+")
    }

    private func takesCommand(_ name: String, _ arguments: ArraySlice<ShellWord>) {
        guard
            arguments.contains(where: { word in
                let text = String(decoding: word.prefix, as: UTF8.self)
                return text.hasPrefix("--") ? text.hasPrefix("--c") : text.hasPrefix("-") && text.contains("c")
            })
        else { return }
        mark(arguments, .executes("\(name) -c"))
    }

    private func runsInput(_ command: SimpleCommand, _ name: String) {
        command.input = .executes("the input of \(name)")
        lexer.commandsThatRunInput += 1
    }

    private func mark(_ words: ArraySlice<ShellWord>, _ verdict: Interpolation) {
        for word in words { lexer.mark(word.placeholders, verdict) }
    }
}
