import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Steps in doubt")
struct DoubtTests {
    /// What a lost attempt comes to: the keys of the step, the probe's answers in order, what is decided after the last
    /// of them, and the step's status then.
    static let cases: [(keys: String, answers: [ProbeVerdict], decided: [String], status: StepStatus)] = [
        // Without a probe the policy decides at once.
        ("", [], [], .inDoubt),
        ("on_doubt: ask", [], [], .inDoubt),
        ("on_doubt: retry", [], ["attempt_started a#2", "> start a#2"], .running),
        ("on_doubt: fail", [], ["attempt_failed a#1 in_doubt", "step_failed a in_doubt"], .failed),
        ("idempotent: true", [], ["attempt_started a#2", "> start a#2"], .running),
        ("idempotent: true, on_doubt: ask", [], [], .inDoubt),
        ("idempotent: true, on_doubt: fail", [], ["attempt_failed a#1 in_doubt", "step_failed a in_doubt"], .failed),
        // A probe comes first, whatever else is declared.
        ("probe: p", [.done], ["probe_finished a#1 done", "step_succeeded a#1 by probe [checkpoint]"], .success),
        (
            "probe: p, idempotent: true", [.done],
            ["probe_finished a#1 done", "step_succeeded a#1 by probe [checkpoint]"],
            .success
        ),
        (
            "probe: p, on_doubt: fail", [.done],
            ["probe_finished a#1 done", "step_succeeded a#1 by probe [checkpoint]"],
            .success
        ),
        ("probe: p", [.notDone], ["probe_finished a#1 not_done", "attempt_started a#2", "> start a#2"], .running),
        (
            "probe: p, on_doubt: fail", [.notDone],
            ["probe_finished a#1 not_done", "attempt_started a#2", "> start a#2"], .running
        ),
        ("probe: p", [.cannotTell], ["probe_finished a#1 cannot_tell"], .inDoubt),
        (
            "probe: p, on_doubt: retry", [.cannotTell],
            ["probe_finished a#1 cannot_tell", "attempt_started a#2", "> start a#2"], .running
        ),
        (
            "probe: p, idempotent: true", [.cannotTell],
            ["probe_finished a#1 cannot_tell", "attempt_started a#2", "> start a#2"], .running
        ),
        (
            "probe: p, on_doubt: fail", [.cannotTell],
            ["probe_finished a#1 cannot_tell", "attempt_failed a#1 in_doubt", "step_failed a in_doubt"], .failed
        ),
        // A second answer of one probe is late.
        ("probe: p", [.cannotTell, .done], [], .inDoubt),
    ]

    @Test(
        "A person is waited for only where a person is asked",
        arguments: [
            ("", true), ("on_doubt: ask", true), ("idempotent: true, on_doubt: ask", true), ("idempotent: true", false),
            ("on_doubt: retry", false), ("on_doubt: fail", false), ("probe: p", false),
            ("probe: p, on_doubt: ask", false),
        ])
    func awaited(keys: String, isAsked: Bool) throws {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x\(keys.isEmpty ? "" : ", " + keys)}\n- {name: b, run: x, needs: []}"))
        try run.crash()
        _ = try run.lose("a")
        #expect(run.state.awaited.map(\.kind) == (isAsked ? [.inDoubt] : []))
    }

    @Test("After the driver's death: probe, then policy", arguments: cases.indices)
    func afterDeath(index: Int) throws {
        let (keys, answers, decided, status) = DoubtTests.cases[index]
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x\(keys.isEmpty ? "" : ", " + keys)}\n- {name: b, run: x, needs: []}"))
        try run.crash()
        #expect(try run.lose("a") == ["attempt_in_doubt a#1"])
        var trace = try run.recovered()
        if !answers.isEmpty { #expect(trace == ["> probe a#1"]) }
        for answer in answers { trace = try run.probe("a", answer) }
        #expect(trace == decided)
        #expect(run.status("a") == status)
        #expect(run.status("b") == .running, "a step beside it is not touched")
    }

    @Test("A step in doubt makes the run wait for a person when nothing else can go on")
    func waiting() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}\n- {name: b, run: x}"))
        try run.crashLosing("a")
        #expect(run.state.status == .waiting)
        #expect(run.machine.isIdle)
        #expect(run.state.stepsInDoubt == [0])
        #expect(try run.resume() == [], "a resume alone does not decide")
        #expect(run.status("a") == .inDoubt)
    }

    @Test("Outputs that a probe wrote are the step's")
    func probeOutputs() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x, probe: p, outputs: {id: string}}"))
        try run.crashLosing("a")
        #expect(
            try run.probe("a", .done, ["id": .string("vpc-1")])[1]
                == "step_succeeded a#1 by probe {\"id\":\"vpc-1\"} [checkpoint]")
    }

    @Test("A probe that tells done without a declared output leaves the step to a person: nothing may run it again")
    func probeWithoutOutputs() throws {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x, probe: p, outputs: {id: string}, on_doubt: retry}"))
        try run.crashLosing("a")
        #expect(try run.probe("a", .done) == ["probe_finished a#1 done"])
        #expect(run.state.status == .waiting)
        #expect(try run.resolve("a", .done, ["id": .string("x")]).last == "> ended completed")
    }

    @Test("An attempt that a person ended is asked no probe and no policy")
    func endedByPerson() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x, probe: p, on_doubt: retry}"))
        #expect(
            try run.take(.attemptEndedByPerson(run.attempt("a"), reason: "ended")) == ["attempt_in_doubt a#1"])
        #expect(try run.resolve("a", .skip).last == "> ended completed")
        #expect(try run.take(.attemptEndedByPerson(run.attempt("a"), reason: "late")) == [])
    }

    @Test("The repeat keeps the key, and does not use up the retry limit")
    func repeatsAreFree() throws {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x, idempotent: true, retry: {limit: 1, delay: 1s}}"))
        for _ in 1...5 { try run.crashLosing("a") }
        #expect(run.attempt("a").attempt == 6)
        #expect(run.key("a", 6) == run.key("a", 1))
        #expect(try run.fail("a").last == "> wait a#6 1s")
        try run.take(.waitEnded(run.attempt("a")))
        #expect(try run.fail("a").last == "> ended failed")
    }

    @Test("The hundredth repeat out of doubt is the last")
    func repeatLimit() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x, idempotent: true}"))
        for _ in 1...RunMachine.doubtRepeatsMax {
            #expect(try run.crashLosing("a").last == "> start a#\(run.attempt("a").attempt)")
        }
        #expect(
            try run.crashLosing("a") == [
                "attempt_failed a#101 in_doubt", "step_failed a in_doubt", "run_ended failed", "> ended failed",
            ])
        #expect(run.state.failure?.message.hasSuffix("repeated out of doubt 100 times, which is the limit") == true)
        #expect(try run.resume().last == "> start a#102", "a resume gives fresh limits")
    }

    @Test("What the driver was told about doubt stands over the steps' own policies, while it drives")
    func override() throws {
        let yaml = Definitions.steps(
            "- {name: a, run: x, idempotent: true}\n- {name: b, run: x, needs: [], on_doubt: fail}")
        var run = try TestRun(yaml)
        #expect(try run.crashLosing("a", "b", onDoubt: .ask) == [])
        #expect(run.statuses == ["a=in_doubt", "b=in_doubt"])
        #expect(try run.crashLosing(onDoubt: .retry).suffix(2) == ["> start a#2", "> start b#2"])
        try run.crashLosing("a", "b")
        #expect(run.statuses == ["a=running", "b=failed"])
    }

    @Test("An attempt that never began is started again with the same key, and uses nothing up")
    func neverBegan() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}"))
        for attempt in 1...3 {
            try run.crash()
            #expect(try run.take(.attemptNeverBegan(run.attempt("a"))) == ["attempt_voided a#\(attempt)"])
            #expect(
                try run.recovered() == ["attempt_started a#\(attempt + 1)", "> start a#\(attempt + 1)"])
        }
        #expect(run.key("a", 4) == run.key("a", 1))
        #expect(run.state.state(ofStep: "a")?.retriesUsed == 0)
    }

    @Test("Nothing is started or probed before all that the last driver left has been looked at")
    func nothingBeforeRecovery() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: a, run: x, needs: [], probe: p}
                - {name: b, run: x, needs: [], on_doubt: retry}
                - {name: c, run: x, needs: []}
                - {name: d, run: x, needs: [c]}
                """))
        #expect(try run.crash() == ["driver_attached resume"])
        #expect(try run.lose("a") == ["attempt_in_doubt a#1"])
        #expect(try run.lose("b") == ["attempt_in_doubt b#1"])
        #expect(try run.succeed("c") == ["step_succeeded c#1 [checkpoint]"])
        #expect(
            try run.recovered() == [
                "attempt_started b#2", "attempt_started d#1", "> probe a#1", "> start b#2", "> start d#1",
            ])
    }

    @Test("Each driver asks the probes anew")
    func probesAnew() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x, probe: p}"))
        try run.crashLosing("a")
        try run.probe("a", .cannotTell)
        #expect(run.machine.isIdle)
        #expect(try run.resume() == ["> probe a#1"])
        #expect(!run.machine.isIdle)
        #expect(try run.probe("a", .done).last == "> ended completed")
    }

    @Test("A repeat out of doubt waits for a free slot")
    func slots() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: a, run: x, needs: [], probe: p}\n- {name: b, run: x, needs: []}", head: "max_parallel: 1"))
        try run.crashLosing("a")
        #expect(run.status("b") == .running)
        #expect(try run.probe("a", .notDone) == ["probe_finished a#1 not_done"])
        #expect(try run.probe("a", .notDone) == [])
        #expect(try run.succeed("b").dropFirst() == ["attempt_started a#2", "> start a#2"])
    }

    // MARK: - Timeouts and signals

    @Test("A timed-out attempt of a step with a probe is probed; not done is charged to the retry limit")
    func timedOut() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x, probe: p, retry: {limit: 1, delay: 1s}}"))
        #expect(try run.fail("a", .timedOut) == ["attempt_in_doubt a#1 timeout", "> probe a#1"])
        #expect(
            try run.probe("a", .notDone) == [
                "probe_finished a#1 not_done", "attempt_failed a#1 timeout retry in 1s", "> wait a#1 1s",
            ])
        try run.take(.waitEnded(run.attempt("a")))
        #expect(try run.fail("a", .killed) == ["attempt_in_doubt a#2 signal", "> probe a#2"])
        #expect(
            try run.probe("a", .notDone) == [
                "probe_finished a#2 not_done", "attempt_failed a#2 signal", "step_failed a signal", "run_ended failed",
                "> ended failed",
            ])
    }

    @Test("A timed-out attempt whose probe says done has succeeded; where it cannot tell, the policy decides")
    func timedOutProbed() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x, probe: p}"))
        try run.fail("a", .timedOut)
        #expect(try run.probe("a", .done).last == "> ended completed")
        run = try TestRun(Definitions.steps("- {name: a, run: x, probe: p}"))
        try run.fail("a", .timedOut)
        #expect(try run.probe("a", .cannotTell) == ["probe_finished a#1 cannot_tell"])
        #expect(run.state.status == .waiting)
        run = try TestRun(Definitions.steps("- {name: a, run: x, probe: p, on_doubt: fail}"))
        try run.fail("a", .timedOut)
        #expect(try run.probe("a", .cannotTell).suffix(2) == ["run_ended failed", "> ended failed"])
        run = try TestRun(
            Definitions.steps("- {name: a, run: x, probe: p, on_doubt: retry}"))
        try run.fail("a", .timedOut)
        #expect(
            try run.probe("a", .cannotTell).last == "> start a#2", "the policy's repeats are not charged as retries")
    }
}
