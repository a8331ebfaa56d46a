import ArgumentParser
import Foundation

/// From `kill -9` of the engine to the next step's first act, with the real binaries and a journal of a given length.
struct Recovery: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recovery",
        abstract: "Measure the time from kill -9 of the engine to the next step's first act.",
        discussion: """
            A run finishes its steps, which are items of a foreach and start no process, and comes to pairs of shell \
            steps. While the first of a pair runs the engine is killed; then that step is let go, and `workflow \
            resume` started. What is measured ends when the second one speaks.

            The programs measured are those beside this one. The folder given gets a new one, which is removed, and \
            all that runs in it is ended, also where a measurement fails or is interrupted.

            Example: workflow-benchmark recovery --finished 10 --finished 10000 --finished 100000 --samples 100
            """)

    /// A definition holds no more steps than that.
    private static let writtenMax = 48_000

    @Option(help: "Steps that the run has finished, 1 to 100000; may be repeated. 10, 10000 and 100000 by default.")
    var finished: [Int] = []
    @Option(help: "Kills for each of them, 1 to 1000.") var samples = 100
    @Flag(help: "Finished steps that are written one by one in the definition, at most 48000, in place of items.")
    var written = false
    @Option(help: "The folder to measure on.") var folder = "."

    private var counts: [Int] { finished.isEmpty ? [10, 10_000] + (written ? [] : [100_000]) : finished }

    func validate() throws {
        let most = written ? Self.writtenMax : 100_000
        guard counts.allSatisfy((1...most).contains), (1...1000).contains(samples) else {
            throw ValidationError(
                "--finished takes 1 to \(most)\(written ? " with --written" : ""), --samples 1 to 1000")
        }
    }

    func run() async throws {
        RecoveredRun.cleansUpWhenInterrupted()
        print("ms from kill -9 to the next step's first act: minimum, p50, p99, maximum")
        for count in counts {
            var lengths: [Double] = []
            // A run grows by two steps with each kill: by a tenth at most, so that it is of the length that is told.
            let killsOfRun = max(1, min(count / 20, written ? 500 : 1000))
            while lengths.count < samples {
                let kills = min(killsOfRun, samples - lengths.count)
                lengths += try RecoveredRun.measured(finished: count, areWritten: written, kills: kills, in: folder)
            }
            lengths.sort()
            // Nearest rank: the smallest value that so many percent do not exceed.
            let ranks = [0, 50, 99, 100].map { max(0, ($0 * lengths.count + 99) / 100 - 1) }
            let figures = ranks.map { String(format: "%8.1f", lengths[$0]) }.joined(separator: " ")
            let name = "\(count) finished \(written ? "written " : "")steps, \(lengths.count) kills"
            print("  " + name.padding(toLength: 46, withPad: " ", startingAt: 0) + figures)
        }
    }
}
