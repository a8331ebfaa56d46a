internal import WorkflowCore

// Definitions as people edit them while runs of them are under way.

extension DefinitionGenerator {
    /// Another definition of the same workflow, as somebody may write it after this one.
    ///
    /// - Parameter number: how many times it was edited before: what is new bears it.
    func edited(_ definition: Definition, _ number: Int, using random: inout SeededGenerator) -> Definition {
        var definition = definition
        for _ in 0..<random.number(in: 1...2) {
            let stage = random.number(in: 0...definition.stages.count - 1)
            switch random.number(in: 0...5) {
            case 0...2: edit(&definition.stages[stage].steps, number, using: &random)
            case 3:
                let name = "n\(number)_\(stage)_\(definition.stages[stage].steps.count)"
                guard !definition.stages[stage].steps.contains(where: { $0.name == name }) else { continue }
                let needs = random.chance(50) ? [definition.stages[stage].steps.count - 1] : []
                definition.stages[stage].steps.append(
                    Step(name: name, action: .run(Script(text: "do \(name)")), needs: needs, isIdempotent: true))
            case 4:
                // Nothing needs the last one. What others look at stays.
                if definition.stages[stage].steps.count > 1 { definition.stages[stage].steps.removeLast() }
            default:
                let step = random.number(in: 0...definition.stages[stage].steps.count - 1)
                guard step > 0 else { continue }
                definition.stages[stage].steps[step].needs = stage == 0 ? [0] : []
            }
        }
        return definition
    }

    /// Writes one step otherwise, at any depth.
    private func edit(_ steps: inout [Step], _ number: Int, using random: inout SeededGenerator) {
        let place = random.number(in: 0...steps.count - 1)
        switch steps[place].action {
        case .group(var inside):
            if random.chance(20), steps[place].foreach != nil {
                steps[place].foreach?.maxParallel = number + 1
            } else {
                edit(&inside, number, using: &random)
                steps[place].action = .group(inside)
            }
        case .run(let script):
            switch random.number(in: 0...2) {
            case 0: steps[place].action = .run(Script(text: script.text + " v\(number)"))
            case 1: steps[place].retry.limit += 1
            default: steps[place].locks = random.pick(locks) ?? []
            }
        case .sleep(.duration(let length)): steps[place].action = .sleep(.duration(Milliseconds(length.count + 1000)))
        case .sleep, .signal, .approval, .call: steps[place].continueOnError.toggle()
        }
    }
}
