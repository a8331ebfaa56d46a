/// One step of a compiled expression. Operands are taken from the machine's stack and results put there.
enum Instruction: Sendable {
    case push(CELValue)
    /// A variable of the host: an index into `Program.variables`.
    case variable(Int)
    /// A variable of a macro: its place among the locals.
    case local(Int)

    case select(String, isOptional: Bool)
    case has(String)
    case index(isOptional: Bool)
    case unary(UnaryOperator)
    case binary(BinaryOperator)

    case makeList(count: Int, optionals: [Bool])
    case makeMap(count: Int, optionals: [Bool])
    case makeMessage(String, fields: [String], optionals: [Bool])

    /// A built-in function: an index into `Program.functions`.
    case call(Int, argumentCount: Int)
    case callHost(String, argumentCount: Int)
    /// A method that nobody has: its receiver and arguments are evaluated first, because their errors come first.
    case callUnknownMethod(String, argumentCount: Int)
    /// `matches` with a pattern that is known beforehand: an index into `Program.patterns`.
    case match(Int)

    case jump(Int)
    case jumpUnless(Int)
    /// From here to `unprotect` an error ends up as a value on the stack, and the machine goes on at the target.
    case protect(Int)
    case unprotect
    /// Combines an operand of `&&` or `||` with the result so far below it; jumps when that decides the chain.
    case combine(isAnd: Bool, decided: Int)
    /// Throws the error that the stack holds, if it is one.
    case settle

    /// Begins to go through a list or map; its variables become locals.
    case beginLoop(ComprehensionKind, variableCount: Int)
    /// Sets the variables to the next element, or jumps where there is none.
    case nextElement(Int)
    /// Jumps to the next element unless the filter holds.
    case filterElement(Int)
    /// Takes the body's value for the current element; jumps where it decides the result.
    case accumulate(decided: Int)
    /// Ends the loop and puts its result on the stack.
    case endLoop

    /// Makes the value or error on the stack a local.
    case bindLocal
    case unbindLocal
    /// Goes on with the value of an optional, or jumps and leaves the empty one.
    case unwrapOptional(Int)
    /// Jumps with the optional on the stack, or its value, when it has one; else takes it away.
    case unlessEmpty(Int, unwraps: Bool)
    case wrapOptional
    case requireOptional
}

/// An expression made ready to be evaluated many times.
struct Program: Sendable {
    var instructions: [Instruction] = []
    /// Where in the source each instruction comes from.
    var offsets: [Int] = []
    var variables: [Variable] = []
    var functions: [Function] = []
    var patterns: [Pattern] = []

    /// A name of the host's, with the selections behind it that could be part of a qualified name.
    struct Variable: Sendable {
        /// The most parts behind the first of a qualified name.
        static let fieldLimit = 16

        let name: String
        let isRooted: Bool
        let fields: [String]
        /// What the name stands for where the host has no such variable, and how many of the fields belong to it.
        let constant: (value: CELValue, fieldCount: Int)?
        /// Where the machine goes on when the name includes that many fields, from 0.
        var next: [Int]
    }

    struct Pattern: Sendable {
        let result: Result<RegularExpression, CELError>
    }
}
