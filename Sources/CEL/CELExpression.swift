/// An expression, parsed once and evaluated many times.
package struct CELExpression: Sendable {
    package let source: String
    package let tree: CELSyntaxTree
    /// Where the expression looks at variables of its host, in the order of the source. Variables of macros are no
    /// references.
    package let references: [CELReference]
    /// Where it calls global functions, in the order of the source. Methods and functions in a namespace such as
    /// `math.abs` are not among them.
    package let calledFunctions: [CELCall]
    private let program: Program

    /// Fails with `syntax`, `source_too_large` or `too_deep`, and with a place.
    package init(parsing source: String, limits: CELLimits = .default) throws(CELError) {
        self.source = source
        tree = try Parser.parse(source, limits: limits)
        let compiler = Compiler(tree)
        program = compiler.program
        references = compiler.references.sorted { $0.offset < $1.offset }
        calledFunctions = compiler.calls.sorted { $0.offset < $1.offset }
    }

    /// The node that stands for the whole expression; its parts are in `tree`.
    package var root: CELNode { tree[tree.root] }

    package func evaluate(
        in activation: some CELActivation, limits: CELLimits = .default
    ) throws(CELError) -> CELValue {
        var machine = Machine(program, activation: activation, limits: limits)
        do {
            return try machine.run()
        } catch {
            throw CELError(error.code, error.message, at: machine.failureOffset, in: source.utf8)
        }
    }

    /// The line and column of a byte of the source.
    package func location(of offset: Int) -> CELSourceLocation {
        CELSourceLocation(of: offset, in: source.utf8)
    }

    /// The names of all functions, methods and macros that are built in, sorted; those in a namespace with it.
    package static let knownFunctions: [String] = Set(FunctionTable.names).union(Parser.macros).sorted()
}

extension CELExpression: Hashable {
    /// The source says everything about an expression.
    package static func == (left: Self, right: Self) -> Bool { CodePoints.areEqual(left.source, right.source) }

    package func hash(into hasher: inout Hasher) { hasher.combine(source) }
}

/// An expression shows its source only. Its program holds functions with typed errors, which the runtime's own
/// reflection cannot print without crashing (Swift 6.3).
extension CELExpression: CustomStringConvertible, CustomReflectable {
    package var description: String { source }

    package var customMirror: Mirror { Mirror(self, children: ["source": source]) }
}
