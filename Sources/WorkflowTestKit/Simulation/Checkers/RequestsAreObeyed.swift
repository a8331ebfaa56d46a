internal import WorkflowCore

/// What was left in the store for the driver is obeyed or refused, in the append that takes it out: never twice, and
/// never by nobody.
enum RequestsAreObeyed {
    static func check(_ entries: [Entry], _ inbox: SimulatedInbox) throws {
        var traces: [Actor: Int] = [:]
        for entry in entries {
            switch entry.fact {
            case .signalReceived, .stepResolved, .requestRefused: traces[entry.actor, default: 0] += 1
            default: break
            }
        }
        for request in inbox.answered where traces[request.actor] != 1 {
            throw SimulationFault("request \(request.id) was answered \(traces[request.actor] ?? 0) times")
        }
        for request in inbox.waiting where traces[request.actor] != nil {
            throw SimulationFault("request \(request.id) was answered and lies in the inbox still")
        }
    }
}
