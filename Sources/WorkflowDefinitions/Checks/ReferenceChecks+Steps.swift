import CEL

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
        let field = reference.path[2]
        switch field {
        case "status": break
        case "outputs":
            guard reference.path.count > 3, let declared = names.outputs[name], !declared.contains(reference.path[3]),
                case .map(let members) = index.entries[other].node.value,
                !members.contains(where: { $0.key == "foreach" })
            else { return }
            problems.warning(
                .undeclaredOutput,
                "step \(quoted(name)) declares its outputs, and \(quoted(reference.path[3])) is none of them",
                at: site.origin.position(of: reference.offset, in: sources),
                suggestion: problems.didYouMean(reference.path[3], among: declared))
        default:
            report(
                .unknownField, "a step has outputs and status, and no \(quoted(field))", reference, site,
                suggestion: problems.didYouMean(field, among: ["outputs", "status"])
                    ?? "did you mean \"steps.\(name).outputs.\(field)\"?")
        }
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
                    .notYetFinished,
                    other == step
                        ? "step \(own) cannot use itself in \(site.place.written): it has not finished"
                        : "step \(own) and the group around it cannot use each other in \(site.place.written)",
                    reference, site)
            }
        case .unordered:
            report(
                .notYetFinished, "step \(name) may not have finished when \(own) begins", reference, site,
                suggestion: "add it to needs")
        case .after:
            report(
                .notYetFinished, "step \(name) begins after \(own), so it has neither outputs nor a status here",
                reference,
                site)
        }
    }
}
