import JSON
import Terminal
import Testing
import WorkflowCore
import WorkflowDefinitions
import WorkflowTestKit
import WorkflowViews

@testable import WorkflowCLI

@Suite("The live view of a run")
struct ProgressModelTests {
    private static let yaml = """
        name: view
        stages:
          - name: planning
            steps:
              - {name: plan, run: echo}
          - name: configuring
            steps:
              - name: upgrade
                foreach: {items: "${{ [1, 2, 3] }}", as: n, continue_on_error: true}
                steps:
                  - {name: drain, run: echo}
                  - {name: reboot, run: echo}
              - {name: flaky, needs: [], run: exit 1, retry: {limit: 3, delay: 8s}}
              - {name: ask, needs: [], uses: approval, with: {prompt: "Go?", approvers: [ada]}}
              - {name: odd, needs: [], run: echo}
              - {name: later, run: echo}
          - name: validating
            steps:
              - {name: smoke, run: echo}
        """

    private static func at(_ milliseconds: Int64) -> Timestamp {
        Timestamp(millisecondsSinceEpoch: 1_700_000_000_000 + milliseconds)
    }

    private static func start(_ step: String, _ attempt: Int = 1, wait: Wait? = nil, question: Question? = nil) -> Fact
    {
        .attemptStarted(
            AttemptStarted(
                step: step, attempt: attempt, id: UniqueID(randomHigh: 1, randomLow: 2), idempotencyKey: "k", host: nil,
                wait: wait, question: question))
    }

    private static func success(_ step: String) -> Fact {
        .stepSucceeded(StepSucceeded(step: step, attempt: 1, outputs: [:]))
    }

    /// A run in the middle of its second stage, entry by entry.
    private static var facts: [Fact] {
        let failure = Failure(kind: .transient, code: "exit_status", message: "exit status 1", exitCode: 1)
        let wait = Wait(due: at(60_000), length: .seconds(55))
        return [
            .stageEntered(StageEntered(stage: "planning")), start("plan"), success("plan"),
            .stageCompleted(StageCompleted(stage: "planning")), .stageEntered(StageEntered(stage: "configuring")),
            .itemsEvaluated(ItemsEvaluated(step: "upgrade", items: [.int(1), .int(2), .int(3)], keys: nil)),
            .groupEntered(GroupEntered(step: "upgrade[0]")), start("upgrade[0].drain"),
            .groupEntered(GroupEntered(step: "upgrade[1]")), start("upgrade[1].drain"), success("upgrade[0].drain"),
            start("upgrade[0].reboot"), start("flaky"),
            .attemptFailed(AttemptFailed(step: "flaky", attempt: 1, failure: failure, retry: wait)),
            start("ask", wait: wait, question: .approval(prompt: "Go?", approvers: ["ada"])),
            .stepFailed(StepFailed(step: "upgrade[1].drain", failure: failure, isTolerated: false)), start("odd"),
            .attemptInDoubt(AttemptInDoubt(step: "odd", attempt: 1, reason: "its supervisor was killed")),
        ]
    }

    private static func model() throws -> ProgressModel {
        let loaded = DefinitionLoader().load(Array(yaml.utf8), file: "view.yaml")
        return ProgressModel(RunState(Program(try #require(loaded.definition, "\(loaded.diagnostics)").definition)))
    }

    @Test("Counts kept entry by entry equal those of a state that is looked at as a whole")
    func counts() throws {
        var model = try Self.model()
        _ = model.view(run: RunID("r"), workflow: "view", rows: 24)
        for (index, fact) in Self.facts.enumerated() {
            model.apply(
                Entry(sequence: Int64(index + 1), at: Self.at(Int64(index) * 1000), actor: "engine", fact: fact))
            #expect(!model.needsReload, "\(fact)")
            var whole = ProgressModel(model.state)
            let expected = whole.view(run: RunID("r"), workflow: "view", rows: 24)
            #expect(model.view(run: RunID("r"), workflow: "view", rows: 24) == expected, "\(fact)")
            #expect(model.active == whole.active)
        }
    }

    private static func lines(
        _ columns: Int, _ rows: Int, traits: TerminalTraits = TerminalTraits(depth: .none)
    ) throws -> [String] {
        var model = try model()
        for (index, fact) in facts.enumerated() {
            model.apply(Entry(sequence: Int64(index + 1), at: at(Int64(index) * 1000), actor: "engine", fact: fact))
        }
        var view = model.view(run: RunID("run-1"), workflow: "view", rows: rows)
        view.began = at(0)
        view.left = .seconds(150)
        let layout = ProgressLayout(
            size: ScreenSize(columns: columns, rows: rows), traits: traits, now: at(20_000),
            commands: CommandTexts(store: nil))
        return layout.frame(view).lines.map { line in
            #expect(line.width < columns)
            return line.text
        }
    }

    @Test("Tree, text and a state counted as a whole tell the same numbers at every entry")
    func sameNumbers() throws {
        var model = try Self.model()
        for (index, fact) in Self.facts.enumerated() {
            model.apply(Entry(sequence: Int64(index + 1), at: Self.at(Int64(index)), actor: "engine", fact: fact))
            let view = model.view(run: RunID("r"), workflow: "view", rows: 24)
            #expect(view.count == StepCount(model.state), "\(fact)")
            #expect(view.count.all == 7)
        }
        #expect(StepCount(model.state).text == "1 of 7 steps and 0 of 3 items are done, 1 has failed")
    }

    @Test("Failed items that a screen has no room for are counted on it", arguments: [10, 12, 24, 50])
    func leftOutFailures(_ rows: Int) throws {
        let items = 40
        let yaml = """
            name: fan
            stages:
              - name: work
                steps:
                  - name: host
                    run: echo
                    foreach: {items: "${{ [\((0..<items).map(String.init).joined(separator: ", "))] }}", as: n, \
            continue_on_error: true}
            """
        let loaded = DefinitionLoader().load(Array(yaml.utf8), file: "fan.yaml")
        var model = ProgressModel(
            RunState(Program(try #require(loaded.definition, "\(loaded.diagnostics)").definition)))
        var facts: [Fact] = [
            .stageEntered(StageEntered(stage: "work")),
            .itemsEvaluated(ItemsEvaluated(step: "host", items: (0..<items).map { .int(Int64($0)) }, keys: nil)),
        ]
        let failure = Failure(kind: .transient, code: "exit_status", message: "exit status 1", exitCode: 1)
        for item in 0..<items {
            facts.append(Self.start("host[\(item)]"))
            if item < 27 {
                facts.append(.stepFailed(StepFailed(step: "host[\(item)]", failure: failure, isTolerated: false)))
            }
        }
        for (index, fact) in facts.enumerated() {
            model.apply(Entry(sequence: Int64(index + 1), at: Self.at(Int64(index)), actor: "engine", fact: fact))
        }
        #expect(!model.needsReload)
        let view = model.view(run: RunID("r"), workflow: "fan", rows: rows)
        #expect(view.count.failed == 27)
        let lines = ProgressLayout(
            size: ScreenSize(columns: 80, rows: rows), traits: TerminalTraits(depth: .none), now: Self.at(20_000),
            commands: CommandTexts(store: nil)
        ).frame(view).lines.map(\.text)
        #expect(lines.count <= rows - 1)
        let shown = lines.count { $0.hasPrefix("    ✗ ") }
        let told = lines.last.map { $0.hasPrefix("… not shown: ") ? $0 : "" } ?? ""
        if shown < 27 {
            #expect(told.contains("\(27 - shown) failed"), "\(lines)")
        } else {
            #expect(!told.contains("failed"), "\(lines)")
        }
        #expect(lines[1].hasSuffix("0/1 step, 0/40 items, 27 failed"), "\(lines)")
    }

    @Test("80 columns and 24 rows show everything of a small run")
    func usual() throws {
        let lines = try Self.lines(80, 24)
        #expect(
            lines == [
                "● run-1  running 20s  view",
                "  [███████░░░░░░░░░░░░░░░░░░░░░░] 1/7 steps, 0/3 items, 1 failed, about 3m left",
                "✓ planning     1 step  1.0s",
                "● configuring  0/5 steps, 0/3 items, 1 failed  15s",
                "  ● upgrade           15s  0/3, 2 running",
                "    ● [0].reboot       9s",
                "    ✗ [1].drain      6.0s  failed: exit status 1",
                "  ↻ flaky              8s  exit status 1; attempt 2 of 4 in 40s",
                "  ◆ ask                6s  waits for approval by ada, 40s left",
                "      Go?",
                "      workflow approve run-1 ask",
                "      workflow reject run-1 ask",
                "  ? odd                    in doubt: its supervisor was killed",
                "      workflow resolve run-1 odd --done|--retry|--fail|--skip",
                "  ○ later",
                "○ validating   1 step",
            ])
    }

    @Test("Where rows are few, what is in doubt and what waits for a person stays, then what runs")
    func small() throws {
        let lines = try Self.lines(40, 10)
        #expect(lines.count == 9)
        for sign in ["● run-1", "  ? odd", "  ◆ ask", "      workflow approve"] {
            #expect(lines.contains { $0.hasPrefix(sign) }, "\(sign): \(lines)")
        }
        #expect(lines.last?.hasPrefix("… not shown: ") == true, "\(lines)")
    }

    @Test("A wide screen has room for all of it; without UTF-8 everything is ASCII")
    func others() throws {
        #expect(try Self.lines(200, 50).count == 16)
        let ascii = try Self.lines(80, 24, traits: TerminalTraits(depth: .none, hasSigns: false, isUTF8: false))
        #expect(ascii.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } })
        #expect(ascii[1].hasPrefix("  [#######---"))
    }

    @Test("10,000 steps: an entry and a redraw cost no more than what they change and show")
    func many() throws {
        let yaml = """
            name: many
            stages:
              - name: only
                steps:
                  - {name: all, foreach: {items: "${{ [1] }}", as: n}, run: echo}
            """
        let loaded = DefinitionLoader().load(Array(yaml.utf8), file: "many.yaml")
        var model = ProgressModel(RunState(Program(try #require(loaded.definition).definition)))
        var sequence: Int64 = 0
        func apply(_ fact: Fact) {
            sequence += 1
            model.apply(Entry(sequence: sequence, at: Self.at(sequence), actor: "engine", fact: fact))
        }
        apply(.stageEntered(StageEntered(stage: "only")))
        apply(.itemsEvaluated(ItemsEvaluated(step: "all", items: (0..<10_000).map { .int($0) }, keys: nil)))
        _ = model.view(run: RunID("r"), workflow: "many", rows: 24)
        var drawing = Duration.zero
        let applying = ProcessorTime.measure {
            for item in 0..<10_000 {
                apply(Self.start("all[\(item)]"))
                if item >= 8 { apply(Self.success("all[\(item - 8)]")) }
            }
        }
        let layout = ProgressLayout(
            size: ScreenSize(columns: 80, rows: 24), traits: TerminalTraits(depth: .many), now: Self.at(sequence),
            commands: CommandTexts(store: nil))
        let painter = Painter(palette: layout.traits.palette)
        var old: Frame?
        for _ in 0..<20 {
            drawing += ProcessorTime.measure {
                let new = layout.frame(model.view(run: RunID("r"), workflow: "many", rows: 24))
                _ = painter.bytes(from: old, to: new)
                old = new
            }
        }
        let view = model.view(run: RunID("r"), workflow: "many", rows: 24)
        #expect(view.tally.total == 10_000 && view.tally.done == 9_992)
        #expect(view.stages[0].steps.count == 9)
        // Generous: these are debug builds on a busy machine. A redraw that looked at every step would take far longer.
        print("10,000 steps: \(applying / 20_000) an entry, \(drawing / 20) a redraw")
        #expect(drawing / 20 < .milliseconds(20))
        #expect(applying / 20_000 < .milliseconds(2))
    }

    @Test("The last line that a step has printed is told without colours and what a carriage return wiped out")
    func lastLine() {
        let cases: [(bytes: String, line: String?)] = [
            ("one\ntwo\n", "two"), ("one\n\n  \n", "one"), ("10%\r50%\r90%", "90%"), ("done\r\n", "done"),
            ("\u{1b}[32mgreen\u{1b}[0m", "green"), ("a\u{7}b", "a\\u{7}b"), ("", nil), ("\u{1b}[K", nil),
        ]
        for (bytes, line) in cases { #expect(LastOutput.line(in: Array(bytes.utf8)) == line) }
    }

    @Test("What is left is told from earlier runs; time spent waiting for people does not count")
    func estimate() {
        var estimate = TimeEstimate()
        #expect(estimate.left(at: Self.at(0)) == nil)
        func entry(_ sequence: Int64, _ seconds: Int64, _ fact: Fact) -> Entry {
            Entry(sequence: sequence, at: Self.at(seconds * 1000), actor: "engine", fact: fact)
        }
        estimate.learn([
            entry(1, 0, .stageEntered(StageEntered(stage: "planning"))), entry(2, 10, Self.success("plan")),
            entry(3, 10, Self.start("ask", wait: nil, question: .approval(prompt: "Go?", approvers: []))),
            entry(4, 3610, Self.success("ask")), entry(5, 3640, Self.success("smoke")),
        ])
        estimate.began(at: Self.at(0))
        #expect(estimate.left(at: Self.at(5000)) == .seconds(35))
        estimate.ended("plan", at: Self.at(20_000))
        #expect(estimate.left(at: Self.at(20_000)) == .seconds(30))
        estimate.ended("unknown", at: Self.at(30_000))
        #expect(estimate.left(at: Self.at(60_000)) == .zero)
    }
}
