internal import WorkflowCore

/// P4: the effect that a key names takes place once. Twice only where the step, the driver or a person allowed the
/// repeat of an attempt whose outcome was unknown.
enum EffectOncePerKey {
    /// - Returns: how many allowed repeats there were.
    static func check(
        _ effects: [(key: String, attempt: AttemptReference)], _ entries: [Entry], _ programs: [Program]
    ) throws -> Int {
        var last: [String: AttemptReference] = [:]
        var repeats = 0
        for effect in effects {
            if let earlier = last[effect.key] {
                repeats += 1
                guard isAllowed(from: earlier, to: effect.attempt, entries, programs) else {
                    throw SimulationFault(
                        "\(effect.attempt.trace) has the effect that \(earlier.trace) had had before it, and nobody "
                            + "allowed that")
                }
            }
            last[effect.key] = effect.attempt
        }
        return repeats
    }

    /// Something between the two intents allowed the second one.
    private static func isAllowed(
        from earlier: AttemptReference, to later: AttemptReference, _ entries: [Entry], _ programs: [Program]
    ) -> Bool {
        // A step that is written otherwise has another key: any definition that has it tells what it may.
        guard let program = programs.first(where: { (try? InstanceName(later.step, $0)) != nil }),
            let number = try? InstanceName(later.step, program).line
        else { return false }
        let step = program.lines[number].step
        if step.isIdempotent { return true }
        var isBetween = false
        var hasFailed = false
        var policy = step.onDoubt
        for entry in entries {
            switch entry.fact {
            case .driverAttached(let fact):
                policy = fact.onDoubt ?? step.onDoubt
                // Resuming a failed run is a person's word.
                if isBetween, hasFailed { return true }
            case .definitionChanged:
                // So is moving it: what has failed is shown as pending.
                if isBetween, hasFailed { return true }
            case .stepFailed(let fact): hasFailed = fact.step == later.step ? true : hasFailed
            case .stepResolved(let fact):
                if isBetween, fact.decision == .retry, isIn(later.step, fact.step, program) { return true }
            case .attemptStarted(let fact) where fact.step == later.step:
                if fact.attempt == later.attempt { return false }
                // The policy at the time of the repeat decides.
                if isBetween, policy == .retry { return true }
                isBetween = fact.attempt >= earlier.attempt
            default: break
            }
            if isBetween, policy == .retry { return true }
        }
        return false
    }

    /// A person who has a group or a foreach repeated has the steps in it repeated.
    private static func isIn(_ step: String, _ outer: String, _ program: Program) -> Bool {
        var current: String? = step
        while let name = current {
            if name == outer { return true }
            current = (try? InstanceName(name, program))?.parent
        }
        return false
    }
}
