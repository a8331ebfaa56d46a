/// The machine broke one of its promises, or the simulation itself is broken: the message says which and how.
package struct SimulationFault: Error, Sendable {
    package let message: String
    /// What found it.
    package internal(set) var checker: Checker

    package init(_ message: String, by checker: Checker = .simulation) {
        self.message = message
        self.checker = checker
    }
}

/// What finds that a promise was broken. Each is code of its own that shares nothing with the machine's queues and
/// counters, and each was seen to fail: `Mutation` says by which break of which mechanism.
package enum Checker: String, Sendable, CaseIterable {
    /// The rules of the simulation itself.
    case simulation
    /// P7: every run ends, or waits for somebody who can make it go on.
    case runsEnd = "runs_end"
    /// P1: nothing begins before the intent to begin it is durable.
    case intentFirst = "intent_first"
    /// P2: what has ended is neither executed nor ended again.
    case doneStaysDone = "done_stays_done"
    /// P3: what was told is in the journal for ever.
    case toldIsDurable = "told_is_durable"
    /// P4: the effect that a key names takes place once, or as often as somebody allowed.
    case effectOncePerKey = "effect_once_per_key"
    /// P4: what the journal says of an attempt is what became of its process.
    case outcomesAreTrue = "outcomes_are_true"
    /// P4: a doubt is settled by a probe, a policy or a person.
    case doubtIsSettled = "doubt_is_settled"
    /// P5: whoever lost the run writes nothing.
    case oneDriver = "one_driver"
    /// P6: what is started stands in the definition that the journal names.
    case definitionHolds = "definition_holds"
    /// P7: retries, passes, returns and waits end.
    case limitsHold = "limits_hold"
    /// P7: nothing goes on before its wait is over.
    case waitsAreKept = "waits_are_kept"
    /// P8: entries are numbered without gaps, every hash fits, and whatever is changed afterwards shows.
    case chainHolds = "chain_holds"
    /// P8: who decided was allowed to.
    case answersAreAllowed = "answers_are_allowed"
    /// What was asked of the run is obeyed or refused, once.
    case requestsAreObeyed = "requests_are_obeyed"
    case replayEqualsLive = "replay_equals_live"
    case orderOfSteps = "order_of_steps"
    case containersHold = "containers_hold"
    case locksAreHeld = "locks_are_held"
    case keysAndNumbers = "keys_and_numbers"
    case owedWorkOncePerEnding = "owed_work_once_per_ending"

    /// Runs a check of this checker: what it throws bears its name.
    func check<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch var fault as SimulationFault where fault.checker == .simulation {
            fault.checker = self
            throw fault
        }
    }
}
