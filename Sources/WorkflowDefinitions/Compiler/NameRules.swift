import JSON

/// What names may look like.
enum NameRules {
    static let lengthMax = 128

    static let namePattern = "^[A-Za-z_][A-Za-z0-9_-]{0,127}$"
    static let variablePattern = "^[A-Za-z_][A-Za-z0-9_]{0,127}$"
    static let workflowPattern = "^[a-z][a-z0-9-]{0,127}$"

    /// `[A-Za-z_][A-Za-z0-9_-]*`: steps, stages, parameters, secrets, outputs.
    static func isName(_ text: String) -> Bool {
        isIdentifier(text, allowingHyphen: true)
    }

    /// `[A-Za-z_][A-Za-z0-9_]*`: variables of the environment and of expressions.
    static func isVariable(_ text: String) -> Bool {
        isIdentifier(text, allowingHyphen: false)
    }

    private static func isIdentifier(_ text: String, allowingHyphen: Bool) -> Bool {
        guard let first = text.utf8.first, isLetter(first) || first == UInt8(ascii: "_"), text.utf8.count <= lengthMax
        else { return false }
        return text.utf8.allSatisfy { isNamePart($0) && (allowingHyphen || $0 != UInt8(ascii: "-")) }
    }

    /// Letters, digits, `_` and `-`.
    static func isNamePart(_ byte: UInt8) -> Bool {
        isLetter(byte) || CoreSchema.isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    /// `[a-z][a-z0-9-]*`: workflows.
    static func isWorkflowName(_ text: String) -> Bool {
        guard let first = text.utf8.first, (97...122).contains(first), text.utf8.count <= lengthMax else {
            return false
        }
        return text.utf8.allSatisfy { (97...122).contains($0) || CoreSchema.isDigit($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 0x20) }

    /// The order of the canonical form.
    static func precedes(_ a: String, _ b: String) -> Bool { JSONText.precedes(a, b) }

    /// The engine sets these itself.
    static func isReservedVariable(_ name: String) -> Bool {
        reservedVariables.contains(name) || name.hasPrefix(scriptValuePrefix)
    }

    /// Of the variables that hold the values of a script's expressions.
    static let scriptValuePrefix = "WORKFLOW_VALUE_"

    static let reservedVariables = [
        "WORKFLOW_RUN_ID", "WORKFLOW_LOCAL_RUN_ID", "WORKFLOW_NAME", "WORKFLOW_STAGE", "WORKFLOW_STEP",
        "WORKFLOW_ATTEMPT",
        "WORKFLOW_IDEMPOTENCY_KEY", "WORKFLOW_CHECKPOINT", "WORKFLOW_FENCING_TOKEN", "WORKFLOW_OUTPUT",
    ]

    /// Variables that expressions know; nothing else may take their names.
    static let expressionRoots = ["params", "env", "steps", "stages", "run", "attempt", "secrets", "context"]
}
