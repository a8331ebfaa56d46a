import ArgumentParser
import Foundation
import WorkflowCore

/// The measurements of the README: the engine beside the floor that the disk and SQLite set, in one run on one disk.
@main
struct Benchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workflow-benchmark", abstract: "Measure what the engine costs, on the disk of a folder.",
        subcommands: [Measure.self, Recovery.self, Drive.self], defaultSubcommand: Measure.self)
}

/// What can be asked for by itself.
enum Measurement: String, CaseIterable, ExpressibleByArgument {
    // Whole processes come first: a child's memory is never told less than what this process had when it began.
    case start, shells, resume, sequence, runs, items, growth, work, instructions
}

enum ReportFormat: String, CaseIterable, ExpressibleByArgument {
    case text, json
}

struct Measure: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure, and print each figure as minimum, median and maximum of the rounds.",
        discussion: """
            Rounds run engine and floors in turn, so that a ratio holds where the machine's speed drifts. The floors \
            are loops over SQLite's C API on the same disk, in WAL mode with synchronous=FULL. Each figure is printed \
            as soon as it is there; standard error says what is being measured.

            sequence      one run of steps that follow each other, beside the floors, and the syncs of a step
            runs          1,000 runs of 5 steps at once
            items         a foreach of 100,000 items, with the memory of the process
            growth        the time of a step when 100 to 100,000 are finished
            resume        from the start of the process to the start of the one step that is left
            start         the whole process of a run of one step
            shells        100 shell steps beside a loop that starts the same shells
            work          system calls, switches, page faults and bytes of a step, which are steadier than its time
            instructions  of a step, counted by valgrind where there is one

            Example: workflow-benchmark --only sequence --rounds 5 -o json
            """)

    @Option(help: "Rounds, 1 to 100. 5 by default, 3 with --quick.") var rounds: Int?
    @Flag(help: "All of it in about two minutes: fewer rounds, and nothing larger than 10,000 steps or 20,000 items.")
    var quick = false
    @Option(help: "The folder to measure on; a new folder in it is made and removed.") var folder = "."
    @Option(help: "Measure this alone; may be repeated.") var only: [Measurement] = []
    @Option(help: "The largest number of finished items to resume: 9999, 99999 or 999999. 99999 by default.")
    var resumeItems: Int?
    @Option(help: "Sequential steps of a run, 1 to 100000; may be repeated. 1000 and 10000 by default.")
    var steps: [Int] = []
    @Option(help: "The items of the foreach, 1 to 1000000. 100000 by default.") var items: Int?
    @Option(name: .shortAndLong, help: "text or json.") var output = ReportFormat.text

    func validate() throws {
        guard (1...100).contains(rounds ?? 1), (1...1_000_000).contains(items ?? 1),
            steps.allSatisfy((1...100_000).contains)
        else {
            throw ValidationError("--rounds takes 1 to 100, --items 1 to 1000000, --steps 1 to 100000")
        }
    }

    func run() async throws {
        let base = URL(fileURLWithPath: folder).standardizedFileURL.appendingPathComponent(
            ".workflow-benchmark-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: base, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: base) }
        let report = Report(format: output)
        let bench = try Bench(folder: base.path, rounds: rounds ?? (quick ? 3 : 5), report: report)
        for measurement in Measurement.allCases where only.isEmpty || only.contains(measurement) {
            report.begin(measurement)
            switch measurement {
            case .sequence: try await bench.sequence(!steps.isEmpty ? steps : quick ? [1000] : [1000, 10_000])
            case .runs: try await bench.runs()
            case .items: try await bench.items(items ?? (quick ? 20_000 : 100_000))
            case .growth: try await bench.growth(upTo: quick ? 10_000 : 100_000)
            case .resume: try await bench.resume(upTo: resumeItems ?? (quick ? 9_999 : 99_999))
            case .start: try await bench.start()
            case .shells: try await bench.shells()
            case .work: try await bench.work()
            case .instructions: try await bench.instructions()
            }
        }
        guard output == .json else { return }
        let data = try JSONSerialization.data(
            withJSONObject: ["figures": report.figures.map(\.object)], options: [.prettyPrinted, .sortedKeys])
        print(String(decoding: data, as: UTF8.self))
    }
}

/// One run in a process of its own, for `Measure`: its memory is its own then.
struct Drive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(shouldDisplay: false)

    @Option var folder: String
    @Option var items: Int?
    @Option var steps: Int?
    /// The command of a step at the end, which finds no supervisor here and fails.
    @Option var last: String?

    func run() async throws {
        let yaml =
            items.map { MeasuredWorkflow.items($0, last: last) }
            ?? MeasuredWorkflow.sequence(steps ?? 1, last: last)
        let engine = try MeasuredEngine(in: folder)
        try await engine.drive(
            MeasuredEngine.definition(yaml), id: "run-1", to: last == nil ? .completed : .failed)
        await engine.close()
    }
}

/// Where is measured, and how often.
struct Bench {
    let folder: String
    let rounds: Int
    let report: Report
    /// This program, for runs in a process of their own.
    let ownPath: String
    /// The `workflow` beside this program.
    let workflowPath: String

    init(folder: String, rounds: Int, report: Report) throws {
        self.folder = folder
        self.rounds = rounds
        self.report = report
        guard let path = Bundle.main.executablePath else { throw MeasurementFailure("this program has no path") }
        ownPath = path
        workflowPath = URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent("workflow").path
    }

    /// A new folder, and what is done in it; it is removed again.
    func inFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let place = folder + "/place"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }
        return try await body(place)
    }

    func requireProgram() throws {
        guard FileManager.default.isExecutableFile(atPath: workflowPath) else {
            throw MeasurementFailure("there is no \(workflowPath): build the whole package")
        }
    }
}
