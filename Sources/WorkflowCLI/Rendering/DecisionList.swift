internal import JSON
internal import WorkflowCore
internal import WorkflowExecutors
internal import WorkflowViews

/// Who decided what in a run, when and why.
struct DecisionList {
    private static let rowsMax = 100

    let decisions: [RunHistory.Decision]
    let screen: Screen

    init(_ decisions: [RunHistory.Decision], screen: Screen) {
        self.decisions = decisions
        self.screen = screen
    }

    func lines() -> [String] {
        var table = Table(["WHEN", "WHO", "WHAT", "WHY"])
        for decision in decisions.suffix(Self.rowsMax) {
            let told = DecisionWords.told(decision.fact)
            table.add([
                decision.at.text, shown(decision.actor.told),
                shown([told.what, told.subject].compactMap { $0 }.joined(separator: " ")), shown(told.why ?? ""),
            ])
        }
        let older = max(0, decisions.count - Self.rowsMax)
        return (older > 0 ? ["… \(older) older ones: -o json has all of them"] : [])
            + table.lines().map { screen.fitted($0) }
    }

    private func shown(_ text: String) -> String { DisplayLine.text(Array(text.utf8)) }
}
