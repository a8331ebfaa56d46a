import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Entries that make no sense where they stand are told from those that do")
struct PlausibilityTests {
    private func run() throws -> TestRun {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: a, run: x, retry: {limit: 1, delay: 1s}}
                - {name: f, foreach: {items: [1, 2], as: i, max_parallel: 1}, run: x}
                - {name: b, run: x}
                - {name: ask, uses: approval, with: {prompt: p}}
                - {name: c, run: x}
                """))
        try run.fail("a")
        try run.wait("a")
        try run.succeed("a")
        try run.succeed("f[0]")
        try run.crashLosing("f[1]")
        try run.resolve("f[1]", .done)
        try run.fail("b", .permanent)
        try run.resolve("b", .skip)
        try run.resume()
        try run.approve("ask")
        try run.fail("c")
        try run.resolve("c", .done)
        return run
    }

    private func problem(_ facts: [Fact], _ program: Program) -> String? {
        var state = RunState(program)
        do throws(JournalContradiction) {
            for fact in facts {
                try state.refuseImplausible(fact)
                try state.apply(
                    Entry(sequence: state.head + 1, at: Timestamp(millisecondsSinceEpoch: 0), actor: "x", fact: fact))
            }
            return nil
        } catch {
            return error.message
        }
    }

    @Test("A journal that the machine decided makes sense throughout")
    func sound() throws {
        let run = try run()
        #expect(problem(run.journal.map(\.fact), run.state.program) == nil)
    }

    @Test(
        "A step that has ended does not end once more, and does not begin",
        arguments: [
            "step_failed", "step_succeeded", "step_skipped", "step_cancelled", "attempt_started", "attempt_failed",
        ])
    func ended(type: String) throws {
        let run = try run()
        let failure = Failure(kind: .permanent, code: "x", message: "x")
        let key = try #require(run.key("a", 1))
        let fact: Fact =
            switch type {
            case "step_failed": .stepFailed(StepFailed(step: "a", failure: failure, isTolerated: false))
            case "step_succeeded": .stepSucceeded(StepSucceeded(step: "a", attempt: 2, outputs: [:]))
            case "step_skipped": .stepSkipped(StepSkipped(step: "a", basis: .condition))
            case "step_cancelled": .stepCancelled(StepCancelled(step: "a"))
            case "attempt_failed": .attemptFailed(AttemptFailed(step: "a", attempt: 2, failure: failure, retry: nil))
            default:
                .attemptStarted(
                    AttemptStarted(
                        step: "a", attempt: 3, id: UniqueID(randomHigh: 1, randomLow: 2), idempotencyKey: key, host: nil
                    ))
            }
        let ended = try #require(run.journal.firstIndex { $0.fact.type == "step_succeeded" })
        for place in [ended + 1, run.journal.count - 1] {
            var facts = run.journal.map(\.fact)
            facts.insert(fact, at: place)
            #expect(problem(facts, run.state.program)?.contains("cannot follow") == true, "\(type) at \(place)")
        }
    }

    @Test("Stages, endings, waits and verdicts come when they can")
    func outOfTurn() throws {
        let run = try run()
        let failure = Failure(kind: .permanent, code: "x", message: "x")
        let wait = Wait(due: Timestamp(millisecondsSinceEpoch: 9), length: .seconds(1))
        let early: [Fact] = [
            .stageCompleted(StageCompleted(stage: "main")), .stageEntered(StageEntered(stage: "main")),
            .runEnded(RunEnded(status: .completed, failure: nil)), .runEnded(RunEnded(status: .failed, failure: nil)),
            .runEnded(RunEnded(status: .running, failure: nil)),
            .endingBegan(EndingBegan(status: .failed, failure: failure)), .runPaused,
            .stepCancelled(StepCancelled(step: "a")), .groupEntered(GroupEntered(step: "a")),
            .verifyFinished(VerifyFinished(step: "a", verdict: .notDone, message: "")),
            .stepApproved(StepJudged(step: "a", reason: nil)), .stepSkipped(StepSkipped(step: "a", basis: .timeout)),
            .stepSucceeded(StepSucceeded(step: "f", attempt: 0, outputs: [:])),
            .stepSucceeded(StepSucceeded(step: "a", attempt: 1, outputs: [:], basis: .approval)),
            .stepResolved(StepResolved(step: "a", decision: .skip, reason: nil)),
            .locksRequested(LocksRequested(step: "b", locks: ["x"], wait: wait)),
            .itemsEvaluated(ItemsEvaluated(step: "f", items: [], keys: nil)),
            .stepRepeated(StepRepeated(step: "a", iteration: 1, outputs: [:], wait: nil)),
        ]
        // While the first attempt of `a` runs.
        let place = try #require(run.journal.firstIndex { $0.fact.type == "attempt_started" }) + 1
        for fact in early {
            var facts = run.journal.map(\.fact)
            facts.insert(fact, at: place)
            #expect(problem(facts, run.state.program)?.contains("cannot follow") == true, "\(fact.type)")
        }
        // A wait in the place of a process, and a process in that of a question.
        for case .attemptStarted(var fact) in run.journal.map(\.fact) where ["a", "ask"].contains(fact.step) {
            var facts = run.journal.map(\.fact)
            let place = try #require(facts.firstIndex(of: .attemptStarted(fact)))
            (fact.wait, fact.question) = (fact.wait == nil ? wait : nil, nil)
            facts[place] = .attemptStarted(fact)
            #expect(problem(facts, run.state.program)?.contains("cannot follow") == true, "\(fact.step)")
        }
    }

    @Test("An end is not another step's")
    func ofAnother() throws {
        let run = try run()
        var facts = run.journal.map(\.fact)
        let place = try #require(
            facts.firstIndex { if case .stepSucceeded(let fact) = $0 { fact.step == "f[0]" } else { false } })
        facts[place] = .stepFailed(
            StepFailed(step: "a", failure: Failure(kind: .permanent, code: "x", message: "x"), isTolerated: false))
        #expect(problem(facts, run.state.program)?.contains("cannot follow") == true)
    }
}
