/// What an expression can see: the host's variables and functions.
package protocol CELActivation {
    /// The value of a variable; nil when there is none, which is an `undeclared_reference`.
    func value(of name: String) throws(CELError) -> CELValue?

    /// A global function of the host's own (never asked for the built-in ones); nil when there is none, which is an
    /// `unknown_function`.
    func call(_ function: String, _ arguments: [CELValue]) throws(CELError) -> CELValue?

    /// Whether `value(of:)` also knows dotted names. Then `a.b.c` asks for "a.b.c", "a.b" and "a", the longest first,
    /// as the specification resolves names; otherwise only "a" is asked for.
    var hasQualifiedNames: Bool { get }

    /// The namespace in which names are looked up first: within "x.y", `a` asks for "x.y.a", "x.a" and "a".
    var container: String { get }
}

extension CELActivation {
    package func call(_ function: String, _ arguments: [CELValue]) throws(CELError) -> CELValue? { nil }
    package var hasQualifiedNames: Bool { false }
    package var container: String { "" }
}

/// Variables held in a dictionary, for callers that need no more.
package struct CELVariables: CELActivation, Sendable {
    package var values: [String: CELValue]
    package let hasQualifiedNames: Bool
    package let container: String

    package init(_ values: [String: CELValue] = [:], hasQualifiedNames: Bool = false, container: String = "") {
        self.values = values
        self.hasQualifiedNames = hasQualifiedNames
        self.container = container
    }

    package func value(of name: String) -> CELValue? { values[name] }
}
