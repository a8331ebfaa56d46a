internal import CEL
internal import JSON

/// A definition laid out for the machine: every step has a line with a number, and knows who waits for it.
///
/// The steps of the stages come first, then owed work (`on_exit`), both in the definition's order; the steps inside of
/// groups follow, each group's side by side. Built once for a run, in O(steps + needs).
package struct Program: Sendable {
    package struct Line: Sendable {
        package let step: Step
        // What every decision asks, beside the step: a copy of that costs many reference counts.
        let isForeach: Bool
        let isGroup: Bool
        let takesLocks: Bool
        let runsAfterFailure: Bool
        let continuesOnError: Bool
        /// Items of its `foreach` go on although others have failed.
        let collectsFailures: Bool
        /// Items of its `foreach` that may be under way at once.
        let itemsAtOnce: Int
        /// nil for owed work.
        package let stage: Int?
        /// The line of the group that the step stands in.
        package let parent: Int?
        /// Numbers of the lines that this one needs, and of those that need it.
        package let needs: [Int]
        package fileprivate(set) var dependents: [Int] = []
        /// The lines of a group's own steps.
        package fileprivate(set) var children: Range<Int> = 0..<0
        /// Those among them that may start after a failure, in order.
        package fileprivate(set) var handlers: [Int] = []

        fileprivate init(step: Step, stage: Int?, parent: Int?, needs: [Int]) {
            self.step = step
            isForeach = step.foreach != nil
            if case .group = step.action { isGroup = true } else { isGroup = false }
            takesLocks = !step.locks.isEmpty
            runsAfterFailure = step.condition?.runsAfterFailure ?? false
            continuesOnError = step.continueOnError
            collectsFailures = step.foreach?.continueOnError ?? false
            itemsAtOnce = step.foreach?.maxParallel ?? Int.max
            self.stage = stage
            self.parent = parent
            self.needs = needs
        }
    }

    package let definition: Definition
    package private(set) var lines: [Line] = []
    package private(set) var stageRanges: [Range<Int>] = []
    package private(set) var exitRange: Range<Int> = 0..<0
    /// For each stage the steps that may start after a failure, in order.
    package private(set) var handlers: [[Int]] = []
    private var numbers: ExactMap<Int> = [:]
    private var stageNumbers: ExactMap<Int> = [:]

    package init(_ definition: Definition) {
        self.definition = definition
        for (number, stage) in definition.stages.enumerated() {
            let range = lay(stage.steps, stage: number, parent: nil)
            stageRanges.append(range)
            handlers.append(range.filter { lines[$0].runsAfterFailure })
            stageNumbers[stage.name] = number
        }
        exitRange = lay(definition.onExit, stage: nil, parent: nil)
        // Groups found while others are laid out come after them: no recursion, however deep they nest.
        var number = 0
        while number < lines.count {
            if case .group(let steps) = lines[number].step.action {
                let children = lay(steps, stage: lines[number].stage, parent: number)
                lines[number].children = children
                lines[number].handlers = children.filter { lines[$0].runsAfterFailure }
            }
            number += 1
        }
        for number in lines.indices { numbers[lines[number].step.name] = number }
    }

    private mutating func lay(_ steps: [Step], stage: Int?, parent: Int?) -> Range<Int> {
        let first = lines.count
        for step in steps {
            lines.append(Line(step: step, stage: stage, parent: parent, needs: step.needs.map { first + $0 }))
        }
        // A need may stand behind what needs it.
        for number in first..<lines.count {
            for need in lines[number].needs { lines[need].dependents.append(number) }
        }
        return first..<lines.count
    }

    /// The steps that stand in stages and in `on_exit` themselves, not inside of groups.
    package var topLevel: Range<Int> { 0..<exitRange.upperBound }

    /// Whether a decision needs the run's name, which a store gives only when the run is made.
    package var decidesByRunID: Bool {
        let concurrency = definition.concurrency?.group.expressions ?? []
        return Program.nameRunID(concurrency) || lines.contains { Program.nameRunID($0.step.decidingExpressions) }
    }

    private static func nameRunID(_ expressions: [CELExpression]) -> Bool {
        expressions.contains {
            $0.references.contains {
                $0.path == ["run"] || $0.path.starts(with: ["run", "id"])
                    || $0.path.starts(with: ["run", "local_id"])
            }
        }
    }

    package func number(ofStep name: String) -> Int? { numbers[name] }
    package func number(ofStage name: String) -> Int? { stageNumbers[name] }

    /// `on_exit` for owed work.
    package func stageName(ofLine number: Int) -> String {
        lines[number].stage.map { definition.stages[$0].name } ?? "on_exit"
    }
}

extension Step {
    /// What is evaluated before an intent is written.
    fileprivate var decidingExpressions: [CELExpression] {
        var expressions = [condition?.expression, loop?.until, foreach?.key].compactMap { $0 }
        expressions += locks.flatMap(\.expressions)
        if let foreach { expressions += foreach.items.expressions }
        switch action {
        case .sleep(.computedDuration(let template)), .sleep(.until(let template)): expressions += template.expressions
        case .signal(let signal): expressions += signal.name.expressions
        case .approval(let approval):
            expressions += approval.prompt.expressions + approval.approvers.flatMap(\.expressions)
        case .sleep(.duration), .run, .group, .call: break
        }
        return expressions
    }
}
