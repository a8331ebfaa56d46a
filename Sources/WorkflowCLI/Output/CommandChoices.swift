internal import WorkflowViews

extension CommandTexts {
    /// Commands to copy, each with what it means: beside it where there is room, else above it.
    func choices(_ choices: [(command: String, meaning: String)], within screen: Screen) -> [String] {
        var table = Table()
        for choice in choices { table.add([choice.command, "# " + choice.meaning]) }
        let beside = table.lines(indent: 4)
        guard beside.contains(where: { Table.width($0) > screen.columns }) else { return beside }
        return choices.flatMap { ["  \($0.meaning):", "    " + $0.command] }
    }
}
