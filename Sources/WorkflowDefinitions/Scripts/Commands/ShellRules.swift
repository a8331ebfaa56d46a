/// Shells that a script calls: what they are given as a command, or at their standard input, they run.
struct ShellRules {
    let lexer: ShellLexer

    private struct Call {
        var code: ShellWord?
        var file: ShellWord?
        var runsCommand = false
        var readsInput = false
        /// An option that is an expression may be `-c`.
        var hasUnknownOptions = false
    }

    /// Whether a shell with these arguments runs one of them.
    static func hasCommandOption(_ arguments: ArraySlice<ShellWord>) -> Bool {
        let call = read(arguments) { _ in }
        return call.runsCommand || call.hasUnknownOptions
    }

    func apply(_ name: String, _ arguments: ArraySlice<ShellWord>, _ command: SimpleCommand, argumentsFromInput: Bool) {
        let call = ShellRules.read(arguments) { value in
            lexer.mark(value.placeholders, .executes("the options of \(name)", .check))
        }
        if call.hasUnknownOptions {
            for word in arguments { lexer.mark(word.placeholders, .executes("the options of \(name)", .check)) }
        } else if call.runsCommand {
            if let code = call.code {
                lexer.mark(code.placeholders, .executes("\(name) -c", .argument))
                if code.hasUnquotedExpansion { markAll(arguments, "\(name) -c") }
            }
            if argumentsFromInput, call.code == nil || lexer.replacesInput { runsInput(command, "\(name) -c") }
        } else if let file = call.file, !call.readsInput {
            if file.text == "/dev/stdin" || file.text == "-" { runsInput(command, name) }
            lexer.mark(file.placeholders, .executes("the script of \(name)", .check))
        } else {
            runsInput(command, name)
        }
    }

    private func markAll(_ words: ArraySlice<ShellWord>, _ what: String) {
        for word in words { lexer.mark(word.placeholders, .executes(what, .argument)) }
    }

    func runsInput(_ command: SimpleCommand, _ name: String) {
        command.worsenInput(.executes("the input of \(name)", .input))
    }

    private static func read(_ arguments: ArraySlice<ShellWord>, optionValue: (ShellWord) -> Void) -> Call {
        var call = Call()
        var rest = arguments
        while let word = rest.first, isOption(word) {
            rest.removeFirst()
            if !word.isLiteral || !word.placeholders.isEmpty {
                call.hasUnknownOptions = call.hasUnknownOptions || !word.placeholders.isEmpty
                continue
            }
            let text = String(decoding: word.prefix, as: UTF8.self)
            if text == "--" || text == "-" { break }
            if text.hasPrefix("--") {
                if text == "--rcfile" || text == "--init-file" { rest = rest.dropFirst() }
                continue
            }
            if text.contains("c") { call.runsCommand = true }
            if text.contains("s") { call.readsInput = true }
            for letter in text where letter == "o" || letter == "O" {
                guard let value = rest.first, !isOption(value) else { break }
                optionValue(value)
                rest.removeFirst()
            }
        }
        if call.runsCommand { call.code = rest.first } else { call.file = rest.first }
        return call
    }

    /// A word that is nothing but an expansion may be one.
    private static func isOption(_ word: ShellWord) -> Bool {
        if word.prefix.isEmpty { return !word.isLiteral && (!word.placeholders.isEmpty || word.mayVanish) }
        return word.prefix.first == UInt8(ascii: "-") || word.prefix.first == UInt8(ascii: "+")
    }
}
