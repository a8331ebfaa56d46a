import CEL
import WorkflowCore

extension ReferenceChecks {
    func checkStep(_ reference: CELReference, _ site: ExpressionSite) {
        guard reference.path.count > 1 else {
            if site.context.area != .onExit {
                report(
                    .notYetFinished, "steps cannot be looked at as a whole here: most have not finished", reference,
                    site,
                    suggestion: "name the step")
            }
            return
        }
        let name = reference.path[1]
        guard let other = index.byName[name] else {
            report(
                .unknownStep, "there is no step \(quoted(name))", reference, site,
                suggestion: problems.didYouMean(name, among: index.names))
            return
        }
        checkOrder(other, reference, site)
        guard reference.path.count > 2 else { return }
        checkField(reference.path[2], of: other, reference, site)
    }

    private func checkField(_ field: String, of other: Int, _ reference: CELReference, _ site: ExpressionSite) {
        let name = index.entries[other].name
        switch field {
        case "status": break
        case "outputs":
            if index.entries[other].children != nil {
                report(
                    .unknownField, "step \(quoted(name)) is a group, which has a status and no outputs", reference,
                    site,
                    suggestion: "name the step inside it")
            } else if reference.path.count > 3 {
                checkOutput(reference.path[3], of: other, reference, site)
            }
        default:
            let others = ["conclusion": "status", "outcome": "status", "result": "status", "output": "outputs"]
            report(
                .unknownField, "a step has outputs and status, and no \(quoted(field))", reference, site,
                suggestion: others[field].map { "did you mean \"\($0)\"?" }
                    ?? problems.didYouMean(field, among: ["outputs", "status"])
                    ?? "did you mean \"steps.\(name).outputs.\(field)\"?")
        }
    }

    private func checkOutput(_ output: String, of other: Int, _ reference: CELReference, _ site: ExpressionSite) {
        let name = index.entries[other].name
        if order.repetitions(of: other, seenFrom: site.context.step) > 0 {
            report(
                .unknownField,
                "the outputs of step \(quoted(name)) are a list here, of one element for each instance, and have no "
                    + quoted(output),
                reference, site,
                suggestion: "write steps.\(name).outputs.map(o, o.\(output)), or steps.\(name).outputs[0].\(output)")
            return
        }
        guard let declared = names.outputs[name], !declared.contains(output) else { return }
        problems.warning(
            .undeclaredOutput,
            "step \(quoted(name)) declares its outputs, and \(quoted(output)) is none of them",
            at: site.origin.position(of: reference.offset, in: sources),
            suggestion: problems.didYouMean(output, among: declared))
    }

    private func checkOrder(_ other: Int, _ reference: CELReference, _ site: ExpressionSite) {
        let name = quoted(index.entries[other].name)
        guard let area = site.context.area else {
            report(
                .notYetFinished, "step \(name) cannot be used in what belongs to the whole workflow", reference, site,
                suggestion: "use it in the env of a step that comes after it")
            return
        }
        guard let step = site.context.step else {
            guard !StepOrder.isEarlier(index.entries[other].area, than: area) else { return }
            report(
                .notYetFinished, "step \(name) has not finished when this stage begins", reference, site,
                suggestion: "use it in the env of a step that comes after it")
            return
        }
        let own = quoted(index.entries[step].name)
        switch order.relation(of: other, to: step) {
        case .before: return
        case .itself:
            switch site.place {
            case .verify, .undo, .probe, .until: return
            default:
                report(
                    .notYetFinished, "step \(own) cannot use itself in \(site.place.written): it has not finished",
                    reference, site)
            }
        case .inside where site.place == .until: return
        case .around, .inside:
            report(
                .notYetFinished,
                order.relation(of: other, to: step) == .around
                    ? "step \(own) stands in \(name), which has not finished in \(site.place.written)"
                    : "\(own) is the group around step \(name), which has not finished in \(site.place.written)",
                reference, site)
        case .unordered:
            report(
                .notYetFinished, "step \(name) may not have finished when \(own) begins", reference, site,
                suggestion: orderSuggestion(other, step))
        case .after:
            report(
                .notYetFinished, "step \(name) begins after \(own), so it has neither outputs nor a status here",
                reference,
                site)
        }
    }

    /// `needs` names steps of one list: where the two stand in different groups, it is the groups that wait.
    private func orderSuggestion(_ other: Int, _ step: Int) -> String {
        guard let (first, second) = order.parting(of: other, from: step), first != other || second != step else {
            return "add it to needs"
        }
        let needed = quoted(index.entries[first].name)
        return second == step
            ? "add \(needed) to needs" : "add \(needed) to the needs of \(quoted(index.entries[second].name))"
    }
}
