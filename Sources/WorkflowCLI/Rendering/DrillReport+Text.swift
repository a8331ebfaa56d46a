internal import WorkflowDrill
internal import WorkflowViews

/// A drill's report for people: what `drill` prints.
extension DrillReport {
    func lines(hasColour: Bool) -> [String] {
        var table = Table()
        var details: [[String]] = []
        for step in steps {
            let word = step.word
            table.add([
                StatusColour.paint(
                    word, step.isUnsafe ? "failed" : step.isSafe ? "success" : "skipped", if: hasColour)
                    + String(repeating: " ", count: 6 - word.count),
                step.stage, step.name, remark(step),
            ])
            details.append(step.findings.map { "          \($0.moment): \($0.message)" })
        }
        var lines: [String] = []
        for (line, findings) in zip(table.lines(indent: 2), details) { lines += [line] + findings }
        if let failure {
            lines +=
                ["", "The workflow does not come to its end even without a crash: \(failure)"] + log.map { "  | " + $0 }
        }
        lines.append("")
        let total =
            Counted.text(crashes, "crash", "crashes")
            + (boundaryCrashes > 0 ? ", \(boundaryCrashes) of them between two steps" : "")
        lines.append(
            unsafe.isEmpty
                ? "\(total); nothing unsafe was found" + (failure == nil ? "" : " up to there")
                : "\(total); unsafe: \(unsafe.joined(separator: ", "))")
        if steps.contains(where: { $0.isDrilled && $0.changesNothing && !$0.isUnsafe }) {
            lines += [
                "unseen: the step changed nothing in the sandbox. Whether it is safe to repeat is not known: what it "
                    + "does",
                "outside of the sandbox was not looked at.",
            ]
        }
        if !unsafe.isEmpty {
            lines += [
                "",
                "A crash leaves a step in doubt. What makes it safe:",
                "  - a script that leaves the same when it runs again: mkdir -p, `>` for `>>`, create-unless-there by "
                    + "the",
                "    name $WORKFLOW_IDEMPOTENCY_KEY, which stays the same over all attempts; then say idempotent: true",
                "  - a probe that looks at the effect itself: exit 0 when all of it is in place, 3 when it is not",
            ]
        }
        return lines
    }

    private func remark(_ step: StepResult) -> String {
        guard step.isDrilled else { return "did not run" }
        var parts = [
            Counted.text(step.crashes, "crash", "crashes"), Counted.text(step.repeats, "repeat", "repeats"),
        ]
        if step.changesNothing { parts.append("changed nothing in the sandbox") }
        if step.asks { parts.append("in doubt it asks a person") }
        return parts.joined(separator: ", ")
    }
}
