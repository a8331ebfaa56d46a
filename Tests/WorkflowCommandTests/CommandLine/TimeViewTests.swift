import JSON
import Testing
import WorkflowCore
import WorkflowViews

@testable import WorkflowCLI

@Suite("Times in views")
struct TimeViewTests {
    private static let minute: Int64 = 60_000

    private func at(_ milliseconds: Int64) -> Timestamp {
        Timestamp(millisecondsSinceEpoch: 1_700_000_000_000 + milliseconds)
    }

    /// The columns that a stretch of work has, of 80.
    private func columns(_ busy: [(Int64, Int64)]) -> (work: Int, scale: TimeScale) {
        let stretches = busy.map { (from: at($0.0), until: at($0.1)) }
        let scale = TimeScale(
            from: at(busy[0].0), until: at(busy[busy.count - 1].1), busy: stretches, columns: 80)
        return (stretches.reduce(0) { $0 + scale.columns(from: $1.from, until: $1.until).count }, scale)
    }

    @Test("However long a run rests, its work keeps most columns")
    func rests() {
        // 12 s with a pause of 9 s; a night; a weekend between two halves; three waits that are each shorter than the
        // work.
        let cases: [([(Int64, Int64)], cuts: Int)] = [
            ([(0, 1500), (10_500, 12_000)], 1), ([(0, 5000), (30_000_000, 30_005_000)], 1),
            ([(0, 60_000), (172_800_000, 172_860_000)], 1),
            ([(0, 4000), (12_000, 16_000), (24_000, 28_000), (36_000, 40_000)], 1),
        ]
        for (busy, cuts) in cases {
            let (work, scale) = columns(busy)
            #expect(scale.cuts.count == cuts, "\(busy)")
            #expect(work >= 80 / 3, "\(busy): \(work)")
            #expect(scale.cuts.allSatisfy { $0.columns.count == 7 })
        }
    }

    @Test("What is short, or less than what ran, is not cut")
    func uncut() {
        for busy: [(Int64, Int64)] in [
            [(0, 1000), (3500, 4000)], [(0, 60_000), (90_000, 120_000)], [(0, 10)],
        ] {
            #expect(columns(busy).scale.cuts.isEmpty, "\(busy)")
        }
    }

    @Test(
        "What was skipped is told as skipped, and only what can still begin as not begun",
        arguments: [
            ("true", "1 step was skipped", nil, 0), ("false", "1 step was skipped", "1 step has not begun", 1),
            ("exit 3", "1 step was skipped", "1 step has not begun", 1),
        ] as [(String, String, String?, Int32)])
    func skipped(_ script: String, _ skipped: String, _ left: String?, _ status: Int32) throws {
        let folder = try TestFolder()
        try folder.write(
            "s.yaml",
            """
            name: s
            stages:
              - name: work
                steps:
                  - {name: out, if: "false", run: echo}
                  - {name: work, needs: [], run: '\(script)'}
                  - {name: last, run: echo}
            """)
        #expect(try Command.run(["run", "s.yaml", "--quiet"], in: folder).status == status)
        let lines = try Command.run(["show", "--timeline"], in: folder).outputLines
        #expect(lines.contains(skipped), "\(lines)")
        #expect(lines.filter { $0.contains("begun") } == (left.map { [$0] } ?? []), "\(lines)")
        let json = try Command.run(["show", "-o", "json"], in: folder).json()["counts"]
        #expect(json?["steps"] == 3 && json?["steps_done"] == .int(status == 0 ? 3 : 1), "\(String(describing: json))")
        #expect(json?["failed"] == .int(status == 0 ? 0 : 1) && json?["items"] == 0)
    }

    @Test("A digit of the ASCII timeline is the number that ran at once", arguments: [1, 2, 7, 9, 10, 18, 400])
    func digits(_ count: Int) {
        let marks = TimelineMarks(isUnicode: false)
        #expect(marks.level(count, of: 400) == (count <= 9 ? Character(String(count)) : "+"))
        #expect(marks.levelsMeaning == "1..9 items at once, + more than 9")
        #expect(TimelineMarks(isUnicode: true).level(400, of: 400) == "█")
    }

    @Test("Plain lines, attempts and waits say that their times are UTC")
    func zone() throws {
        let folder = try TestFolder()
        try folder.write("two.yaml", Definitions.two)
        let run = try Command.run(["run", "two.yaml", "--run-id", "a"], in: folder, environment: ["TZ": "Asia/Tokyo"])
        let timed = run.errorLines.filter {
            $0.contains("first") || $0.contains("second") || $0.hasSuffix("a completed")
        }
        #expect(timed.count == 5, "\(run)")
        for line in timed { #expect(line.wholeMatch(of: /\d\d:\d\d:\d\d\.\d{3}Z  .*/) != nil, "\(line)") }
        let attempts = try Command.run(["show", "a", "--attempts"], in: folder)
        #expect(attempts.output.contains("STEP    ATTEMPT  BEGAN (UTC)  TOOK"), "\(attempts)")
        let line = try #require(attempts.outputLines.first { $0.hasPrefix("first   1        ") }, "\(attempts)")
        #expect(String(line.dropFirst(17).prefix(8)).wholeMatch(of: /\d\d:\d\d:\d\d/) != nil, "\(line)")
    }

    @Test("The day is told where it is not today, or changes")
    func days() {
        let screen = { (now: Int64) in
            Screen(columns: 80, isTerminal: false, hasColour: false, hasUnicode: true, now: at(now))
        }
        func attempt(_ from: Int64) -> AttemptAccount {
            var history = RunHistory()
            let started = AttemptStarted(
                step: "s", attempt: 1, id: UniqueID(randomHigh: 1, randomLow: 2), idempotencyKey: "k", host: nil)
            history.take(Entry(sequence: 1, at: at(from), actor: "engine", fact: .attemptStarted(started)))
            return history.attempts[0]
        }
        let day = 24 * 60 * Self.minute
        #expect(AttemptList([attempt(0)], screen: screen(1000)).lines()[1].contains("  22:13:20 "))
        for (attempts, now) in [([attempt(0)], day), ([attempt(0), attempt(day)], day), ([attempt(-day)], 0)] {
            let lines = AttemptList(attempts, screen: screen(now)).lines()
            #expect(lines.dropFirst().allSatisfy { $0.contains("  2023-11-1") }, "\(lines)")
        }
    }
}
