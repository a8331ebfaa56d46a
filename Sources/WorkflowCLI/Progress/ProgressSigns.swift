internal import Terminal

/// The signs that stand before steps and stages, and those that a bar is made of.
struct ProgressSigns: Sendable, Equatable {
    var done: String
    var failed: String
    var running: String
    var retrying: String
    var waiting: String
    var doubt: String
    var pending: String
    var skipped: String
    var cancelled: String
    var more: String
    var output: String
    var full: String
    var empty: String

    static let unicode = ProgressSigns(
        done: "✓", failed: "✗", running: "●", retrying: "↻", waiting: "◆", doubt: "?", pending: "○", skipped: "–",
        cancelled: "⊘", more: "…", output: "│", full: "█", empty: "░")

    static let ascii = ProgressSigns(
        done: "+", failed: "x", running: ">", retrying: "~", waiting: "*", doubt: "?", pending: ".", skipped: "-",
        cancelled: "/", more: "...", output: "|", full: "#", empty: "-")

    static func of(_ traits: TerminalTraits) -> ProgressSigns { traits.hasSigns ? .unicode : .ascii }
}
