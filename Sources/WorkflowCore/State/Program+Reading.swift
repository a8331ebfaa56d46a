internal import CEL

extension Program {
    /// The lines whose expressions name the step of this line, in the definition's order.
    package func lines(reading line: Int) -> [Int] {
        let name = lines[line].step.name
        return lines.indices.filter { other in
            other != line
                && lines[other].step.expressions.contains {
                    $0.references.contains { $0.path.starts(with: ["steps", name]) || $0.path == ["steps"] }
                }
        }
    }
}

extension Step {
    /// All of its own, not those of the steps that it holds.
    fileprivate var expressions: [CELExpression] {
        var expressions = [condition?.expression, loop?.until, foreach?.key].compactMap { $0 }
        expressions += [probe, verify, undo].compactMap { $0 }.flatMap { $0.bindings.map(\.expression) }
        expressions += environment.flatMap(\.value.expressions) + locks.flatMap(\.expressions)
        expressions += workingDirectory?.expressions ?? []
        expressions += foreach?.items.expressions ?? []
        switch action {
        case .run(let script): expressions += script.bindings.map(\.expression)
        case .sleep(.computedDuration(let template)), .sleep(.until(let template)): expressions += template.expressions
        case .signal(let signal): expressions += signal.name.expressions
        case .approval(let approval):
            expressions += approval.prompt.expressions + approval.approvers.flatMap(\.expressions)
        case .call(let call): expressions += call.with.expressions
        case .sleep(.duration), .group: break
        }
        return expressions
    }
}
