import CMeasuring
import Foundation
import Synchronization
import WorkflowStoreSQLite

// What the engine does as a library, without processes.

extension Bench {
    /// One run of steps that follow each other, beside what SQLite can do.
    func sequence(_ lengths: [Int]) async throws {
        for steps in lengths {
            report.note("\(rounds) rounds of \(steps) steps")
            var (engine, sameRows, oneRow, hundredRows) = ([Double](), [Double](), [Double](), [Double]())
            var (commits, syncs) = ([Double](), [Double]())
            let definition = try MeasuredEngine.definition(MeasuredWorkflow.sequence(steps))
            for _ in 1...rounds {
                try await inFolder { place in
                    let measured = try MeasuredEngine(in: place)
                    let before = (measured.store.writeCounts.transactions, cmeasuring_syncs())
                    engine.append(Double(steps) / (try await measured.drive(definition)))
                    syncs.append(Double(cmeasuring_syncs() - before.1) / Double(steps))
                    commits.append(
                        Double(measured.store.writeCounts.transactions - before.0) / Double(steps))
                    await measured.close()
                    sameRows.append(try Floor(path: place + "/same.db", kind: .rowsOfAStep).rate(commits: steps))
                    oneRow.append(try Floor(path: place + "/one.db", kind: .oneSmallRow).rate(commits: steps))
                    let rate = try Floor(path: place + "/hundred.db", kind: .hundredSmallRows)
                        .rate(commits: max(steps / 100, 10))
                    hundredRows.append(rate * 100)
                }
            }
            let name = "of \(steps) sequential steps"
            report.add(
                Figure("run \(name)", "steps/s", engine),
                Figure("floor: the rows of a step, one commit each", "commits/s", sameRows),
                Figure("floor: one small row, one commit each", "commits/s", oneRow),
                Figure("floor: small rows, 100 a commit", "rows/s", hundredRows),
                Figure(
                    "run \(name) to the rows of a step", "ratio", zip(engine, sameRows).map { $0 / $1 },
                    .atLeast(0.85)),
                Figure("run \(name) to one small row", "ratio", zip(engine, oneRow).map { $0 / $1 }, .atLeast(0.65)),
                Figure("commits of a step", "commits", commits, .atMost(1.01)),
                Figure("syncs of a step, those that move the log included", "syncs", syncs, .atMost(1.05)))
        }
    }

    /// Many runs at once share transactions.
    func runs(_ runs: Int = 1000, steps: Int = 5) async throws {
        var (engine, sameRows, syncs) = ([Double](), [Double](), [Double]())
        let definition = try MeasuredEngine.definition(MeasuredWorkflow.sequence(steps))
        let all = Double(runs * steps)
        for _ in 1...rounds {
            try await inFolder { place in
                let measured = try MeasuredEngine(in: place)
                let before = cmeasuring_syncs()
                let watch = ContinuousClock()
                let began = watch.now
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 1...runs { group.addTask { _ = try await measured.drive(definition) } }
                    try await group.waitForAll()
                }
                engine.append(all / began.duration(to: watch.now).inSeconds)
                syncs.append(Double(cmeasuring_syncs() - before) / all)
                await measured.close()
                sameRows.append(try Floor(path: place + "/same.db", kind: .rowsOfAStep).rate(commits: 1000))
            }
        }
        report.add(
            Figure("\(runs) runs of \(steps) steps at once", "steps/s", engine),
            Figure("floor: the rows of a step, one commit each", "commits/s", sameRows),
            Figure(
                "\(runs) runs at once to one commit for each step", "ratio", zip(engine, sameRows).map { $0 / $1 },
                .atLeast(5)),
            Figure("syncs of a step of \(runs) runs at once", "syncs", syncs))
    }

    /// A `foreach`, in a process of its own.
    func items(_ count: Int) async throws {
        var (rates, memory, logs) = ([Double](), [Double](), [Double]())
        for _ in 1...(count > 100_000 ? 1 : min(rounds, 3)) {
            try await inFolder { place in
                let log = LogWatch(path: place + "/.workflow/store.db-wal")
                let child = try ChildProcess.run(
                    ownPath, ["drive", "--folder", place, "--items", String(count)], isQuiet: false,
                    whileRunning: { log.begin() }
                ).ended(with: 0, "the run of \(count) items")
                logs.append(log.end())
                rates.append(Double(count) / child.seconds)
                memory.append(child.residentMiB)
            }
        }
        report.add(
            Figure("foreach of \(count) items, whole process", "items/s", rates),
            Figure("memory of \(count) items", "MiB", memory, .atMost(300)),
            Figure("largest log of the store meanwhile", "MiB", logs, .atMost(80)))
    }

    /// A step's time by the number of finished ones.
    ///
    /// - Parameter largest: 10,000 or 100,000, of which a run takes a minute.
    func growth(upTo largest: Int) async throws {
        let windows = [(100, 50, 150), (1000, 900, 1100), (10_000, 9500, 9_999), (100_000, 98_000, 99_999)]
            .filter { $0.0 <= largest }
        var times: [[Double]] = windows.map { _ in [] }
        let definition = try MeasuredEngine.definition(MeasuredWorkflow.sequenceOfItems(largest))
        // The start of a small run is measured right behind the end of the large one.
        let small = try MeasuredEngine.definition(MeasuredWorkflow.sequenceOfItems(300))
        var ratios: [Double] = []
        for _ in 1...min(rounds, 3) {
            try await inFolder { place in
                let measured = try MeasuredEngine(in: place)
                let ends = EndTimes()
                try await measured.drive(definition, observer: ends)
                for (index, window) in windows.enumerated() {
                    times[index].append(ends.microseconds(from: window.1, to: window.2))
                }
                let freshEnds = EndTimes()
                try await measured.drive(small, observer: freshEnds)
                await measured.close()
                ratios.append(
                    ends.microseconds(from: largest - 300, to: largest - 1)
                        / freshEnds.microseconds(from: 0, to: 299))
            }
        }
        report.add(zip(windows, times).map { Figure("a step when \($0.0) are finished", "µs", $1) })
        report.add(
            Figure(
                "a step at \(largest) finished to one at 100, measured next to each other", "ratio", ratios,
                .atMost(1.1)))
    }
}

/// Looks at the size of a file while others write it.
final class LogWatch: Sendable {
    private struct State {
        var largest: UInt64 = 0
        var isOver = false
    }
    private let state = Mutex(State())
    private let path: String

    init(path: String) {
        self.path = path
    }

    func begin() {
        Thread.detachNewThread { [self] in
            while !state.withLock({ $0.isOver }) {
                let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? UInt64) ?? 0
                state.withLock { $0.largest = max($0.largest, size) }
                Thread.sleep(forTimeInterval: 0.02)
            }
        }
    }

    /// The largest size seen, in MiB.
    func end() -> Double {
        state.withLock { state in
            state.isOver = true
            return Double(state.largest) / 1_048_576
        }
    }
}
