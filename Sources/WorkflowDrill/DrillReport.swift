internal import WorkflowCore
package import WorkflowViews

/// What a drill has found out.
package struct DrillReport: Sendable {
    package struct Finding: Sendable, Equatable {
        package enum Code: String, Sendable {
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
            package var isUnsafe: Bool {
                switch self {
                case .repeatDiffers, .repeatFails, .falselyDone, .falselyNotDone: true
                case .cannotTell, .outputsLost, .verifyFails, .runsOn: false
                }
            }
        }

        package let code: Code
        /// When the crash came: `when its effect was complete`.
        package let moment: String
        package let message: String
        /// In the sandbox.
        package let paths: [String]

        package init(code: Code, moment: String, message: String, paths: [String]) {
            self.code = code
            self.moment = moment
            self.message = message
            self.paths = paths
        }
    }

    package struct StepResult: Sendable, Equatable {
        package let name: String
        package let stage: String
        package let hasProbe: Bool
        /// Attempts, of all its instances, that were crashed.
        package var crashes = 0
        /// Runs of its script after a crash.
        package var repeats = 0
        /// Nothing but a person could go on after a crash.
        package var asks = false
        /// Nothing in the sandbox differed after it from before.
        package var changesNothing = true
        package var findings: [Finding] = []

        package init(name: String, stage: String, hasProbe: Bool, findings: [Finding] = []) {
            self.name = name
            self.stage = stage
            self.hasProbe = hasProbe
            self.findings = findings
        }

        package var isDrilled: Bool { crashes > 0 }
        package var isUnsafe: Bool { findings.contains { $0.code.isUnsafe } }
        package var word: String { isUnsafe ? "UNSAFE" : isSafe ? "safe" : isDrilled ? "unseen" : "-" }
        /// It left traces that could be compared.
        package var isSafe: Bool { isDrilled && !changesNothing && !isUnsafe }
    }

    package let workflow: String
    /// In the definition's order.
    package var steps: [StepResult]
    /// Engines killed between an intent and its effect.
    package var boundaryCrashes = 0
    /// Why the fault-free run could not be completed.
    package var failure: String?
    /// The last lines of the step that failed then.
    package var log: [String] = []

    package init(workflow: String, steps: [StepResult], failure: String? = nil, log: [String] = []) {
        self.workflow = workflow
        self.steps = steps
        self.failure = failure
        self.log = log
    }

    package var crashes: Int { steps.reduce(boundaryCrashes) { $0 + $1.crashes } }
    package var unsafe: [String] { steps.filter(\.isUnsafe).map(\.name) }
    package var isPassed: Bool { failure == nil && unsafe.isEmpty }

    // MARK: - As data

    package var document: Document {
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
}
