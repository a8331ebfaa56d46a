import WorkflowTestKit

/// One blow against a run: who is hit, how, when, and how many drivers compete for the run around it.
struct Blow: CustomStringConvertible {
    enum Victim: String, CaseIterable {
        case engine, supervisor, command
        case engineAndSupervisors = "engine and supervisors"
        case everything

        var hitsEngine: Bool { self != .supervisor && self != .command }
    }

    enum Kind: String, CaseIterable {
        /// SIGKILL.
        case kill
        /// SIGSTOP, and SIGCONT when others have had their turn.
        case stop
        /// The engine is stopped, and loses its lock's file to somebody who tidies: another driver takes the run, and
        /// the zombie wakes up behind it.
        case replace
    }

    let victim: Victim
    let kind: Kind
    /// From the moment that drivers were started, or from the blow before.
    let delayMicroseconds: UInt32
    /// Drivers that are started at once when there is none, and beside a stopped one.
    let drivers: Int
    /// How long what is stopped stays so, at most.
    let stoppedMicroseconds: UInt32
    /// While a supervisor or a command is stopped, the engine is killed and another one comes.
    let changesDriver: Bool

    init(using numbers: inout SeededGenerator) {
        let isKill = Int.random(in: 0..<3, using: &numbers) > 0
        // The engine twice as often as each of the others.
        let victims = [Victim.engine] + Victim.allCases
        let victim = victims.randomElement(using: &numbers) ?? .engine
        self.victim = victim
        let replaces = Bool.random(using: &numbers)
        kind = isKill ? .kill : replaces && victim.hitsEngine ? .replace : .stop
        // A third while the engine starts and recovers, the others around some steps behind that.
        let longest = Int.random(in: 0..<3, using: &numbers) == 0 ? 90_000 : 450_000
        delayMicroseconds = UInt32.random(in: 0...UInt32(longest), using: &numbers)
        drivers = [1, 1, 2, 3].randomElement(using: &numbers) ?? 1
        stoppedMicroseconds = UInt32.random(in: 20_000...350_000, using: &numbers)
        changesDriver = Bool.random(using: &numbers)
    }

    var description: String { "\(kind.rawValue) \(victim.rawValue)" }
}

/// What was done to runs, and what came of it.
struct StormTally: CustomStringConvertible {
    private var blows: [String: Int] = [:]
    var kills = 0
    var runs = 0
    var drivers = 0
    /// Drivers that found another one, and left with 75.
    var refused = 0
    /// Stopped engines that another one replaced, and that left with 75 when they woke up.
    var fenced = 0
    /// What a person had to decide, from the ledger.
    var decided = 0
    /// Attempts that were started again after their command was cut off.
    var repeated = 0
    /// Returns to an earlier stage, from one that a kill ended in failure.
    var returned = 0
    /// Intents whose command was proved never to have begun.
    var voided = 0
    /// Folders of attempts that a killed engine left, and that `prune` took away.
    var swept = 0

    mutating func note(_ blow: Blow) {
        kills += 1
        blows[blow.description, default: 0] += 1
    }

    mutating func add(_ other: StormTally) {
        blows.merge(other.blows, uniquingKeysWith: +)
        kills += other.kills
        runs += other.runs
        drivers += other.drivers
        refused += other.refused
        fenced += other.fenced
        decided += other.decided
        repeated += other.repeated
        returned += other.returned
        voided += other.voided
        swept += other.swept
    }

    var description: String {
        let list = blows.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        return "\(kills) kills in \(runs) runs (\(list)); \(drivers) drivers, \(refused) refused, \(fenced) fenced; "
            + "\(voided) attempts voided, \(repeated) repeated, \(returned) returns, \(decided) decided by hand; "
            + "\(swept) folders swept"
    }
}
