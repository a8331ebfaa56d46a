import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Retries")
struct RetryTests {
    @Test("Further attempts follow with growing delays, capped, until the limit; the key stays")
    func backoff() throws {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x, retry: {limit: 3, delay: 2s, backoff: 3, max_delay: 10s}}"))
        #expect(try run.fail("a") == ["attempt_failed a#1 exit_status retry in 2s", "> wait a#1 2s"])
        #expect(run.status("a") == .retrying)
        #expect(run.state.earliestDue == run.clock.now.adding(.seconds(2)))
        #expect(!run.machine.isIdle)
        #expect(try run.take(.waitEnded(run.attempt("a"))) == ["attempt_started a#2", "> start a#2"])
        #expect(try run.fail("a").last == "> wait a#2 6s")
        try run.take(.waitEnded(run.attempt("a")))
        #expect(try run.fail("a").last == "> wait a#3 10s")
        try run.take(.waitEnded(run.attempt("a")))
        #expect(
            try run.fail("a") == [
                "attempt_failed a#4 exit_status", "step_failed a exit_status", "run_ended failed", "> ended failed",
            ])
        #expect(Set((1...4).map { run.key("a", $0) }).count == 1)
    }

    @Test(
        "A delay is exponential, capped, and jitter draws only its own part",
        arguments: [
            (1, 0.0, 0.0, 1000), (2, 0.0, 0.9, 2000), (3, 0.0, 0.5, 4000), (5, 0.0, 0.5, 10_000),
            (100, 0.0, 0.5, 10_000), (1, 0.2, 0.0, 800), (1, 0.2, 0.5, 900), (3, 1.0, 0.0, 0), (3, 1.0, 0.25, 1000),
        ] as [(Int, Double, Double, Int64)])
    func delay(retry: Int, jitter: Double, draw: Double, expected: Int64) {
        let policy = RetryPolicy(limit: 100, delay: .seconds(1), backoff: 2, maxDelay: .seconds(10), jitter: jitter)
        #expect(policy.delay(beforeRetry: retry, draw: draw) == Milliseconds(expected))
    }

    @Test("The greatest delays do not overflow")
    func greatestDelay() {
        let policy = RetryPolicy(limit: 100, delay: .longest, backoff: 100, maxDelay: .longest, jitter: 1)
        #expect(policy.delay(beforeRetry: 100, draw: 1) == .longest)
    }

    @Test("The machine draws jitter from its random source, and the wait that was drawn is journaled")
    func jitter() throws {
        let yaml = Definitions.steps("- {name: a, run: x, retry: {limit: 1, delay: 100s, jitter: 0.5}}")
        var lengths: [Milliseconds] = []
        for seed in 1...20 {
            var run = try TestRun(yaml)
            run.random = .init(seed: UInt64(seed))
            try run.fail("a")
            guard case .startWait(_, let length)? = run.decision.effects.first,
                case .attemptFailed(let fact)? = run.decision.entries.first?.fact
            else { throw Missing(what: "a wait") }
            #expect(length >= .seconds(50) && length <= .seconds(100))
            #expect(fact.retry == Wait(due: run.clock.now.adding(length), length: length))
            lengths.append(length)
        }
        #expect(Set(lengths).count > 10)
    }

    @Test("exit_codes limits retries to these; a permanent failure is never retried")
    func exitCodes() throws {
        let yaml = Definitions.steps("- {name: a, run: x, retry: {limit: 3, delay: 1s, exit_codes: [75]}}")
        var run = try TestRun(yaml)
        #expect(try run.fail("a", exitCode: 1).first == "attempt_failed a#1 exit_status")
        #expect(run.state.status == .failed)
        run = try TestRun(yaml)
        #expect(try run.fail("a", exitCode: 75).last == "> wait a#1 1s")
        run = try TestRun(Definitions.steps("- {name: a, run: x, retry: {limit: 3, delay: 1s}}"))
        #expect(try run.fail("a", .permanent).last == "> ended failed")
    }

    @Test("A wait that was told twice, while all slots are taken, does not cut the next delay short")
    func doubleWaitEnd() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: a, run: x, needs: [], retry: {limit: 3, delay: 10s}}
                - {name: b, run: x, needs: []}
                - {name: c, run: x, needs: []}
                """, head: "max_parallel: 1"))
        try run.fail("a")
        #expect(run.status("b") == .running)
        let wait = run.attempt("a")
        #expect(try run.take(.waitEnded(wait)) == [])
        #expect(try run.take(.waitEnded(wait)) == [])
        #expect(try run.succeed("b").last == "> start a#2")
        #expect(try run.fail("a").last == "> start c#1")
        #expect(run.status("a") == .retrying)
    }

    @Test("A new driver waits for what is left, between nothing and the whole wait, whatever the clock did")
    func clockJumps() throws {
        let yaml = Definitions.steps("- {name: a, run: x, retry: {limit: 1, delay: 60s}}")
        for (jump, left) in [(20_000, "40s"), (90_000, "0s"), (-500_000, "1m"), (0, "1m")] as [(Int64, String)] {
            var run = try TestRun(yaml)
            try run.fail("a")
            run.clock.advance(by: Milliseconds(jump))
            #expect(try run.resume() == ["> wait a#1 \(left)"])
            #expect(try run.take(.waitEnded(run.attempt("a"))).last == "> start a#2")
        }
    }

    @Test(
        "A timed-out or killed attempt is retried by itself only if the step is idempotent",
        arguments: [Failure.Kind.timedOut, .killed])
    func unknownOutcome(kind: Failure.Kind) throws {
        let code = kind == .timedOut ? "timeout" : "signal"
        var run = try TestRun(Definitions.steps("- {name: a, run: x, retry: {limit: 3, delay: 1s}}"))
        #expect(
            try run.fail("a", kind) == [
                "attempt_failed a#1 \(code)", "step_failed a \(code)", "run_ended failed", "> ended failed",
            ])
        #expect(
            run.state.failure?.message
                == "step a failed: a did not work; its outcome is unknown, and it is not retried "
                + "because it is neither idempotent nor has a probe")
        run = try TestRun(Definitions.steps("- {name: a, run: x, idempotent: true, retry: {limit: 1, delay: 1s}}"))
        #expect(try run.fail("a", kind).last == "> wait a#1 1s")
        try run.take(.waitEnded(run.attempt("a")))
        #expect(try run.fail("a", kind).last == "> ended failed")
    }
}
