/// Colour for status words alone, and only where somebody looks.
enum StatusColour {
    static func paint(_ word: String, _ status: String, if hasColour: Bool) -> String {
        guard hasColour, let code = code(status) else { return word }
        return "\u{1b}[\(code)m\(word)\u{1b}[0m"
    }

    private static func code(_ status: String) -> String? {
        switch status {
        case "success", "completed": "32"
        case "failed", "in_doubt": "31"
        case "retrying", "waiting", "paused", "cancelled": "33"
        case "running": "36"
        default: nil
        }
    }
}
