internal import WorkflowCore

/// The locks of a store, as far as one run can see them: its own steps have them, or somebody else has for a while.
struct SimulatedLocks {
    /// By lock, the step of the run that has it.
    private var holders: [String: String] = [:]
    /// By lock, until when another run has it.
    private var foreign: [String: Timestamp] = [:]

    /// All of them or none. Taking what the step has already changes nothing.
    mutating func take(_ locks: [String], for step: String, at now: Timestamp) -> Bool {
        for lock in locks {
            if let holder = holders[lock], holder != step { return false }
            if let until = foreign[lock], until > now { return false }
        }
        for lock in locks { holders[lock] = step }
        return true
    }

    /// Another run takes a lock that is free.
    mutating func lend(_ lock: String, until: Timestamp) {
        if holders[lock] == nil { foreign[lock] = until }
    }

    mutating func release(_ step: String) {
        holders = holders.filter { $0.value != step }
    }

    mutating func releaseAll() {
        holders = [:]
    }

    func has(_ locks: [String], _ step: String) -> Bool {
        locks.allSatisfy { holders[$0] == step }
    }

    /// The steps that have any, in order.
    var steps: [String] { Set(holders.values).sorted() }
}
