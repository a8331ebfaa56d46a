import CEL
import WorkflowCore

// What is valid and does not do what people expect of it.

extension DefinitionCompiler {
    /// One warning a file, however many steps have an undo.
    func warnOfUndo() {
        guard sources != nil else { return }
        var files: [(first: Position, names: [String])] = []
        for entry in index.entries {
            guard case .map(let members) = entry.node.value,
                let place = members.first(where: { $0.key == "undo" })?.keyPosition
            else { continue }
            if let file = files.firstIndex(where: { $0.first.file == place.file }) {
                files[file].names.append(entry.name)
            } else {
                files.append((place, [entry.name]))
            }
        }
        for (first, names) in files {
            let steps = names.count == 1 ? "step \(quoted(names[0]))" : "\(names.count) steps"
            problems.warning(
                .notRunYet,
                "\"undo\" of \(steps) is checked and kept, and nothing runs it: this version has no rollback",
                at: first, suggestion: "write the way back as a workflow of its own, and run that when it is needed")
        }
    }

    /// A condition that asks for a failure which cannot be seen from its place.
    ///
    /// A stage is entered when the one before it is complete, and a step sees failures of what came before it in its
    /// stage.
    func warnOfUnseenFailure(_ condition: Condition?, _ node: Node?, _ id: Int, _ owner: String) {
        guard sources != nil, let condition, condition.runsAfterFailure, let node,
            case .stage(let number) = index.entries[id].area, isFirst(id)
        else { return }
        let calls = condition.expression.calledFunctions
        if number > 0 {
            let before = stageNames.indices.contains(number - 1) ? " \(quoted(stageNames[number - 1]))" : ""
            problems.warning(
                .neverReached,
                "\"if\" of \(owner) cannot see a failure: when the stage before\(before) fails, this stage is not "
                    + "entered",
                at: node.position, suggestion: "what is owed however the run ends belongs in on_exit")
        } else if !calls.contains(where: { $0.name == "always" }) {
            problems.warning(
                .neverReached, "\"if\" of \(owner) cannot see a failure: nothing runs before it", at: node.position,
                suggestion: "put it behind the steps that it reacts to, or into on_exit")
        }
    }

    /// Nothing of its stage comes before it.
    private func isFirst(_ id: Int) -> Bool {
        var step: Int? = id
        while let one = step {
            guard index.entries[one].needs.isEmpty else { return false }
            step = index.lists[index.entries[one].list].parent
        }
        return true
    }
}
