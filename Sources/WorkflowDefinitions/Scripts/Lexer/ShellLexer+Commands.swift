extension ShellLexer {
    /// What is known between two tokens of a command list.
    private struct ListState {
        var command: SimpleCommand
        /// The commands of the pipeline so far whose here-documents are still to be read.
        var pipeline: [SimpleCommand] = []
        var pipelineCommands = 0
        /// Nested `case`s; true while a pattern is expected.
        var cases: [Bool] = []
        /// Expressions passed when the pipeline began.
        var pipelineStart: Int

        init(passed: Int) {
            command = SimpleCommand(start: passed)
            pipelineStart = passed
        }

        var expectsPattern: Bool { cases.last ?? false }
        var isAtCommand: Bool { command.words.isEmpty }
    }

    /// Reads commands, up to behind the `)` that closes them, or to the end.
    func commands(untilParenthesis: Bool) {
        var state = ListState(passed: passed)
        while true {
            skipBlanks()
            guard !atEnd else { break }
            if isAtPlaceholder {
                readWord(&state)
                continue
            }
            switch UInt8(truncatingIfNeeded: unit()) {
            case UInt8(ascii: "#"): skipComment()
            case 0x0A:
                position += 1
                endPipeline(&state)
                if !pendingHereDocuments.isEmpty { hereDocumentTexts() }
            case UInt8(ascii: ";"): semicolon(&state)
            case UInt8(ascii: "&"): ampersand(&state)
            case UInt8(ascii: "|"): bar(&state)
            case UInt8(ascii: "("): openParenthesis(&state)
            case UInt8(ascii: ")"):
                position += 1
                if state.expectsPattern {
                    state.cases[state.cases.count - 1] = false
                    state.command = SimpleCommand(start: passed)
                } else if untilParenthesis {
                    endPipeline(&state)
                    return
                } else {
                    endPipeline(&state)
                }
            case UInt8(ascii: "<"), UInt8(ascii: ">"): redirection(&state)
            default: readWord(&state)
            }
        }
        endPipeline(&state)
    }

    // MARK: Separators

    private func semicolon(_ state: inout ListState) {
        position += 1
        var endsClause = false
        while isAt(";") || isAt("&") {
            endsClause = true
            position += 1
        }
        endPipeline(&state)
        if endsClause, !state.cases.isEmpty { state.cases[state.cases.count - 1] = true }
    }

    private func ampersand(_ state: inout ListState) {
        if isAt(">", 1) {
            position += 1
            redirection(&state)
        } else {
            position += isAt("&", 1) ? 2 : 1
            endPipeline(&state)
        }
    }

    private func bar(_ state: inout ListState) {
        if state.expectsPattern {
            position += 1
        } else if isAt("|", 1) {
            position += 2
            endPipeline(&state)
        } else {
            position += isAt("&", 1) ? 2 : 1
            endCommand(&state)
        }
    }

    private func openParenthesis(_ state: inout ListState) {
        let isArithmetic = isAt("(", 1) && (state.isAtCommand || state.command.words.last?.text == "for")
        position += 1
        if state.expectsPattern { return }
        if isArithmetic {
            position += 1
            nested { arithmetic(closing: ")", opening: "(", "arithmetic", closings: 2) }
            return
        }
        let before = commandsThatRunInput
        let isFunction = !state.isAtCommand
        nested { commands(untilParenthesis: true) }
        if isFunction {
            // `name() …`: the body is a command of its own.
            state.command = SimpleCommand(start: passed)
        } else if commandsThatRunInput > before {
            state.command.input = .executes("the input of a shell")
            markInputs(of: state, upTo: state.command)
        }
    }

    // MARK: Commands and pipelines

    /// Every command of a pipeline may judge what all before it put out.
    private static let pipelineCommandsMax = 1000

    private func endCommand(_ state: inout ListState) {
        let command = state.command
        CommandRules(lexer: self).apply(to: command)
        state.pipelineCommands += 1
        if state.pipelineCommands > ShellLexer.pipelineCommandsMax {
            command.input = .executes("a pipeline of more than \(ShellLexer.pipelineCommandsMax) commands")
            mark(command.start..<passed, command.input)
            if state.pipelineCommands == ShellLexer.pipelineCommandsMax + 1 { markInputs(of: state, upTo: command) }
        } else {
            markInputs(of: state, upTo: command)
            if command.hasHereDocument { state.pipeline.append(command) }
        }
        state.command = SimpleCommand(start: passed)
    }

    /// What a command does with its input it does with what the commands before it in the pipeline put out.
    private func markInputs(of state: ListState, upTo command: SimpleCommand) {
        guard command.input != .safe else { return }
        mark(state.pipelineStart..<command.start, command.input)
        for earlier in state.pipeline where earlier.input.severity < command.input.severity {
            earlier.input = command.input
        }
    }

    private func endPipeline(_ state: inout ListState) {
        endCommand(&state)
        state.pipeline = []
        state.pipelineCommands = 0
        state.pipelineStart = passed
    }

    // MARK: Words

    private func readWord(_ state: inout ListState) {
        if state.expectsPattern {
            let pattern = word(.pattern)
            if pattern.text == "esac", !pattern.hasQuotes {
                state.cases.removeLast()
                state.command = SimpleCommand(start: passed)
            }
            skipStray()
            return
        }
        let start = position
        let isDeclaration = state.command.words.first?.text.map(CommandRules.isDeclaration) ?? false
        let word = word(state.isAtCommand || isDeclaration ? .commandPrefix : .argument)
        guard position > start else { return skipStray() }
        if (isAt("<") || isAt(">")) && isDescriptor(word) { return }
        if state.isAtCommand, isAssignment(word, from: start) {
            state.command.assignments.append(word)
            return
        }
        if !word.hasQuotes, let text = word.text, reserved(text, &state) { return }
        state.command.words.append(word)
    }

    /// A character that no rule takes must not stop the reading.
    private func skipStray() {
        if !atEnd, !isAtPlaceholder, isMeta(unit()), !isBlank(unit()), isAt("&") || isAt(";") { position += 1 }
    }

    /// `2` of `2>file`, `{fd}` of `{fd}>file`.
    private func isDescriptor(_ word: ShellWord) -> Bool {
        guard let text = word.text, !word.hasQuotes, !text.isEmpty else { return false }
        return text.utf8.allSatisfy(CoreSchema.isDigit) || (text.hasPrefix("{") && text.hasSuffix("}"))
    }

    /// `name=…`, `name+=…` and `name[…]=…`, none of it quoted up to the `=`.
    private func isAssignment(_ word: ShellWord, from start: Int) -> Bool {
        var index = start
        while index < position, units[index] > 0,
            NameRules.isVariable("_" + String(UnicodeScalar(UInt8(truncatingIfNeeded: units[index]))))
        {
            index += 1
        }
        guard index > start, index < position else { return false }
        if units[index] == 0x5B { return true }
        if units[index] == 0x2B { index += 1 }
        return index < position && units[index] == 0x3D
    }

    /// Words of the grammar where a command may begin. True where the word was one.
    private func reserved(_ text: String, _ state: inout ListState) -> Bool {
        if state.command.words.count == 2, text == "do", ["for", "select"].contains(state.command.words[0].text) {
            endPipeline(&state)
            return true
        }
        guard state.isAtCommand, state.command.assignments.isEmpty else { return false }
        switch text {
        case "if", "then", "elif", "else", "fi", "while", "until", "do", "done", "{", "}", "!", "time", "coproc":
            return true
        case "function":
            skipBlanks()
            _ = word(.argument)
            skipBlanks()
            if isAt("("), isAt(")", 1) { position += 2 }
            return true
        case "case":
            skipBlanks()
            _ = word(.argument)
            skipToIn()
            state.cases.append(true)
            return true
        case "esac":
            if !state.cases.isEmpty { state.cases.removeLast() }
            return true
        case "[[":
            conditional()
            return true
        default: return false
        }
    }

    private func skipToIn() {
        while true {
            skipBlanks()
            guard isAt("\n") else { break }
            position += 1
        }
        if isAt("i"), isAt("n", 1) { position += 2 }
    }

    /// `[[ … ]]`, from behind its opening.
    private func conditional() {
        let first = passed
        var evaluates: String?
        while !atEnd {
            skipBlanks()
            if isAt("#") {
                skipComment()
            } else if !isAtPlaceholder, isMeta(unit()), !((isAt("<") || isAt(">")) && isAt("(", 1)) {
                position += 1
            } else {
                let start = position
                let word = word(.pattern)
                if position == start { position += 1 }
                guard let text = word.text, !word.hasQuotes else { continue }
                if text == "]]" { break }
                if CommandRules.numericOperators.contains(text) { evaluates = "[[ … \(text) … ]]" }
                if text == "-v" || text == "-R" { evaluates = "[[ \(text) … ]]" }
            }
        }
        if let evaluates { mark(first..<passed, .executes(evaluates)) }
    }

    // MARK: Redirections

    private func redirection(_ state: inout ListState) {
        if isAt("(", 1) {
            // A process substitution is a word.
            return readWord(&state)
        }
        if isAt("<"), isAt("<", 1) {
            if isAt("<", 2) {
                position += 3
                skipBlanks()
                state.command.hereStrings.append(word(.argument).placeholders)
            } else {
                let stripsTabs = isAt("-", 2)
                position += stripsTabs ? 3 : 2
                hereDocument(stripsTabs: stripsTabs, of: state.command)
            }
            return
        }
        position += 1
        while isAt(">") || isAt("&") || isAt("|") { position += 1 }
        skipBlanks()
        if !atEnd, isAtPlaceholder || !isMeta(unit()) || ((isAt("<") || isAt(">")) && isAt("(", 1)) {
            _ = word(.argument)
        }
    }
}
