import CEL

/// Parses and evaluates in one go.
func evaluate(_ source: String, _ variables: [String: CELValue] = [:]) throws(CELError) -> CELValue {
    try CELExpression(parsing: source).evaluate(in: CELVariables(variables))
}
