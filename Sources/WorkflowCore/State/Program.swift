internal import CEL

/// A definition laid out for the machine: every step has a number, and knows who waits for it.
///
/// Numbers follow the definition's order, owed work (`on_exit`) last. Built once for a run, in O(steps + needs).
package struct Program: Sendable {
    package struct Line: Sendable {
        package let step: Step
        /// nil for owed work.
        package let stage: Int?
        /// Numbers of the steps that this one needs, and of those that need it.
        package let needs: [Int]
        package fileprivate(set) var dependents: [Int] = []
    }

    package let definition: Definition
    package private(set) var lines: [Line] = []
    package private(set) var stageRanges: [Range<Int>] = []
    package let exitRange: Range<Int>
    /// For each stage the steps that may start after a failure, in order.
    package private(set) var handlers: [[Int]] = []
    private var numbers: [String: Int] = [:]
    private var stageNumbers: [String: Int] = [:]

    package init(_ definition: Definition) {
        self.definition = definition
        var lines: [Line] = []
        func lay(_ steps: [Step], stage: Int?) -> Range<Int> {
            let first = lines.count
            for step in steps {
                lines.append(Line(step: step, stage: stage, needs: step.needs.map { first + $0 }))
            }
            for number in first..<lines.count {
                for need in lines[number].needs { lines[need].dependents.append(number) }
            }
            return first..<lines.count
        }
        for (number, stage) in definition.stages.enumerated() {
            let range = lay(stage.steps, stage: number)
            stageRanges.append(range)
            handlers.append(range.filter { lines[$0].step.condition?.runsAfterFailure ?? false })
            stageNumbers[stage.name] = number
        }
        exitRange = lay(definition.onExit, stage: nil)
        self.lines = lines
        for (number, line) in lines.enumerated() { numbers[line.step.name] = number }
    }

    /// Whether a decision needs the run's name, which a store gives only when the run is made.
    package var decidesByRunID: Bool {
        lines.contains { line in
            var expressions = [line.step.condition?.expression].compactMap { $0 }
            if case .sleep(.computedDuration(let template)) = line.step.action { expressions += template.expressions }
            if case .sleep(.until(let template)) = line.step.action { expressions += template.expressions }
            return expressions.contains {
                $0.references.contains { $0.path == ["run"] || $0.path.starts(with: ["run", "id"]) }
            }
        }
    }

    package func number(ofStep name: String) -> Int? { numbers[name] }
    package func number(ofStage name: String) -> Int? { stageNumbers[name] }

    /// `on_exit` for owed work.
    package func stageName(ofStep number: Int) -> String {
        lines[number].stage.map { definition.stages[$0].name } ?? "on_exit"
    }
}
