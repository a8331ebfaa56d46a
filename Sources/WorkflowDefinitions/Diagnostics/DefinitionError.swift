/// Why a stored definition cannot be read back.
package struct DefinitionError: Error, Sendable, Equatable {
    package enum Code: String, Sendable, CaseIterable {
        /// The stored bytes are not the canonical JSON of a definition.
        case definitionDamaged = "definition_damaged"
        /// The definition was written for an engine that knows more, or no longer passes what this one demands.
        case definitionNotUnderstood = "definition_not_understood"
    }

    package let code: Code
    package let message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }
}
