import ArgumentParser
import Foundation
import WorkflowCore
import WorkflowDefinitions
import WorkflowEngine
import WorkflowExecutors
import WorkflowStore
import WorkflowStoreSQLite

/// The measurements of the README: the engine beside the floor that the disk and SQLite set, in one run on one disk.
@main
struct Benchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workflow-benchmark",
        abstract: "Measure durable steps per second beside a loop over SQLite's C API.",
        discussion: """
            Each round writes to a new store in the folder given, and runs engine and floors in turn, so that the ratio \
            holds where the machine's speed drifts. Figures are medians of the rounds.

            Example: workflow-benchmark --steps 2000 --rounds 5
            """)

    @Option(help: "Sequential steps in a round, 1 to 100000.") var steps = 1000
    @Option(help: "Rounds, 1 to 100.") var rounds = 5
    @Option(help: "The folder to measure on; a new folder in it is made and removed.") var folder = "."

    func validate() throws {
        guard (1...100_000).contains(steps), (1...100).contains(rounds) else {
            throw ValidationError("--steps takes 1 to 100000, --rounds 1 to 100")
        }
    }

    func run() async throws {
        let base = URL(fileURLWithPath: folder).appendingPathComponent(
            ".workflow-benchmark-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: base, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: base) }
        var engine: [Double] = []
        var sameRows: [Double] = []
        var oneRow: [Double] = []
        for round in 1...rounds {
            let place = base.appendingPathComponent("\(round)").path
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            engine.append(try await engineRate(in: place))
            sameRows.append(try Floor(path: place + "/same.db", kind: .rowsOfAStep).rate(commits: steps))
            oneRow.append(try Floor(path: place + "/one.db", kind: .oneSmallRow).rate(commits: steps))
        }
        print("\(steps) sequential in-process steps, \(rounds) rounds, steps/s: minimum, median, maximum")
        report("engine, one run", engine)
        report("floor: the rows of a step, one commit each", sameRows)
        report("floor: one small row, one commit each", oneRow)
        report("ratio to the rows of a step", zip(engine, sameRows).map { $0 / $1 }, digits: 2)
        report("ratio to one small row", zip(engine, oneRow).map { $0 / $1 }, digits: 2)
    }

    private func report(_ name: String, _ values: [Double], digits: Int = 0) {
        let sorted = values.sorted()
        let figures = [sorted[0], sorted[sorted.count / 2], sorted[sorted.count - 1]]
        let text = figures.map { String(format: "%10.\(digits)f", $0) }.joined(separator: " ")
        print("  " + name.padding(toLength: 46, withPad: " ", startingAt: 0) + text)
    }

    /// Steps per second of one run of sleeps of no length: attempts like any other, without a process.
    private func engineRate(in folder: String) async throws -> Double {
        var yaml = "name: benchmark\nstages:\n  - name: measuring\n    steps:\n"
        for number in 1...steps { yaml += "      - {name: step_\(number), uses: sleep, with: {for: 0s}}\n" }
        let result = DefinitionLoader().load(Array(yaml.utf8), file: "benchmark.yaml")
        guard let definition = result.definition else {
            throw ValidationError(result.diagnostics.map(\.text).joined(separator: "\n"))
        }
        let location = StoreLocation(folder: StoreFolder(path: folder + "/.workflow"), origin: .option)
        let store = try SQLiteStore.open(location, mode: .create)
        let host = try WorkflowExecutors.HostIdentity.current()
        let executor = try ShellExecutor(
            attemptsFolder: location.folder.attempts, supervisorPath: "/nonexistent/workflow-supervisor",
            place: AttemptPlace(host: host, storeID: store.id.text))
        let engine = Engine(
            store: store, executor: executor,
            environment: EngineEnvironment(
                variables: [:], user: "benchmark", umask: 0o022, workingDirectory: folder, host: host,
                processID: Int(ProcessInfo.processInfo.processIdentifier), engineVersion: "benchmark",
                logsFolder: location.folder.logs),
            clock: RealClock())
        let watch = ContinuousClock()
        let began = watch.now
        let driven = try await engine.start(
            StartRequest(
                definition: definition, parameters: [:], runID: nil, labels: [:], actor: "benchmark"),
            patience: .timers, control: RunControl(), observer: Silence())
        let length = began.duration(to: watch.now)
        await store.close()
        guard driven.end == .ended(.completed) else { throw ValidationError("the run ended as \(driven.end)") }
        return Double(steps) / (Double(length.components.seconds) + Double(length.components.attoseconds) / 1e18)
    }
}

private struct Silence: RunObserver {
    func observe(_ event: RunEvent) {}
}

private struct RealClock: EngineClock {
    func now() -> Timestamp {
        Timestamp(millisecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1000))
    }

    func sleep(for wait: Milliseconds) async {
        try? await Task.sleep(for: wait.duration)
    }
}
