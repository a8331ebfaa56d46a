internal import CEL
internal import JSON

/// A line, and the line of the same step in another definition.
struct LinePair: Sendable {
    let line: Int
    let otherLine: Int
}

/// Whether expressions of a run's definition read the same in the one that it would be moved to.
///
/// As far as the definitions decide it: the environment, parameters, and steps whose outputs are kept or come about in
/// the same way.
struct DefinitionComparison {
    private let state: RunState
    private let other: Program
    /// Lines that the move repeats.
    private let repeated: Set<Int>

    /// - Parameter repeated: the names of the steps that the move repeats.
    init(_ state: RunState, _ other: Program, repeated: [String]) {
        self.state = state
        self.other = other
        self.repeated = Set(repeated.compactMap { state.number(ofStep: $0) }.map { state.instances[$0].line })
    }

    private var program: Program { state.program }

    /// The pair and those of the groups around it, innermost first; nil where other groups are around it.
    func pairAndHolders(_ pair: LinePair) -> [LinePair]? {
        var pairs = [pair]
        var holder = program.lines[pair.line].parent
        var otherHolder = other.lines[pair.otherLine].parent
        while let line = holder, let otherLine = otherHolder {
            guard program.lines[line].step.name.isSame(as: other.lines[otherLine].step.name) else { return nil }
            pairs.append(LinePair(line: line, otherLine: otherLine))
            holder = program.lines[line].parent
            otherHolder = other.lines[otherLine].parent
        }
        return holder == nil && otherHolder == nil ? pairs : nil
    }

    /// What decides how these steps end reads the same in both, whatever they read at second hand included.
    func readSame(_ pairs: [LinePair]) -> Bool {
        var found: [Int] = []
        for pair in pairs where !readsSame(pair, &found) { return false }
        return endSame(found, except: pairs)
    }

    /// The same of a few expressions that both steps of the pair hold.
    func readSame(_ expressions: [CELExpression], at pair: LinePair) -> Bool {
        var found: [Int] = []
        return readsSame(expressions, at: Place(pair), &found) && endSame(found, except: [pair])
    }

    /// The same of one expression, whatever the steps do that it names.
    func readsSameValues(_ expression: CELExpression, at pair: LinePair) -> Bool {
        var ignored: [Int] = []
        return readsSame([expression], at: Place(pair), &ignored)
    }

    // MARK: - Steps

    /// A list of lines to look at instead of a recursion: steps may read each other in long chains.
    private func endSame(_ lines: [Int], except known: [LinePair]) -> Bool {
        var seen = Set(known.map(\.line))
        var waiting = lines
        while let line = waiting.popLast() {
            guard seen.insert(line).inserted else { continue }
            guard endsSame(line, &waiting) else { return false }
        }
        return true
    }

    /// - Parameter found: gets the lines that this one's outputs depend on.
    private func endsSame(_ line: Int, _ found: inout [Int]) -> Bool {
        guard let otherLine = other.number(ofStep: program.lines[line].step.name),
            let pairs = pairAndHolders(LinePair(line: line, otherLine: otherLine)),
            program.lines[line].children.count == other.lines[otherLine].children.count
        else { return false }
        for pair in pairs {
            guard !repeated.contains(pair.line),
                program.lines[pair.line].step.isWrittenAs(other.lines[pair.otherLine].step)
            else { return false }
        }
        found += program.lines[line].children
        if isKept(line) { return true }
        for pair in pairs where !readsSame(pair, &found) { return false }
        return true
    }

    /// It has ended, and its outputs stay what they are.
    private func isKept(_ line: Int) -> Bool {
        guard program.lines[line].stage != nil, let number = state.number(ofStep: program.lines[line].step.name) else {
            return false
        }
        switch state.steps[number].phase {
        case .succeeded, .skipped, .failed(isTolerated: true): return true
        default: return false
        }
    }

    private func readsSame(_ pair: LinePair, _ found: inout [Int]) -> Bool {
        let step = program.lines[pair.line].step
        let place = Place(pair)
        // A process sees all of its environment.
        if step.startsProcess, !environmentIsSame(at: place, &found) { return false }
        return readsSame(step.outcomeExpressions, at: place, &found)
    }

    // MARK: - Expressions

    /// The place of an expression in both definitions.
    private struct Place {
        let pair: LinePair
        /// The levels of the environment that it sees: 0 workflow, 1 stage, 2 step.
        var levels = 3
        var otherLevels = 3

        init(_ pair: LinePair) {
            self.pair = pair
        }
    }

    /// - Parameter found: gets the lines of the steps that are read.
    private func readsSame(_ expressions: [CELExpression], at place: Place, _ found: inout [Int]) -> Bool {
        for reference in expressions.flatMap(\.references) {
            guard let root = reference.path.first else { continue }
            let name = reference.path.dropFirst().first
            let isSame: Bool
            switch root {
            case "params": isSame = parameterIsSame(name)
            case "env":
                if let name {
                    isSame = variableIsSame(name, at: place, &found)
                } else {
                    isSame = environmentIsSame(at: place, &found)
                }
            case "secrets": isSame = secretIsSame(name)
            case "stages": isSame = stageIsSame(name, at: place.pair)
            case "steps":
                guard let name else {
                    isSame = program.lines.count == other.lines.count
                    found += Array(program.lines.indices)
                    break
                }
                isSame = true
                if let line = program.number(ofStep: name) { found.append(line) }
            // The run and the attempt do not depend on the definition. The items of a `foreach` are compared with the
            // step that has it.
            default: isSame = true
            }
            guard isSame else { return false }
        }
        return true
    }

    /// A run keeps the values that it has; others come from the definition.
    private func parameterIsSame(_ name: String?) -> Bool {
        let before = program.definition.parameters
        let after = other.definition.parameters
        guard let name else {
            return before.map(\.name) == after.map(\.name) && before.allSatisfy { parameterIsSame($0.name) }
        }
        let parameter = before.first { $0.name.isSame(as: name) }
        let otherParameter = after.first { $0.name.isSame(as: name) }
        guard parameter?.kind == otherParameter?.kind else { return false }
        if let value = state.created?.parameters[name], value != .null { return true }
        return parameter?.defaultValue == otherParameter?.defaultValue
    }

    private func secretIsSame(_ name: String?) -> Bool {
        let before = program.definition.secrets
        let after = other.definition.secrets
        guard let name else { return before == after }
        return before.first { $0.name.isSame(as: name) } == after.first { $0.name.isSame(as: name) }
    }

    /// In both definitions it is an earlier stage than the one that reads it, or the same, or a later one.
    private func stageIsSame(_ name: String?, at pair: LinePair) -> Bool {
        guard let name else { return program.definition.stages.map(\.name) == other.definition.stages.map(\.name) }
        guard let stage = program.number(ofStage: name), let otherStage = other.number(ofStage: name) else {
            return false
        }
        guard let own = program.lines[pair.line].stage, let otherOwn = other.lines[pair.otherLine].stage else {
            return true
        }
        return (stage - own).signum() == (otherStage - otherOwn).signum()
    }

    // MARK: - Environment

    private func environmentIsSame(at place: Place, _ found: inout [Int]) -> Bool {
        var names: Set<ExactText> = []
        for level in 0..<place.levels {
            for variable in environment(program, place.pair.line, level) { names.insert(ExactText(variable.name)) }
        }
        for level in 0..<place.otherLevels {
            for variable in environment(other, place.pair.otherLine, level) { names.insert(ExactText(variable.name)) }
        }
        for name in names.sorted() where !variableIsSame(name.text, at: place, &found) { return false }
        return true
    }

    private func variableIsSame(_ name: String, at place: Place, _ found: inout [Int]) -> Bool {
        let before = declaration(of: name, program, place.pair.line, levels: place.levels)
        let after = declaration(of: name, other, place.pair.otherLine, levels: place.otherLevels)
        guard let variable = before, let otherVariable = after else { return before == nil && after == nil }
        guard variable.value == otherVariable.value else { return false }
        var outer = place
        outer.levels = variable.level
        outer.otherLevels = otherVariable.level
        return readsSame(variable.value.expressions, at: outer, &found)
    }

    /// The innermost one.
    private func declaration(
        of name: String, _ program: Program, _ line: Int, levels: Int
    ) -> (level: Int, value: Template)? {
        for level in (0..<levels).reversed() {
            if let variable = environment(program, line, level).last(where: { $0.name.isSame(as: name) }) {
                return (level, variable.value)
            }
        }
        return nil
    }

    private func environment(_ program: Program, _ line: Int, _ level: Int) -> [EnvironmentVariable] {
        switch level {
        case 0: program.definition.environment
        case 1: program.lines[line].stage.map { program.definition.stages[$0].environment } ?? []
        default: program.lines[line].step.environment
        }
    }
}

extension Step {
    /// What decides whether it is done, how it ends and what it gives; not the words that a person is asked with.
    fileprivate var outcomeExpressions: [CELExpression] {
        var expressions = [condition?.expression, loop?.until, foreach?.key].compactMap { $0 }
        expressions += foreach?.items.expressions ?? []
        expressions += workingDirectory?.expressions ?? []
        expressions += probe?.bindings.map(\.expression) ?? []
        switch action {
        case .run(let script): expressions += script.bindings.map(\.expression)
        case .sleep(.computedDuration(let template)), .sleep(.until(let template)): expressions += template.expressions
        case .signal(let signal): expressions += signal.name.expressions
        case .approval(let approval): expressions += approval.approvers.flatMap(\.expressions)
        case .call(let call): expressions += call.with.expressions
        case .sleep(.duration), .group: break
        }
        return expressions
    }
}
