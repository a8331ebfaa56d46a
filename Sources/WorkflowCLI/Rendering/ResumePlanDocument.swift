internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors

/// What a resume would do: as data, or as a list for people.
struct ResumePlanDocument {
    private let plan: ResumePlan

    init(_ plan: ResumePlan) {
        self.plan = plan
    }

    func text(as format: OutputFormat) -> String {
        switch format {
        case .text: lines.joined(separator: "\n")
        case .json, .yaml: document.text(as: format)
        }
    }

    private var document: Document {
        .members([
            "run": .string(plan.run.text),
            "workflow": .string(plan.workflow),
            "status": .string(plan.status.rawValue),
            "reused": names(plan.change.reused),
            "repeated": names(plan.change.repeated),
            "new": names(plan.change.added),
            "pending": names(plan.change.pending),
            "orphaned": names(plan.change.orphaned),
            "outrun": names(plan.change.outrun),
        ])
    }

    private func names(_ names: [String]) -> Document { .list(names.map { .string($0) }) }

    private var lines: [String] {
        var lines = ["\(plan.run.text) is \(plan.status.rawValue). A resume would", ""]
        let parts: [(String, String, [String])] = [
            ("reuse", "done, and written as before", plan.change.reused),
            (
                "keep", "done before, and what they come after runs again; --repeat-following repeats them",
                plan.change.outrun
            ),
            ("repeat", "done, but to be done again", plan.change.repeated),
            ("run", "new in the definition", plan.change.added),
            ("run", "not done yet", plan.change.pending),
            ("leave", "gone from the definition; what they did stays", plan.change.orphaned),
        ]
        for (verb, why, names) in parts where !names.isEmpty {
            lines.append("\(Table.padded(verb, to: 7)) \(names.count) (\(why)):")
            lines += names.prefix(40).map { "          " + DisplayLine.text(Array($0.utf8)) }
            if names.count > 40 { lines.append("          … and \(names.count - 40) more; -o json has all") }
        }
        return lines
    }
}
