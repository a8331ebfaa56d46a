extension ShellLexer {
    /// Reads commands, up to behind the `)` that closes them, or to the end.
    func commands(untilParenthesis: Bool) {
        var state = CommandList(passed: passed)
        var isClosed = false
        while !isClosed {
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
                } else {
                    endPipeline(&state)
                    isClosed = untilParenthesis
                    if !untilParenthesis { open("nothing, at a )") }
                }
            case UInt8(ascii: "<"), UInt8(ascii: ">"): redirection(&state)
            default: readWord(&state)
            }
        }
        endPipeline(&state)
        if untilParenthesis, !isClosed { open("(") }
        if !state.cases.isEmpty { open("case") }
    }

    // MARK: Separators

    private func semicolon(_ state: inout CommandList) {
        position += 1
        var endsClause = false
        while isAt(";") || isAt("&") {
            endsClause = true
            position += 1
        }
        endPipeline(&state)
        if endsClause, !state.cases.isEmpty { state.cases[state.cases.count - 1] = true }
    }

    private func ampersand(_ state: inout CommandList) {
        if isAt(">", 1) {
            position += 1
            redirection(&state)
        } else {
            position += isAt("&", 1) ? 2 : 1
            endPipeline(&state)
        }
    }

    private func bar(_ state: inout CommandList) {
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

    private func openParenthesis(_ state: inout CommandList) {
        let isArithmetic = isAt("(", 1) && (state.isAtCommand || state.command.words.last?.text == "for")
        position += 1
        if state.expectsPattern { return }
        if isArithmetic {
            position += 1
            nested { arithmetic(closing: ")", opening: "(", "arithmetic", closings: 2) }
            return
        }
        let outer = worstInput
        worstInput = .safe
        let isFunction = !state.isAtCommand
        nested { commands(untilParenthesis: true) }
        let inner = worstInput
        worstInput = outer
        if isFunction {
            // `name() …`: the body is a command of its own.
            state.command = SimpleCommand(start: passed)
        } else {
            state.command.worsenInput(inner)
        }
    }

    // MARK: Commands and pipelines

    /// Every command of a pipeline may judge what all before it put out.
    private static let pipelineCommandsMax = 1000

    private func endCommand(_ state: inout CommandList) {
        let command = state.command
        CommandRules(lexer: self).apply(to: command)
        state.pipelineCommands += 1
        if let start = state.closedCompound {
            state.pipelineStart = start
            state.closedCompound = nil
            if command.hasHereDocument { state.pipeline.append(command) }
        } else if state.pipelineCommands > ShellLexer.pipelineCommandsMax {
            command.input = .executes("a pipeline of more than \(ShellLexer.pipelineCommandsMax) commands", .variable)
            mark(command.start..<passed, command.input)
            if state.pipelineCommands == ShellLexer.pipelineCommandsMax + 1 { markInputs(of: &state, upTo: command) }
        } else {
            markInputs(of: &state, upTo: command)
            if command.hasHereDocument { state.pipeline.append(command) }
        }
        state.command = SimpleCommand(start: passed)
    }

    /// What a command does with its input it does with what the commands before it in the pipeline put out. The first
    /// command of a pipeline reads what the compound command around it is given.
    private func markInputs(of state: inout CommandList, upTo command: SimpleCommand) {
        guard command.input != .safe else { return }
        markOutput(state.pipelineStart..<command.start, command.input)
        for earlier in state.pipeline { earlier.worsenInput(command.input) }
        if state.pipelineCommands <= 1 {
            if worstInput.severity < command.input.severity { worstInput = command.input }
            for index in state.compounds.indices where state.compounds[index].input.severity < command.input.severity {
                state.compounds[index].input = command.input
                markOutput(state.compounds[index].feed, command.input)
            }
        }
    }

    /// Marks what commands print: their arguments, unless they are known to print something else.
    private func markOutput(_ range: Range<Int>, _ verdict: Interpolation) {
        guard !range.isEmpty else { return }
        var next = range.lowerBound
        let silentRanges = unprinted.filter { $0.overlaps(range) }.sorted { $0.lowerBound < $1.lowerBound }
        for silent in silentRanges {
            if silent.lowerBound > next { mark(next..<silent.lowerBound, verdict) }
            next = max(next, silent.upperBound)
        }
        if next < range.upperBound { mark(next..<range.upperBound, verdict) }
    }

    private func endPipeline(_ state: inout CommandList) {
        endCommand(&state)
        state.pipeline = []
        state.pipelineCommands = 0
        state.pipelineStart = passed
    }

    // MARK: Words

    private func readWord(_ state: inout CommandList) {
        if state.expectsPattern {
            let start = position
            let pattern = word(.casePattern)
            if pattern.text == "esac", !pattern.hasQuotes { endCase(&state) }
            if position == start { skipStray() }
            return
        }
        let start = position
        let word = word(place(of: state))
        guard position > start else { return skipStray() }
        if isAt("<") || isAt(">") {
            if isDescriptor(word) { return }
            if !word.hasQuotes, !word.direct.isEmpty { state.command.wordBeforeRedirection = word }
        }
        if state.isAtCommand {
            if isAssignment(from: start) {
                state.command.assignments.append(word)
                return
            }
            computedAssignment(from: start)
        }
        if !word.hasQuotes, let text = word.text, reserved(text, &state) { return }
        state.command.words.append(word)
    }

    /// Behind `export` and its like most shells read an assignment as one. Some versions of dash split there.
    private func place(of state: CommandList) -> WordPlace {
        guard let first = state.command.words.first else { return .commandPrefix }
        guard let name = first.text, !first.hasQuotes, BuiltinRules.declarations.contains(name) else {
            return .argument
        }
        switch dialect {
        case .bash, .ksh, .zsh: return .declaration
        case .sh, .dash: return .argument
        }
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
    private func isAssignment(from start: Int) -> Bool {
        var index = start
        while index < position, units[index] > 0, isParameterName(units[index]) { index += 1 }
        guard index > start, index < position, !(0x30...0x39).contains(units[start]) else { return false }
        if units[index] == 0x5B { return true }
        if units[index] == 0x2B { index += 1 }
        return index < position && units[index] == 0x3D
    }

    /// `@=…`, where `@` is an expression: the shell has looked for assignments before it knows the name.
    private func computedAssignment(from start: Int) {
        var index = start
        while index < position, units[index] < 0 || isParameterName(units[index]) { index += 1 }
        let end = index
        guard end > start, index < position else { return }
        if units[index] == 0x2B { index += 1 }
        guard index < position, units[index] == 0x3D else { return }
        for unit in units[start..<end] where unit < 0 {
            let number = Int(-1 - unit)
            mark(number..<(number + 1), .early(.assignment))
        }
    }

    // MARK: Grammar

    /// Words of the grammar where a command may begin. True where the word was one.
    private func reserved(_ text: String, _ state: inout CommandList) -> Bool {
        if state.command.words.count == 2, text == "do", ["for", "select"].contains(state.command.words[0].text) {
            endPipeline(&state)
            return true
        }
        guard state.isAtCommand, state.command.assignments.isEmpty else { return false }
        switch text {
        case "then", "elif", "else", "do", "!": return true
        case "{", "if", "while", "until":
            state.openCompound(passed: passed)
            return true
        case "for", "select":
            state.openCompound(passed: passed)
            return false
        case "}", "fi", "done":
            state.closeCompound()
            return true
        case "time":
            skipBlanks()
            if isAt("-"), isAt("p", 1), isBlank(unit(2)) { position += 2 }
            return true
        case "coproc":
            nameOfCoprocess()
            return true
        case "function":
            skipBlanks()
            _ = word(.argument)
            skipBlanks()
            if isAt("("), isAt(")", 1) { position += 2 }
            return true
        case "case":
            state.openCompound(passed: passed)
            skipBlanks()
            _ = word(.unsplit)
            skipToIn()
            state.cases.append(true)
            return true
        case "esac":
            endCase(&state)
            return true
        case "[[":
            conditional()
            return true
        default: return false
        }
    }

    private func endCase(_ state: inout CommandList) {
        guard !state.cases.isEmpty else { return }
        state.cases.removeLast()
        state.command = SimpleCommand(start: passed)
        state.closeCompound()
    }

    private func skipToIn() {
        while true {
            skipBlanks()
            guard isAt("\n") else { break }
            position += 1
        }
        if isAt("i"), isAt("n", 1) { position += 2 }
    }

    /// `NAME` of `coproc NAME { …; }`.
    private func nameOfCoprocess() {
        skipBlanks()
        let start = position
        while !atEnd, unit() > 0, isParameterName(unit()) { position += 1 }
        let isName = position > start
        skipBlanks()
        if !isName || !(isAt("{") || isAt("(")) { position = start }
    }

    // MARK: Redirections

    private func redirection(_ state: inout CommandList) {
        if isAt("(", 1) {
            // A process substitution is a word.
            return readWord(&state)
        }
        if isAt("<"), isAt("<", 1) {
            if isAt("<", 2) {
                position += 3
                skipBlanks()
                state.command.hereStrings.append(word(.unsplit).placeholders)
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
