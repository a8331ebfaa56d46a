internal import AttemptProtocol

/// How far an attempt says it is, in one line.
enum ReportText {
    private static let barWidth = 10

    /// `[####------] 4/10 copying`.
    static func line(_ progress: AttemptProgress) -> String {
        var parts: [String] = []
        if let done = progress.done, let total = progress.total, total > 0 {
            let filled = Int((min(done / total, 1) * Double(barWidth)).rounded(.down))
            parts.append(
                "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: barWidth - filled) + "]")
            parts.append("\(number(done))/\(number(total))")
        } else if let done = progress.done {
            parts.append(number(done))
        }
        if let message = progress.message { parts.append(message) }
        return parts.joined(separator: " ")
    }

    static let notEnding = "not ending: it was asked to, and nothing may kill it but workflow cancel --kill"

    private static func number(_ number: Double) -> String {
        Int64(exactly: number).map(String.init) ?? "\(number)"
    }
}
