internal import WorkflowCore

/// Owed work: when an ending is recorded, each step of it has ended exactly once since the ending began, not counting
/// what a person had repeated. A failed run that is cancelled as it is owes nothing more.
enum OwedWorkOncePerEnding {
    /// - Parameter programs: by hash, those that the run may be moved to.
    static func check(_ entries: [Entry], _ first: Program, programs: [String: Program]) throws {
        var program = first
        var owed = program.exitRange.map { program.lines[$0].step.name }
        var ends: [String: Int] = [:]
        var isEnding = false
        var isLeftAsFailed = false
        for entry in entries {
            defer { isLeftAsFailed = leavesAsFailed(entry.fact, isLeftAsFailed) }
            switch entry.fact {
            case .endingBegan:
                guard !isEnding else { throw SimulationFault("entry \(entry.sequence): an ending began twice") }
                isEnding = true
                ends = [:]
            case .runRewound: isEnding = false
            case .definitionChanged(let fact):
                program = programs[fact.definitionHash] ?? program
                owed = program.exitRange.map { program.lines[$0].step.name }
            case .runEnded(let fact) where fact.status == .cancelled && isLeftAsFailed: break
            case .runEnded(let fact):
                guard owed.isEmpty || isEnding else {
                    throw SimulationFault(
                        "entry \(entry.sequence): the run is \(fact.status.rawValue) without owed work")
                }
                for step in owed where ends[step] != 1 {
                    throw SimulationFault("\(step) has ended \(ends[step] ?? 0) times before entry \(entry.sequence)")
                }
                isEnding = false
            case .stepSucceeded(let fact): ends[fact.step, default: 0] += 1
            case .stepSkipped(let fact): ends[fact.step, default: 0] += 1
            case .stepFailed(let fact): ends[fact.step, default: 0] += 1
            case .stepCancelled(let fact): ends[fact.step, default: 0] += 1
            case .stepResolved(let fact):
                ends[fact.step] = 0
                guard fact.decision == .retry else { break }
                // What holds it has to end once more too.
                var current = try InstanceName(fact.step, program).parent
                while let name = current {
                    ends[name] = 0
                    current = try InstanceName(name, program).parent
                }
            default: break
            }
        }
    }

    /// Whether the run has failed and nothing has gone on since.
    private static func leavesAsFailed(_ fact: Fact, _ isLeftAsFailed: Bool) -> Bool {
        switch fact {
        case .runEnded(let fact): fact.status == .failed
        // What a person decides about its steps is work only when a resume goes on with it.
        case .driverDetached, .cancelRequested, .requestRefused, .stepResolved: isLeftAsFailed
        case .stepSucceeded(let fact): isLeftAsFailed && fact.basis == .resolution
        case .stepSkipped(let fact): isLeftAsFailed && fact.basis == .resolution
        case .stepFailed: isLeftAsFailed
        // One that only looks after a crash, or obeys a request, opens nothing again.
        case .driverAttached(let fact): isLeftAsFailed && (fact.reason == .recovery || fact.reason == .request)
        default: false
        }
    }
}
