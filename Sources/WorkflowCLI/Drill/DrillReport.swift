internal import WorkflowCore
internal import WorkflowViews

/// What a drill has found out.
struct DrillReport: Sendable {
    struct Finding: Sendable, Equatable {
        enum Code: String, Sendable {
            /// Crashed and run again, it left something else than the first time.
            case repeatDiffers = "repeat_differs"
            /// Crashed and run again, it failed.
            case repeatFails = "repeat_fails"
            /// The probe said done although the effect was not in place.
            case falselyDone = "probe_falsely_done"
            /// The probe said not done although the effect was in place.
            case falselyNotDone = "probe_falsely_not_done"
            /// The probe could not tell, so that the policy or a person has to.
            case cannotTell = "probe_cannot_tell"
            /// The probe said done without the outputs that later steps read.
            case outputsLost = "outputs_lost"
            /// `verify` did not hold right after the step had succeeded.
            case verifyFails = "verify_fails"
            /// A process that it has started runs on in the background: what that does later was not looked at.
            case runsOn = "runs_on"

            /// Whether a crash can leave what no fault-free run leaves.
            var isUnsafe: Bool {
                switch self {
                case .repeatDiffers, .repeatFails, .falselyDone, .falselyNotDone: true
                case .cannotTell, .outputsLost, .verifyFails, .runsOn: false
                }
            }
        }

        let code: Code
        /// When the crash came: `when its effect was complete`.
        let moment: String
        let message: String
        /// In the sandbox.
        let paths: [String]
    }

    struct StepResult: Sendable, Equatable {
        let name: String
        let stage: String
        let hasProbe: Bool
        /// Attempts, of all its instances, that were crashed.
        var crashes = 0
        /// Runs of its script after a crash.
        var repeats = 0
        /// Nothing but a person could go on after a crash.
        var asks = false
        /// Nothing in the sandbox differed after it from before.
        var changesNothing = true
        var findings: [Finding] = []

        var isDrilled: Bool { crashes > 0 }
        var isUnsafe: Bool { findings.contains { $0.code.isUnsafe } }
        var word: String { isUnsafe ? "UNSAFE" : isSafe ? "safe" : isDrilled ? "unseen" : "-" }
        /// It left traces that could be compared.
        var isSafe: Bool { isDrilled && !changesNothing && !isUnsafe }
    }

    let workflow: String
    /// In the definition's order.
    var steps: [StepResult]
    /// Engines killed between an intent and its effect.
    var boundaryCrashes = 0
    /// Why the fault-free run could not be completed.
    var failure: String?
    /// The last lines of the step that failed then.
    var log: [String] = []

    var crashes: Int { steps.reduce(boundaryCrashes) { $0 + $1.crashes } }
    var unsafe: [String] { steps.filter(\.isUnsafe).map(\.name) }
    var isPassed: Bool { failure == nil && unsafe.isEmpty }

    // MARK: - As data

    var document: Document {
        .members([
            "workflow": .string(workflow),
            "completed": .bool(failure == nil),
            "error": .text(failure),
            "log": .list(log.map { .string($0) }),
            "crashes": .int(Int64(crashes)),
            "steps": .list(steps.map(Self.document)),
            "unsafe": .list(unsafe.map { .string($0) }),
        ])
    }

    private static func document(_ step: StepResult) -> Document {
        .members([
            "name": .string(step.name),
            "stage": .string(step.stage),
            "drilled": .bool(step.isDrilled),
            "safe": step.isUnsafe ? .bool(false) : step.isSafe ? .bool(true) : .null,
            "probe": probe(step),
            "crashes": .int(Int64(step.crashes)),
            "repeats": .int(Int64(step.repeats)),
            "asks": .bool(step.asks),
            "changes_nothing": .bool(step.isDrilled && step.changesNothing),
            "findings": .list(
                step.findings.map {
                    .members([
                        "code": .string($0.code.rawValue), "unsafe": .bool($0.code.isUnsafe),
                        "moment": .string($0.moment), "message": .string($0.message),
                        "paths": .list($0.paths.map { .string($0) }),
                    ])
                }),
        ])
    }

    private static func probe(_ step: StepResult) -> Document {
        guard step.hasProbe, step.isDrilled else { return .null }
        let codes = step.findings.map(\.code)
        if codes.contains(.falselyDone) || codes.contains(.falselyNotDone) { return .string("lies") }
        return .string(codes.contains(.cannotTell) ? "cannot_tell" : "honest")
    }

    // MARK: - For people

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
