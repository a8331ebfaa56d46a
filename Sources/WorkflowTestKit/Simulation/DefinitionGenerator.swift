internal import WorkflowCore
internal import WorkflowDefinitions

/// Draws definitions that use every part of the language which the machine decides about.
struct DefinitionGenerator {
    /// How deep groups and items may stand in each other.
    static let depthMax = 3

    /// What is drawn from where `foreach` nests this deep: its variable is called after the depth.
    private struct Palette {
        /// One that holds or does not, that holds after failures too, or has no value.
        var conditions: [Condition]
        var itemCondition: Condition?
        var foreaches: [Foreach]
    }

    private let palettes: [Palette]
    private let loops: [Loop]
    /// By the name of the step that they look at: its own outputs.
    private let ownLoops: [(name: String, loop: Loop)]
    let locks: [[Template]]
    private let groups: [ConcurrencyGroup?]
    private let approvals: [Step.Action]

    init() throws {
        palettes = try (0...DefinitionGenerator.depthMax).map { try DefinitionGenerator.palette(depth: $0) }
        loops = try ["params.go", "!params.go", "has(steps.base.outputs.by) && steps.base.outputs.by > 1"].map {
            try DefinitionGenerator.steps(
                "- {name: base, run: x}\n- {name: a, run: x, repeat: {until: '\($0)', limit: 3}}")
        }.compactMap { $0.last?.loop }
        ownLoops = try (0..<40).compactMap { number in
            let name = "own\(number)"
            let until = "has(steps.\(name).outputs.by) && steps.\(name).outputs.by % 3 == 0"
            let loop = try DefinitionGenerator.steps("- {name: \(name), run: x, repeat: {until: '\(until)', limit: 3}}")
                .last?.loop
            return loop.map { (name, $0) }
        }
        locks = [
            [Template(text: "one")], [Template(text: "two")], [Template(text: "one"), Template(text: "two")],
        ]
        groups =
            [nil, nil, nil]
            + ConcurrencyGroup.Conflict.allCases.map { ConcurrencyGroup(group: Template(text: "g"), onConflict: $0) }
        approvals = TimeoutPolicy.allCases.flatMap { policy -> [Step.Action] in
            [[], [Template(text: "bob")]].map {
                .approval(
                    Approval(
                        prompt: Template(text: "?"), approvers: $0, timeout: .seconds(60), onTimeout: policy))
            }
                + ["go0", "go1"].map {
                    .signal(SignalWait(name: Template(text: $0), timeout: .seconds(60), onTimeout: policy))
                }
        }
    }

    private static func steps(_ text: String) throws -> [Step] {
        let yaml =
            "name: palette\nparams: {go: {type: boolean}}\nstages:\n  - name: s\n    steps:\n"
            + text.split(separator: "\n").map { "      \($0)\n" }.joined()
        let result = DefinitionLoader().load(
            Array(yaml.utf8), file: "palette")
        guard let definition = result.definition?.definition else {
            throw SimulationFault("the palette cannot be read: \(result.diagnostics.map(\.text))")
        }
        return definition.stages[0].steps
    }

    private static func palette(depth: Int) throws -> Palette {
        let some = "${{ range(has(steps.base.outputs.by) ? steps.base.outputs.by % 4 : 2) }}"
        let variable = "item\(depth)"
        let steps = try steps(
            """
            - {name: base, run: x}
            - {name: a, run: x, if: "params.go"}
            - {name: b, run: x, if: "failure()"}
            - {name: c, run: x, if: "always()"}
            - {name: d, run: x, if: "success()"}
            - {name: e, run: x, if: "1 / (params.go ? 0 : 0) == 1"}
            - {name: f, foreach: {items: [1, 2], as: \(variable)}, steps: [{name: m, run: x, if: "\(variable) != 1"}]}
            - {name: g, run: x, foreach: {items: "\(some)", as: \(variable)}}
            - {name: h, run: x, foreach: {items: "\(some)", as: \(variable), key: "'k' + string(\(variable) + 1)"}}
            - {name: i, run: x, foreach: {items: [2, 0], as: \(variable), key: "string(\(variable))"}}
            - {name: j, run: x, foreach: {items: "${{ params.go ? [3, 3] : [3, 3] }}", as: \(variable), key: \
            "string(\(variable))"}}
            - {name: k, run: x, foreach: {items: [1, 2, 3], as: \(variable)}}
            - {name: l, run: x, foreach: {items: "${{ params.go ? [7, 8] : [] }}", as: \(variable)}}
            """)
        let foreaches = steps[6...].compactMap(\.foreach)
        guard case .group(let inside) = steps[6].action else { throw SimulationFault("the palette has no group") }
        return Palette(
            conditions: steps[1...5].compactMap(\.condition), itemCondition: inside[0].condition,
            foreaches: foreaches)
    }

    func definition(using random: inout SeededGenerator) -> Definition {
        var draft = Draft()
        var stages: [Stage] = []
        for number in 0..<random.number(in: 1...3) {
            var steps = steps(count: random.number(in: 1...4), depth: 0, items: 0, &draft, using: &random)
            if number == 0 {
                // What others look at comes first.
                for index in steps.indices { steps[index].needs = [0] + steps[index].needs.map { $0 + 1 } }
                let retry = RetryPolicy(limit: 3, delay: .zero)
                let base = Step(name: "base", action: .run(Script(text: "x")), retry: retry, isIdempotent: true)
                steps.insert(base, at: 0)
            }
            var stage = Stage(name: "stage\(number)", steps: steps)
            if random.chance(35) {
                let target = random.number(in: 0...number)
                stage.onFailure = ReturnPolicy(stage: "stage\(target)", limit: random.number(in: 1...2))
            }
            stages.append(stage)
        }
        return Definition(
            name: "simulated", maxParallel: random.number(in: 1...4), concurrency: random.pick(groups) ?? nil,
            stages: stages,
            onExit: steps(count: random.number(in: 0...2), depth: 1, items: 0, &draft, using: &random))
    }

    /// What was drawn for one definition so far.
    private struct Draft {
        private(set) var names = 0
        private(set) var ownLoops = 0
        /// How much more may multiply: items, passes.
        var weight = 4

        mutating func name() -> String {
            defer { names += 1 }
            return "s\(names)"
        }

        mutating func takeOwnLoop() -> Int {
            defer { ownLoops += 1 }
            return ownLoops
        }
    }

    /// - Parameters:
    ///   - depth: how many groups are around.
    ///   - items: how many `foreach` are.
    private func steps(
        count: Int, depth: Int, items: Int, _ draft: inout Draft, using random: inout SeededGenerator
    ) -> [Step] {
        var steps: [Step] = []
        for number in 0..<count {
            var step = Step(name: draft.name(), action: .run(Script(text: "x")))
            step.needs = needs(of: number, using: &random)
            step.continueOnError = random.chance(10)
            var items = items
            var condition = random.chance(25) ? random.pick(palettes[items].conditions) : nil
            if draft.weight > 0, items < DefinitionGenerator.depthMax, random.chance(20) {
                draft.weight -= 1
                step.foreach = random.pick(palettes[items].foreaches)
                if random.chance(50) { step.foreach?.maxParallel = random.number(in: 1...2) }
                step.foreach?.continueOnError = random.chance(40)
                if random.chance(20) { condition = palettes[items].itemCondition }
                items += 1
            }
            step.condition = condition
            if draft.weight > 0, random.chance(12) {
                draft.weight -= 1
                step.loop = random.pick(loops)
                step.loop?.delay = .seconds(Int64(random.number(in: 0...1) * 4))
            }
            if random.chance(12) {
                step.locks = random.pick(locks) ?? []
                step.lockTimeout = .seconds(Int64(random.number(in: 5...60)))
            }
            act(&step, depth: depth, items: items, &draft, using: &random)
            steps.append(step)
        }
        return steps
    }

    private func act(
        _ step: inout Step, depth: Int, items: Int, _ draft: inout Draft, using random: inout SeededGenerator
    ) {
        if depth < DefinitionGenerator.depthMax, random.chance(20) {
            step.action = .group(
                steps(
                    count: random.number(in: 1...3), depth: depth + 1, items: items, &draft, using: &random))
            return
        }
        if random.chance(15) {
            step.action = .sleep(.duration(.seconds(Int64(random.number(in: 0...30)))))
            step.isIdempotent = true
            step.onDoubt = .retry
            return
        }
        if random.chance(10) {
            step.action = random.pick(approvals) ?? step.action
            return
        }
        step.action = .run(Script(text: "do \(step.name)"))
        step.isIdempotent = random.chance(25)
        step.onDoubt = random.pick([.ask, .ask, .fail, .retry]) ?? .ask
        if step.isIdempotent, random.chance(70) { step.onDoubt = .retry }
        if random.chance(35) { step.probe = Script(text: "p") }
        if random.chance(20) { step.verify = Script(text: "v") }
        if random.chance(50) {
            step.retry = RetryPolicy(
                limit: random.number(in: 1...3), delay: .seconds(Int64(random.number(in: 0...5))),
                jitter: random.chance(50) ? 0.5 : 0)
        }
        if draft.weight > 0, step.loop == nil, random.chance(10) {
            let own = ownLoops[draft.takeOwnLoop() % ownLoops.count]
            draft.weight -= 1
            (step.name, step.loop) = (own.name, own.loop)
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
