import Glibc
import JSON
import Testing
import WorkflowTestKit

/// Drives one run to its end through blows at random moments, and holds it against `LedgerRules`.
///
/// All decisions come from the seed, so that the same seed draws the same blows; the moments at which they land are
/// those of the machine.
struct Storm {
    private final class Driver {
        let process: Started
        /// Another driver took its run while it was stopped.
        var isReplaced = false

        init(_ process: Started) { self.process = process }
    }

    let definition: StormDefinition
    let scene: Scene
    let run: String
    let seed: UInt64
    private(set) var tally = StormTally()
    /// For the blows alone.
    private var numbers: SeededGenerator
    /// For what depends on who is there to be chosen.
    private var choices: SeededGenerator
    private var drivers: [Driver] = []
    /// What drivers have shown.
    private var toldCheckpoints: Set<String> = []
    private var isCreated = false
    private var isOver = false
    private var log: [String] = []
    private let began = monotonicMilliseconds()
    /// Milliseconds since the storm's begin.
    private var age: Int { Int(monotonicMilliseconds() - began) }

    init(over definition: StormDefinition, run: String, seed: UInt64) throws {
        self.definition = definition
        self.run = run
        self.seed = seed
        // Other blows for each definition.
        let own = definition.name.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        numbers = SeededGenerator(seed: own)
        choices = SeededGenerator(seed: ~own)
        scene = try Scene()
        if let text = definition.text { try scene.write(text, to: definition.file) }
        try scene.write(EffectLedger.script, to: "act.sh")
        try scene.write(EffectLedger.probe, to: "probe.sh")
        try scene.write("", to: "ledger")
        if definition.replacesShell { try scene.write(EffectLedger.shell, to: "bash", mode: 0o700) }
    }

    /// What happened so far, and the command that lets it happen again.
    var account: String {
        """
        \(run), seed \(seed): \(tally)
        \(log.suffix(60).joined(separator: "\n"))
        repeat it with: WORKFLOW_TEST_SEED=\(Int64(bitPattern: seed)) WORKFLOW_TEST_STORM=\(definition.name) \
        swift test --filter KillStormTests
        """
    }

    /// - Parameter wanted: after so many kills the run is left in peace, so that it comes to its end.
    mutating func rage(kills wanted: Int) throws {
        tally.runs = 1
        while !isOver {
            try #require(age < 240_000, "the run gets nowhere: \(account)")
            if drivers.isEmpty {
                try decideByHand()
                try startDrivers(Int.random(in: 0..<3, using: &choices) == 0 ? 2 : 1)
            }
            if tally.kills < wanted {
                let blow = Blow(using: &numbers)
                _ = usleep(blow.delayMicroseconds)
                if try strike(blow) {
                    log.append("\(age) ms: \(blow)")
                    tally.note(blow)
                }
                try collect()
            } else {
                try eventually("a driver leaves; \(account)", within: 60) { drivers.contains { !$0.process.isRunning } }
                try collect()
            }
        }
        try eventually("the other drivers leave; \(account)", within: 60) {
            drivers.allSatisfy { !$0.process.isRunning }
        }
        try collect()
        try check()
    }

    // MARK: - Drivers

    private mutating func startDrivers(_ count: Int) throws {
        if !isCreated { isCreated = try scene.workflow("show", run).status == 0 }
        let command =
            isCreated ? ["resume", run] : ["run", definition.file, "--run-id", run] + definition.arguments
        for _ in 0..<count {
            let driver = Driver(try scene.start(command, environment: environment))
            log.append("\(age) ms: driver \(driver.process.pid) started: \(command[0])")
            drivers.append(driver)
            tally.drivers += 1
        }
    }

    private var environment: [String: String] {
        definition.replacesShell ? ["PATH": "\(scene.path):/usr/local/bin:/usr/bin:/bin"] : [:]
    }

    /// Takes the drivers out that have left, and reads what they said.
    private mutating func collect() throws {
        for driver in drivers where !driver.process.isRunning {
            let ended = try driver.process.finished()
            for word in ended.errors.split(whereSeparator: \.isWhitespace) where word.hasPrefix("chk-") {
                toldCheckpoints.insert(String(word.prefix { $0.isLetter || $0.isNumber || $0 == "-" }))
            }
            log.append("\(age) ms: driver \(driver.process.pid) left with \(ended.status)")
            switch ended.status {
            case 0: isOver = true
            case 75:
                tally.refused += driver.isReplaced ? 0 : 1
                tally.fenced += driver.isReplaced ? 1 : 0
            // Failed or in doubt: a person decides. Or a second `run` met a run that was interrupted.
            case 1, 3: break
            case 128 + SIGKILL: break
            default: Issue.record("a driver left with \(ended.status): \(ended)\n\(account)")
            }
        }
        drivers.removeAll { !$0.process.isRunning }
    }

    /// What a person does about steps in doubt and failed ones: reads the ledger, and says what is there.
    private mutating func decideByHand() throws {
        guard isCreated else { return }
        let names = Set(definition.parts.map(\.name))
        for step in try scene.show(run)["steps"]?.arrayValue ?? [] {
            guard let name = step["name"]?.stringValue, names.contains(name),
                ["in_doubt", "failed"].contains(step["status"]?.stringValue)
            else { continue }
            let intents = try scene.journal(run).compactMap { entry -> String? in
                guard entry["type"]?.stringValue == "attempt_started", entry["payload"]?["step"]?.stringValue == name
                else { return nil }
                return entry["payload"]?["key"]?.stringValue
            }
            let key = try #require(intents.last, "\(account)")
            let ledger = try EffectLedger(of: run, in: scene)
            var arguments = ["resolve", run, name, "--reason", "it is in the ledger, or not"]
            if ledger.has(.effect, key: key) {
                let outputs = ["passes=\(ledger.effects(of: name))"] + definition.outputs
                arguments += ["--done"] + outputs.flatMap { ["--output", $0] }
            } else {
                arguments += ["--retry"]
            }
            let resolved = try scene.workflow(arguments, environment: environment)
            #expect(resolved.status == 0, "\(resolved)\n\(account)")
            tally.decided += 1
        }
    }

    // MARK: - Blows

    private struct Target {
        /// What a signal goes to: negative for a process group.
        var processes: [pid_t]
        var engines: [Driver]
    }

    /// False where nobody was there to be hit.
    private mutating func strike(_ blow: Blow) throws -> Bool {
        guard let target = try target(of: blow.victim) else { return false }
        if blow.kind == .kill {
            send(SIGKILL, to: target)
            if blow.victim == .everything { try killEverything() }
            try eventually("they are gone; \(account)") { target.engines.allSatisfy { !$0.process.isRunning } }
            return true
        }
        send(SIGSTOP, to: target)
        defer { send(SIGCONT, to: target) }
        let first = drivers.count
        if blow.kind == .replace {
            for name in lockFiles { unlink(scene.file(".workflow/locks/\(name)")) }
            for engine in target.engines { engine.isReplaced = true }
        }
        if blow.victim.hitsEngine {
            try startDrivers(blow.drivers)
        } else if blow.changesDriver {
            for driver in drivers { try driver.process.killed() }
            try startDrivers(blow.drivers)
        }
        let came = drivers[first...]
        var left = Int(blow.stoppedMicroseconds)
        while left > 0, came.isEmpty || came.contains(where: { $0.process.isRunning }) {
            _ = usleep(5_000)
            left -= 5_000
        }
        return true
    }

    private func send(_ signal: Int32, to target: Target) {
        for engine in target.engines { engine.process.signal(signal) }
        for process in target.processes { _ = kill(process, signal) }
    }

    /// Waits a moment for a supervisor or a command to come.
    private mutating func target(of victim: Blow.Victim) throws -> Target? {
        for _ in 0..<30 {
            let engines = drivers.filter { $0.process.isRunning && !$0.isReplaced }
            let engine = engines.randomElement(using: &choices).map { [$0] } ?? []
            let found: Target
            switch victim {
            case .engine: found = Target(processes: [], engines: engine)
            case .supervisor: found = Target(processes: one(of: scene.supervisors), engines: [])
            case .command: found = Target(processes: one(of: commandGroups), engines: [])
            case .engineAndSupervisors: found = Target(processes: scene.supervisors, engines: engine)
            case .everything: found = Target(processes: scene.supervisors + commandGroups, engines: drivers)
            }
            let isThere = victim.hitsEngine ? !engine.isEmpty : !found.processes.isEmpty
            if isThere { return found }
            if engines.isEmpty { return nil }
            _ = usleep(2_000)
        }
        return nil
    }

    private mutating func one(of processes: [pid_t]) -> [pid_t] {
        processes.sorted().randomElement(using: &choices).map { [$0] } ?? []
    }

    /// Until nothing is left, as when the power fails. A command dies as a whole: to the shell of one that loses a
    /// part, that part has failed, and its step with it.
    private func killEverything() throws {
        try eventually("nothing of the scene lives; \(account)") {
            let others = scene.members.filter { !isCommand($0) }
            let all = scene.supervisors + others + commandGroups
            for process in all { _ = kill(process, SIGKILL) }
            return all.isEmpty
        }
    }

    /// The process groups of commands and probes, negative.
    private var commandGroups: [pid_t] {
        Set(scene.members.filter(isCommand).map { getpgid($0) }.filter { $0 > 1 }).sorted().map { -$0 }
    }

    private func isCommand(_ pid: pid_t) -> Bool {
        (fileText("/proc/\(pid)/environ") ?? "").contains("\0WORKFLOW_ATTEMPT=")
    }

    /// Those of runs; the others are the store's own.
    private var lockFiles: [String] {
        TestFolder.names(scene.file(".workflow/locks")).filter { $0.utf8.count > 30 && $0.hasSuffix(".lock") }
    }

    // MARK: - The end

    private mutating func check() throws {
        let comment: Comment = "\(account)"
        #expect(try scene.status(run) == "completed", comment)
        try scene.expectVerified(run)
        let journal = try scene.journal(run)
        LedgerRules(
            definition: definition, ledger: try EffectLedger(of: run, in: scene), journal: journal, comment: comment
        ).check()
        tally.voided = journal.count { $0["type"]?.stringValue == "attempt_voided" }
        let starts = try EffectLedger(of: run, in: scene).lines.count { $0.act == .start }
        tally.returned = journal.count { $0["type"]?.stringValue == "stage_returned" }
        let again = definition.parts.filter { $0.onReturn != .stays }.count * tally.returned
        tally.repeated = starts - definition.parts.map(\.passes).reduce(0, +) - again
        // What was shown is kept.
        let kept = Set(try scene.checkpoints(run).map(\.id))
        #expect(toldCheckpoints.isSubset(of: kept), "shown and lost: \(toldCheckpoints.subtracting(kept)); \(comment)")
        // Nothing is left that runs, and nothing that could not be swept.
        try eventually("nothing is left; \(account)") { scene.supervisors.isEmpty && scene.members.isEmpty }
        #expect(try scene.show(run)["driven"] == false, comment)
        let folders = attemptFolders
        // `prune` leaves alone what is younger than a day.
        for folder in folders { try scene.tool("touch", "-d", "2 days ago", folder) }
        let pruned = try scene.workflow("prune", "--older-than", "0h", "--status", "cancelled")
        #expect(pruned.status == 0, "\(pruned)\n\(account)")
        #expect(attemptFolders.isEmpty, comment)
        tally.swept = folders.count
    }

    private var attemptFolders: [String] {
        let root = scene.file(".workflow/attempts")
        return TestFolder.names(root).flatMap { shard in
            TestFolder.names("\(root)/\(shard)").map { "\(root)/\(shard)/\($0)" }
        }
    }
}
