internal import JSON
package import WorkflowCore
internal import WorkflowDefinitions

extension RunState {
    private static let namesShown = 50
    /// So many instances are compared with a name that is not there.
    private static let namesCompared = 10_000

    /// The stage of that name, by its number.
    package func stage(named name: String) -> Int? {
        program.definition.stages.firstIndex { $0.name.isSame(as: name) }
    }

    /// What is told of a step that is not there: `has no step upgrad; did you mean "upgrade"?`
    ///
    /// - Parameter orStage: a stage could have been named as well.
    package func lacks(_ name: String, orStage: Bool = false) -> String {
        if !orStage, let stage = stage(named: name) {
            let steps = program.definition.stages[stage].steps.map(\.name)
            return "has no step \(name), which is a stage; its steps are \(RunState.listed(steps))"
        }
        let written = stepsInOrder().prefix(Self.namesCompared).map { self.name(ofStep: $0) }
        let steps = written.filter { !$0.utf8.contains(UInt8(ascii: "[")) }
        let stages = program.definition.stages.map(\.name)
        let what = orStage ? "has no step and no stage \(name)" : "has no step \(name)"
        // An item is seldom meant where what the author wrote is as near.
        let known = name.utf8.contains(UInt8(ascii: "[")) ? written : steps + (orStage ? stages : [])
        if let meant = NameSuggestion.didYouMean(name, among: known)
            ?? NameSuggestion.didYouMean(name, among: written)
        {
            return "\(what); \(meant)"
        }
        return "\(what); its steps are \(RunState.listed(steps))"
    }

    private static func listed(_ names: [String]) -> String {
        let more = names.count > namesShown ? " and \(names.count - namesShown) more" : ""
        return names.prefix(namesShown).joined(separator: ", ") + more
    }
}
