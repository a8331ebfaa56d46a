internal import WorkflowCore

/// P4: a step in doubt goes on by the word of its probe, where it has one, then of its policy, or of a person. It never
/// goes on by itself.
struct DoubtIsSettled {
    private struct Doubt {
        /// Ended from outside, and that is on record.
        var failure: Failure?
        var verdict: ProbeVerdict?
        var isResolved = false
        /// The policy that held when the doubt arose, or when the present driver came: it may have been followed since.
        var policies: [DoubtPolicy]
    }

    private var program: Program
    private let programs: [String: Program]
    private var doubts: [String: Doubt] = [:]
    private var override: DoubtPolicy?
    private var isCancelled = false

    init(_ program: Program, programs: [String: Program]) {
        self.program = program
        self.programs = programs
    }

    mutating func check(_ entry: Entry) throws {
        switch entry.fact {
        case .driverAttached(let fact):
            override = fact.onDoubt
            for name in doubts.keys {
                let policy = try policy(of: name)
                doubts[name]?.verdict = nil
                doubts[name]?.policies = [policy]
            }
        case .attemptInDoubt(let fact):
            let policy = try policy(of: fact.step)
            doubts[fact.step] = Doubt(failure: fact.failure, policies: [policy])
        case .probeFinished(let fact): doubts[fact.step]?.verdict = fact.verdict
        case .stepResolved(let fact): doubts[fact.step]?.isResolved = true
        case .attemptStarted(let fact):
            try settle(fact.step, entry, as: { $0.verdict == .notDone }, by: .retry)
        case .stepSucceeded(let fact):
            try settle(fact.step, entry, as: { $0.verdict == .done && fact.basis == .probe })
        case .stepRepeated(let fact): try settle(fact.step, entry, as: { $0.verdict == .done })
        case .attemptFailed(let fact):
            try settle(fact.step, entry, as: { $0.verdict == .notDone && $0.failure != nil }, by: .fail)
        case .stepSkipped(let fact): try settle(fact.step, entry, as: { _ in false })
        case .stepCancelled(let fact): doubts[fact.step] = nil
        case .runRewound: doubts = [:]
        case .definitionChanged(let fact):
            doubts = [:]
            program = programs[fact.definitionHash] ?? program
        default: break
        }
    }

    /// - Parameters:
    ///   - isTold: what the probe has to have said.
    ///   - policy: what may have said it where no probe could tell.
    private mutating func settle(
        _ step: String, _ entry: Entry, as isTold: (Doubt) -> Bool, by policy: DoubtPolicy? = nil
    ) throws {
        guard let doubt = doubts.removeValue(forKey: step), !doubt.isResolved, !isTold(doubt) else { return }
        if let policy, try follows(policy, doubt, step) { return }
        throw SimulationFault(
            "entry \(entry.sequence), \(entry.fact.trace): \(step) is in doubt, and nobody has settled that "
                + "(probe: \(doubt.verdict?.rawValue ?? "not asked"))")
    }

    /// No probe can tell, and the policy says so.
    private func follows(_ policy: DoubtPolicy, _ doubt: Doubt, _ step: String) throws -> Bool {
        guard doubt.policies.contains(policy) else { return false }
        return try self.step(step).probe == nil || doubt.verdict == .cannotTell
    }

    private func step(_ name: String) throws -> Step { program.lines[try InstanceName(name, program).line].step }

    private func policy(of name: String) throws -> DoubtPolicy { try override ?? step(name).onDoubt }
}
