import CEL

/// Patterns of parameters: RE2 syntax, matched in linear time, unanchored as in JSON Schema.
enum PatternMatcher {
    /// Why a pattern cannot be used; nil where it can.
    static func problem(with pattern: String) -> String? {
        do throws(CELError) {
            _ = try matches("", pattern)
            return nil
        } catch {
            return error.message
        }
    }

    /// An invalid pattern throws.
    static func matches(_ text: String, _ pattern: String) throws(CELError) -> Bool {
        let match = try CELExpression(parsing: "text.matches(pattern)")
        let variables = CELVariables(["text": .string(text), "pattern": .string(pattern)])
        return try match.evaluate(in: variables) == .bool(true)
    }
}
