package import WorkflowCore

extension Simulation {
    /// What may happen in a run, as it is counted.
    package enum Event: String, Sendable, CaseIterable {
        case decisions, entries, appends
        /// Deaths of drivers: each leaves nothing of it but the journal.
        case crashes
        // How they died.
        case crashedAtRest = "crashed at rest"
        case crashedBeforeAppend = "crashed before an append"
        case crashedBetweenEffects = "crashed between effects"
        case refusedAppends = "appends refused by the store"
        case unacknowledgedAppends = "appends written but not acknowledged"
        // What else goes wrong.
        case takeOvers = "take-overs of a living driver"
        case stragglers = "stragglers woken"
        case staleAppends = "stale appends refused"
        case failedReads = "journals that could not be read"
        case lostProcesses = "supervisors killed"
        case machinesDown = "machines gone down"
        case clockJumps = "clock jumps"
        case lateResults = "late results"
        case doubleNews = "news told twice"
        // What people and definitions make of it.
        case doubts, probes, drifts, retries, rewinds, returns, moves, pauses, cancels, resolutions, answers, requests
        case refusals = "requests refused"
        case repeatedEffects = "effects repeated by permission"
        case items, groups, passes
        case lockWaits = "waits for locks"
    }

    /// What a run came to, so that a test can see that misfortune did strike.
    package struct Outcome: Sendable {
        package var status = RunStatus.pending
        private var numbers = [Int](repeating: 0, count: Event.allCases.count)

        package init() {}

        package subscript(_ event: Event) -> Int {
            get { numbers[Outcome.place(of: event)] }
            set { numbers[Outcome.place(of: event)] = newValue }
        }

        mutating func note(_ event: Event, _ count: Int = 1) { self[event] += count }

        package mutating func add(_ other: Outcome) {
            for place in numbers.indices { numbers[place] += other.numbers[place] }
        }

        package var text: String {
            Event.allCases.map { "\(self[$0]) \($0.rawValue)" }.joined(separator: ", ")
        }

        private static let places = Dictionary(
            uniqueKeysWithValues: Event.allCases.enumerated().map { ($0.element, $0.offset) })

        private static func place(of event: Event) -> Int { places[event] ?? 0 }
    }
}
