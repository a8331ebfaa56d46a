internal import WorkflowCore
internal import WorkflowDefinitions

/// Draws definitions that use every part of the language which the machine decides about.
struct DefinitionGenerator {
    /// No condition often; one that holds or does not, that holds after failures too, or has no value now and then.
    private let conditions: [Condition?]

    init() throws {
        let yaml = """
            name: palette
            params: {go: {type: boolean}}
            stages:
              - name: s
                steps:
                  - {name: a, run: x, if: "params.go"}
                  - {name: b, run: x, if: "failure()"}
                  - {name: c, run: x, if: "always()"}
                  - {name: d, run: x, if: "success()"}
                  - {name: e, run: x, if: "1 / 0 == 1"}
            """
        let loaded = DefinitionLoader().load(Array(yaml.utf8), file: "palette").definition
        guard let steps = loaded?.definition.stages[0].steps else {
            throw SimulationFault("the palette of conditions cannot be read")
        }
        conditions = steps.map(\.condition) + Array(repeating: nil, count: 12)
    }

    func definition(using random: inout SeededGenerator) -> Definition {
        var stages: [Stage] = []
        for number in 0..<random.number(in: 1...3) {
            let steps = steps(prefix: "s\(number)_", count: random.number(in: 1...5), using: &random)
            var stage = Stage(name: "stage\(number)", steps: steps)
            if random.chance(35) {
                let target = random.number(in: 0...number)
                stage.onFailure = ReturnPolicy(stage: "stage\(target)", limit: random.number(in: 1...2))
            }
            stages.append(stage)
        }
        return Definition(
            name: "simulated", maxParallel: random.number(in: 1...4), stages: stages,
            onExit: steps(prefix: "exit_", count: random.number(in: 0...2), using: &random))
    }

    private func steps(prefix: String, count: Int, using random: inout SeededGenerator) -> [Step] {
        (0..<count).map { number in
            var step = Step(name: "\(prefix)\(number)", action: .run(Script(text: "x")))
            step.needs = needs(of: number, using: &random)
            step.condition = random.pick(conditions) ?? nil
            step.continueOnError = random.chance(10)
            if random.chance(15) {
                step.action = .sleep(.duration(.seconds(Int64(random.number(in: 0...30)))))
                step.isIdempotent = true
                step.onDoubt = .retry
                return step
            }
            step.isIdempotent = random.chance(25)
            step.onDoubt = random.pick([.ask, .ask, .fail, .retry]) ?? .ask
            if step.isIdempotent, random.chance(70) { step.onDoubt = .retry }
            if random.chance(35) { step.probe = Script(text: "p") }
            if random.chance(50) {
                step.retry = RetryPolicy(
                    limit: random.number(in: 1...3), delay: .seconds(Int64(random.number(in: 0...5))),
                    jitter: random.chance(50) ? 0.5 : 0)
            }
            return step
        }
    }

    /// The step before it, none, or any of the earlier ones.
    private func needs(of number: Int, using random: inout SeededGenerator) -> [Int] {
        guard number > 0 else { return [] }
        switch random.number(in: 0...2) {
        case 0: return [number - 1]
        case 1: return []
        default: return (0..<number).filter { _ in random.chance(40) }
        }
    }
}

/// The simulation itself is broken, or the machine broke one of its promises: the message says which and how.
package struct SimulationFault: Error, Sendable {
    package let message: String

    package init(_ message: String) {
        self.message = message
    }
}
