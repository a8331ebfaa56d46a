internal import WorkflowCore

/// Requests that people leave in the store for whoever drives the run.
struct SimulatedInbox {
    struct Request {
        let id: Int64
        let input: Input
        /// Nobody else is called so: entries tell what came of the request.
        let actor: Actor
    }

    private(set) var waiting: [Request] = []
    /// Those that were taken out, in order.
    private(set) var answered: [Request] = []
    private var last: Int64 = 0

    mutating func post(_ input: (_ actor: Actor) -> Input) {
        last += 1
        let actor: Actor = "person:asker-\(last)"
        waiting.append(Request(id: last, input: input(actor), actor: actor))
    }

    /// With the append that says what came of them.
    mutating func answer(_ requests: [Int64]) {
        answered += waiting.filter { requests.contains($0.id) }
        waiting.removeAll { requests.contains($0.id) }
    }
}
