internal import JSON

/// What was lost of an attempt, or ended with it: counted by its supervisor, and told by whoever looks at the attempt.
package struct AttemptLosses: Sendable, Equatable {
    /// Bytes of its output that the disk did not take.
    package var lostLogBytes: Int
    /// Bytes of its output that were dropped between head and tail to keep the log's cap.
    package var omittedLogBytes: Int
    /// Processes that it left in the background, and that were ended with it.
    package var endedProcesses: Int
    /// Events that were not taken.
    package var refusedEvents: Int
    /// Why the first of them was not.
    package var eventProblem: String?

    /// Nil where nothing was lost.
    package init?(
        lostLogBytes: Int, omittedLogBytes: Int, endedProcesses: Int, refusedEvents: Int = 0,
        eventProblem: String? = nil
    ) {
        guard lostLogBytes > 0 || omittedLogBytes > 0 || endedProcesses > 0 || refusedEvents > 0 else { return nil }
        self.refusedEvents = max(refusedEvents, 0)
        self.eventProblem = eventProblem
        self.lostLogBytes = max(lostLogBytes, 0)
        self.omittedLogBytes = max(omittedLogBytes, 0)
        self.endedProcesses = max(endedProcesses, 0)
    }
}

extension AttemptLosses {
    /// One sentence for each kind of loss, for people.
    package var sentences: [String] {
        var sentences: [String] = []
        if lostLogBytes > 0 {
            sentences.append("\(lostLogBytes) bytes of its output are missing from its log: the disk did not take them")
        }
        if omittedLogBytes > 0 {
            sentences.append(
                "\(omittedLogBytes) bytes in the middle of its output are missing from its log, which has reached its "
                    + "cap"
            )
        }
        if endedProcesses > 0 {
            let processes =
                endedProcesses == 1
                ? "1 process that it left in the background was"
                : "\(endedProcesses) processes that it left in the background were"
            sentences.append(
                "\(processes) ended with it; start what is to live on with `setsid`, or through a service manager")
        }
        if refusedEvents > 0 {
            let events = refusedEvents == 1 ? "1 of its events was" : "\(refusedEvents) of its events were"
            sentences.append("\(events) not taken" + (eventProblem.map { ": \($0)" } ?? ""))
        }
        return sentences
    }

    package var text: String { sentences.joined(separator: "; ") }
}

extension AttemptLosses {
    var payload: JSONValue {
        object(
            [
                "log_lost_bytes": .int(Int64(lostLogBytes)), "log_omitted_bytes": .int(Int64(omittedLogBytes)),
                "ended_processes": .int(Int64(endedProcesses)),
            ],
            [
                "refused_events": refusedEvents > 0 ? .int(Int64(refusedEvents)) : nil,
                "event_problem": eventProblem.map { .string($0) },
            ])
    }

    static func read(_ reader: PayloadReader) throws(FactError) -> AttemptLosses? {
        guard let losses = try reader.optional("losses") else { return nil }
        return AttemptLosses(
            lostLogBytes: try losses.count("log_lost_bytes"), omittedLogBytes: try losses.count("log_omitted_bytes"),
            endedProcesses: try losses.count("ended_processes"),
            refusedEvents: losses.members["refused_events"] == nil ? 0 : try losses.count("refused_events"),
            eventProblem: try losses.optionalText("event_problem"))
    }
}

extension Fact {
    /// What was lost of the attempt that this entry ends.
    package var losses: AttemptLosses? {
        switch self {
        case .attemptFailed(let fact): fact.losses
        case .attemptInDoubt(let fact): fact.losses
        case .stepSucceeded(let fact): fact.losses
        case .stepRepeated(let fact): fact.losses
        default: nil
        }
    }

    /// The step whose attempt this entry ends, with what was lost of it; nil where nothing was.
    package var lost: (step: String, losses: AttemptLosses)? {
        guard let losses else { return nil }
        return switch self {
        case .attemptFailed(let fact): (fact.step, losses)
        case .attemptInDoubt(let fact): (fact.step, losses)
        case .stepSucceeded(let fact): (fact.step, losses)
        case .stepRepeated(let fact): (fact.step, losses)
        default: nil
        }
    }

    /// When the attempt ended that this entry tells of, where that was found out later.
    package var endedAt: Timestamp? {
        switch self {
        case .attemptFailed(let fact): fact.endedAt
        case .attemptInDoubt(let fact): fact.endedAt
        case .stepSucceeded(let fact): fact.endedAt
        case .stepRepeated(let fact): fact.endedAt
        default: nil
        }
    }

    /// The same entry with the instant at which the attempt ended; nil for one that ends no attempt.
    func ended(at instant: Timestamp) -> Fact? {
        switch self {
        case .attemptFailed(var fact):
            fact.endedAt = instant
            return .attemptFailed(fact)
        case .attemptInDoubt(var fact):
            fact.endedAt = instant
            return .attemptInDoubt(fact)
        case .stepSucceeded(var fact):
            fact.endedAt = instant
            return .stepSucceeded(fact)
        case .stepRepeated(var fact):
            fact.endedAt = instant
            return .stepRepeated(fact)
        default: return nil
        }
    }

    /// The same entry with `losses`; nil for one that ends no attempt.
    func with(_ losses: AttemptLosses) -> Fact? {
        switch self {
        case .attemptFailed(var fact):
            fact.losses = losses
            return .attemptFailed(fact)
        case .attemptInDoubt(var fact):
            fact.losses = losses
            return .attemptInDoubt(fact)
        case .stepSucceeded(var fact):
            fact.losses = losses
            return .stepSucceeded(fact)
        case .stepRepeated(var fact):
            fact.losses = losses
            return .stepRepeated(fact)
        default: return nil
        }
    }
}
