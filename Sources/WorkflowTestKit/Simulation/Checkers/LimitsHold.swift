internal import WorkflowCore

/// P7: retries, passes, returns and waits are no more and no longer than the definition says.
enum LimitsHold {
    /// - Parameter ledger: the run behind the entry.
    static func check(_ entry: Entry, _ ledger: RunLedger) throws {
        switch entry.fact {
        case .attemptFailed(let fact):
            guard let wait = fact.retry else { return }
            let step = try ledger[fact.step]
            let policy = ledger.line(step).step.retry
            guard step.retries <= policy.limit, wait.length <= policy.maxDelay else {
                throw SimulationFault(
                    "entry \(entry.sequence): retry \(step.retries) of \(fact.step) in \(wait.length.text), and the "
                        + "limit is \(policy.limit)")
            }
        case .stepRepeated(let fact):
            let step = try ledger[fact.step]
            guard let loop = ledger.line(step).step.loop, step.passesCharged <= loop.limit else {
                throw SimulationFault(
                    "entry \(entry.sequence): pass \(step.passesCharged) of \(fact.step) is one too many")
            }
        case .stageReturned(let fact):
            let stage = ledger.program.number(ofStage: fact.stage) ?? 0
            let limit = ledger.program.definition.stages[stage].onFailure?.limit ?? 0
            guard ledger.returns[stage, default: 0] <= limit else {
                throw SimulationFault(
                    "entry \(entry.sequence): \(fact.stage) has returned too often, the limit is \(limit)")
            }
        case .stepFailed(let fact):
            let isTolerant = ledger.isTolerant(try ledger[fact.step])
            let isItem = try ledger[fact.step].name.isItem
            guard fact.isTolerated == (isTolerant && !isItem) else {
                throw SimulationFault("entry \(entry.sequence): whether \(fact.step) may fail is told wrongly")
            }
        default: return
        }
    }

    /// A wait is no longer than it was when it began, whatever the clock did since.
    static func check(wait: Milliseconds, of name: String, _ program: Program) throws {
        let step = program.lines[try InstanceName(name, program).line].step
        var limits = [step.lockTimeout, step.retry.maxDelay]
        if let loop = step.loop { limits.append(loop.delay) }
        var longest: Milliseconds?
        switch step.action {
        case .sleep(.duration(let length)): longest = length
        case .signal(let signal): longest = signal.timeout
        case .approval(let approval): longest = approval.timeout
        case .sleep, .run, .group, .call: break
        }
        if let longest { limits = [longest, step.locks.isEmpty ? .zero : step.lockTimeout, step.loop?.delay ?? .zero] }
        guard let limit = limits.max(), wait >= .zero, wait <= limit else {
            throw SimulationFault("\(name) waits for \(wait.text), which is too long", by: .limitsHold)
        }
    }
}
