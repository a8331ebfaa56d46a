/// A place where an expression looks at a variable of its host: the variable and the names selected from it as far as
/// they are constant. `steps.vpc.outputs.id` and `steps["vpc"].outputs["id"]` have the same path.
package struct CELReference: Sendable, Hashable {
    package let path: [String]
    /// Where the variable's name stands, in bytes of the source.
    package let offset: Int
    /// Whether the whole path is only looked for, in a `has(a.b)`: its last name need not be there.
    package let isPresenceTest: Bool

    package init(path: [String], offset: Int, isPresenceTest: Bool = false) {
        self.path = path
        self.offset = offset
        self.isPresenceTest = isPresenceTest
    }
}

/// A place where an expression calls a global function, built in or the host's.
package struct CELCall: Sendable, Hashable {
    package let name: String
    package let offset: Int

    package init(name: String, offset: Int) {
        self.name = name
        self.offset = offset
    }
}
