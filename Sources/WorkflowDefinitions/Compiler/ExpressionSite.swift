import CEL

/// Where an expression stands, which decides what it may refer to.
enum ExpressionPlace: Equatable {
    case workflowEnvironment, stageEnvironment, stepEnvironment
    case run, probe, verify, undo
    case condition, until
    case foreachItems, foreachKey
    /// One of the items of a list that is written out.
    case foreachItem
    /// `with` of a built-in executor, by its name.
    case with(String)
    /// `with` of an executor that is called, by its name: its program alone sees the value.
    case call(String)
    case workingDirectory, lock, concurrency

    /// For messages.
    var written: String {
        switch self {
        case .workflowEnvironment, .stageEnvironment, .stepEnvironment: "env"
        case .run: "run"
        case .probe: "probe"
        case .verify: "verify"
        case .undo: "undo"
        case .condition: "if"
        case .until: "until"
        case .foreachItems, .foreachItem: "foreach.items"
        case .foreachKey: "foreach.key"
        case .with(let executor), .call(let executor): "with of \(executor)"
        case .workingDirectory: "working_directory"
        case .lock: "locks"
        case .concurrency: "concurrency"
        }
    }
}

/// An expression together with all that its check needs.
struct ExpressionSite {
    var expression: CELExpression
    var origin: ExpressionOrigin
    var place: ExpressionPlace
    var context: ExpressionContext

    /// Whether the value that it stands in is nothing but this expression.
    var isWholeValue: Bool {
        guard let text = origin.node.text else { return false }
        return text.hasPrefix("${{") && TemplateScanner.pieces(of: text).count == 1
    }
}

/// What surrounds an expression.
struct ExpressionContext {
    /// Its index in the `StepIndex`; nil outside of steps.
    var step: Int?
    /// Nil in what belongs to the whole workflow.
    var area: StepIndex.Area?
    var environment: EnvironmentScope
    /// The `foreach` variables of the step and of the groups around it.
    var variables: [String] = []
    /// Of these variables, as far as it is known.
    var variableKinds: [String: ExpressionKind] = [:]
}

/// The variables that `env.NAME` can see at one place, and whether a value depends on a secret.
struct EnvironmentScope {
    private(set) var isSecret: [String: Bool] = [:]
    /// The expressions that the variables hold, but for those that hold secrets.
    private(set) var expressions: [String: [CELExpression]] = [:]

    mutating func declare(_ name: String, isSecret secret: Bool, holding expressions: [CELExpression] = []) {
        isSecret[name] = secret
        self.expressions[name] = secret || expressions.isEmpty ? nil : expressions
    }

    var names: [String] { isSecret.keys.sorted() }
    var hasSecrets: Bool { isSecret.values.contains(true) }
}

/// The place of an expression inside a scalar of the file, found only when there is something to say.
struct ExpressionOrigin {
    var node: Node
    /// How many `${{` stand before the expression's own; nil for an expression without braces.
    var occurrence: Int?
    /// Bytes between the beginning of the value, or the `${{`, and the expression's text.
    var leading: Int = 0

    /// The place of a byte of the expression. Where the scalar's text is not a straight copy of the file's (an
    /// expression over several lines), it is the place where the expression begins.
    func position(of offset: Int, in sources: SourceFiles?) -> Position {
        guard let source = sources?[node.position] else { return node.position }
        let span = source.span(from: node.position, to: node.end)
        guard let occurrence else {
            if node.style == .block { return node.position }
            let start = span.lowerBound + (node.style == .quoted ? 1 : 0)
            return advance(start, by: leading + offset, before: span.upperBound, in: source) ?? node.position
        }
        guard let opening = source.opening(occurrence, in: span) else { return node.position }
        return advance(opening + 3, by: leading + offset, before: span.upperBound, in: source)
            ?? source.position(of: opening)
    }

    /// The place of the `${{`.
    func opening(in sources: SourceFiles?) -> Position {
        guard let source = sources?[node.position], let occurrence else { return node.position }
        return source.opening(occurrence, in: source.span(from: node.position, to: node.end))
            .map(source.position(of:)) ?? node.position
    }

    private func advance(_ start: Int, by count: Int, before end: Int, in source: SourceText) -> Position? {
        let target = start + count
        guard target <= end, target <= source.bytes.count else { return nil }
        return source.bytes[start..<target].contains(0x0A) ? nil : source.position(of: target)
    }
}
