import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Sleeps")
struct WaitTests {
    @Test("A sleep is an attempt whose intent, due time and length are written before it begins")
    func sleep() throws {
        var run = try TestRun(Definitions.steps("- {name: nap, uses: sleep, with: {for: 90s}}\n- {name: b, run: x}"))
        #expect(run.trace.suffix(2) == ["attempt_started nap#1 for 90s", "> wait nap#1 90s"])
        #expect(run.status("nap") == .waiting)
        #expect(run.state.status == .waiting)
        #expect(run.state.earliestDue == run.clock.now.adding(.seconds(90)))
        #expect(try run.take(.waitEnded(run.attempt("nap"))).last == "> start b#1")
        #expect(try run.take(.waitEnded(run.attempt("nap"))) == [])
    }

    @Test("A sleep of 0s is an attempt like any other")
    func zero() throws {
        var run = try TestRun(Definitions.steps("- {name: nap, uses: sleep, with: {for: 0s}}"))
        #expect(run.trace.suffix(2) == ["attempt_started nap#1 for 0s", "> wait nap#1 0s"])
        #expect(try run.take(.waitEnded(run.attempt("nap"))).last == "> ended completed")
    }

    @Test(
        "A new driver sleeps what is left, between nothing and the whole length",
        arguments: [
            (30_000, "1m"), (95_000, "0s"), (-3_600_000, "90s"),
        ] as [(Int64, String)])
    func clockJumps(jump: Int64, left: String) throws {
        var run = try TestRun(Definitions.steps("- {name: nap, uses: sleep, with: {for: 90s}}"))
        run.clock.advance(by: Milliseconds(jump))
        #expect(try run.resume() == ["> wait nap#1 \(left)"])
    }

    @Test("Sleeping steps take no slot")
    func slots() throws {
        let run = try TestRun(
            Definitions.steps(
                """
                - {name: one, uses: sleep, with: {for: 1h}, needs: []}
                - {name: two, uses: sleep, with: {for: 2h}, needs: []}
                - {name: work, run: x, needs: []}
                """, head: "max_parallel: 1"))
        #expect(run.trace.suffix(3) == ["> wait one#1 1h", "> wait two#1 2h", "> start work#1"])
        #expect(run.state.status == .running)
    }

    @Test(
        "A sleep until an instant lasts to the millisecond; one in the past is over at once",
        arguments: [
            ("2026-02-02T10:00:05Z", "5s"), ("2026-02-02T10:00:05.250Z", "5250ms"),
            ("2026-02-02T12:00:00.5+02:00", "500ms"), ("2020-01-01T00:00:00Z", "0s"),
        ])
    func until(instant: String, length: String) throws {
        let run = try TestRun(
            Definitions.steps(
                "- {name: nap, uses: sleep, with: {until: \"${{ params.at }}\"}}",
                head: "params: {at: {type: string}}"),
            parameters: ["at": .string(instant)])
        #expect(run.trace.last == "> wait nap#1 \(length)")
    }

    @Test(
        "A length or instant that is none fails the step before it begins",
        arguments: [
            ("for", "soon", "\"soon\" is not a duration such as 10s, 5m or 2h"),
            ("for", "-5s", "\"-5s\" is not a duration such as 10s, 5m or 2h"),
            ("until", "tomorrow", "\"tomorrow\" is not an instant such as 2026-02-02T10:00:00Z"),
            (
                "until", "2099-01-01T00:00:00Z",
                "\"2099-01-01T00:00:00Z\" is more than 366 days away, which is the longest wait"
            ),
        ])
    func notATime(key: String, text: String, message: String) throws {
        let run = try TestRun(
            Definitions.steps(
                "- {name: nap, uses: sleep, with: {\(key): \"${{ params.at }}\"}}", head: "params: {at: {type: string}}"
            ),
            parameters: ["at": .string(text)])
        #expect(run.trace.suffix(3) == ["step_failed nap expression_failed", "run_ended failed", "> ended failed"])
        #expect(run.state.failure?.message == "step nap failed: \(message)")
    }
}
