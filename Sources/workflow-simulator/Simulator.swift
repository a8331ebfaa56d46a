import ArgumentParser
import WorkflowCore
import WorkflowTestKit

/// Runs simulated runs by their seeds. A test tool: nobody ships it.
///
/// A million crashes, and one seed step by step:
/// ```
/// swift run -c release workflow-simulator --seeds 350000
/// swift run -c release workflow-simulator --seed 68000 --trace
/// ```
/// It ends with status 1 where a seed broke a promise, and prints for each such seed what found it, the definition, the
/// journal, and the command that runs it again.
@main
struct Simulator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workflow-simulator",
        abstract: "Simulate runs under crashes, take-overs, store faults and people who meddle.",
        discussion: """
            Each seed is one definition and one run of it, from creation to its end, on a simulated clock: the same on \
            every machine. Every promise is checked by code of its own. From seed 10,000,000 on decisions are taken in \
            parts of one to four entries, as those of a run with thousands of items are in parts of a thousand.

            Example: workflow-simulator --seeds 100000 -j 2
            """)

    @Option(help: "How many seeds to run.") var seeds: UInt64 = 1000
    @Option(help: "The first one.") var from: UInt64 = 1
    @Option(help: "Run this seed alone.") var seed: UInt64?
    @Flag(help: "Print every decision of the seed as it is taken.") var trace = false
    @Option(name: [.customShort("j"), .long], help: "Seeds to run at once, 1 to 64.") var jobs = 2
    @Option(help: "Break this mechanism; `list` prints those that there are.") var breaking: String?
    @Option(help: "Stop after so many seeds that broke a promise.") var failures = 5

    func validate() throws {
        guard seeds > 0, !from.addingReportingOverflow(seeds - 1).overflow else {
            throw ValidationError("--seeds takes 1 or more, and the last seed has to fit into 64 bits")
        }
        guard (1...64).contains(jobs), failures > 0 else {
            throw ValidationError("-j takes 1 to 64, --failures 1 or more")
        }
        guard !trace || seed != nil else { throw ValidationError("--trace is for one --seed") }
        if let breaking, breaking != "list", Simulator.mutation(breaking) == nil {
            throw ValidationError("there is no mechanism \(breaking): --breaking list prints those that there are")
        }
    }

    private static func mutation(_ name: String) -> Mutation? { Mutation.allCases.first { "\($0)" == name } }

    func run() async throws {
        if breaking == "list" {
            for mutation in Mutation.allCases { print("\(mutation): \(mutation.rawValue)") }
            return
        }
        let mutation = breaking.flatMap(Simulator.mutation)
        let started = ContinuousClock().now
        let range = (seed ?? from)...(seed ?? (from + seeds - 1))
        let batches = Batches(range, jobs: jobs)
        var tally = Tally()
        await withTaskGroup(of: Tally.self) { group in
            for _ in 0..<jobs {
                if let batch = batches.next(&tally) { group.addTask { simulate(batch, mutation) } }
            }
            while let part = await group.next() {
                tally.add(part)
                for fault in part.faults { print(fault + "\n") }
                guard tally.faults.count < failures, let batch = batches.next(&tally) else { continue }
                group.addTask { simulate(batch, mutation) }
            }
        }
        print(
            "seeds \(range.lowerBound) to \(range.upperBound): \(tally.runs) runs in \(ContinuousClock().now - started)"
        )
        for event in Simulation.Event.allCases { print("  \(tally.total[event]) \(event.rawValue)") }
        print(
            "  ended: "
                + RunStatus.allCases.compactMap { status in
                    tally.endings[status].map { "\($0) \(status.rawValue)" }
                }.joined(separator: ", "))
        print("  \(tally.faults.count) seeds broke a promise")
        if !tally.faults.isEmpty { throw ExitCode.failure }
    }

    private func simulate(_ seeds: ClosedRange<UInt64>, _ mutation: Mutation?) -> Tally {
        var tally = Tally()
        let watch: ((String) -> Void)? = trace ? { print($0) } : nil
        do throws(SimulationFault) {
            try Simulation.run(seeds: seeds, breaking: mutation, watch: watch) { _, result in
                switch result {
                case .success(let outcome):
                    tally.runs += 1
                    tally.total.add(outcome)
                    tally.endings[outcome.status, default: 0] += 1
                case .failure(let fault): tally.faults.append(fault.message)
                }
                return tally.faults.count < failures
            }
        } catch {
            tally.faults.append(error.message)
        }
        return tally
    }
}

/// What came of seeds.
private struct Tally: Sendable {
    var runs = 0
    var total = Simulation.Outcome()
    var endings: [RunStatus: Int] = [:]
    var faults: [String] = []
    /// Seeds given out, from the first one of the range.
    var givenOut: UInt64 = 0

    mutating func add(_ other: Tally) {
        runs += other.runs
        total.add(other.total)
        for (status, count) in other.endings { endings[status, default: 0] += count }
        faults += other.faults
    }
}

/// Seeds, so many at a time that workers seldom ask.
private struct Batches {
    private let seeds: ClosedRange<UInt64>
    private let size: UInt64

    init(_ seeds: ClosedRange<UInt64>, jobs: Int) {
        self.seeds = seeds
        size = Swift.min(1000, Swift.max(1, (seeds.upperBound - seeds.lowerBound) / UInt64(jobs * 4)))
    }

    /// The seeds that nobody has taken yet; nil when there are none.
    func next(_ tally: inout Tally) -> ClosedRange<UInt64>? {
        let left = (seeds.upperBound - seeds.lowerBound).subtractingReportingOverflow(tally.givenOut)
        guard !left.overflow else { return nil }
        let first = seeds.lowerBound + tally.givenOut
        let last = first + Swift.min(size - 1, left.partialValue)
        tally.givenOut += last - first + 1
        return first...last
    }
}
