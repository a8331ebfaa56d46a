import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Repeat")
struct RepeatTests {
    static func step(_ keys: String = "", limit: Int = 3) throws -> TestRun {
        try TestRun(
            Definitions.steps(
                "- {name: a, run: x, repeat: {until: \"steps.a.outputs.done\", limit: \(limit)\(keys)}}\n"
                    + "- {name: after, run: x}"))
    }

    static let notYet: [String: JSONValue] = ["done": .bool(false)]
    static let done: [String: JSONValue] = ["done": .bool(true)]

    @Test("Passes follow each other until the condition holds on what the step has written itself")
    func until() throws {
        var run = try RepeatTests.step()
        #expect(
            try run.succeed("a", RepeatTests.notYet) == [
                "step_repeated a pass 1 {\"done\":false}", "attempt_started a#2", "> start a#2",
            ])
        #expect(try run.succeed("a", RepeatTests.done).suffix(2) == ["attempt_started after#1", "> start after#1"])
        #expect(run.key("a", 1) != run.key("a", 2))
    }

    @Test("Attempts of one pass share a key")
    func key() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: a, run: x, retry: {limit: 1, delay: 1s}, repeat: {until: \"false\", limit: 3}}"))
        for _ in 1...2 {
            try run.fail("a")
            try run.wait("a")
            try run.succeed("a")
        }
        #expect(run.key("a", 1) == run.key("a", 2))
        #expect(run.key("a", 3) == run.key("a", 4))
        #expect(run.keys.count == 3)
    }

    @Test("The next pass waits for the delay, also when the driver dies meanwhile")
    func delay() throws {
        var run = try RepeatTests.step(", delay: 30s")
        #expect(
            try run.succeed("a", RepeatTests.notYet) == [
                "step_repeated a pass 1 next in 30s {\"done\":false}", "> wait a 30s",
            ])
        #expect(run.state.status == .waiting)
        run.clock.advance(by: .seconds(10))
        #expect(try run.resume() == ["> wait a 20s"])
        #expect(try run.wait("a") == ["attempt_started a#2", "> start a#2"])
        #expect(try run.wait("a") == [])
    }

    @Test("The timeout of a question that was answered does not end the wait for the next pass")
    func lateTimer() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: hear, uses: signal, with: {name: go, timeout: 1m}, "
                    + "repeat: {until: 'steps.hear.outputs.data == 2', limit: 3, delay: 5m}}"))
        let timeout = run.timer("hear")
        #expect(try run.signal("go", .int(1)).last == "> wait hear 5m")
        run.clock.advance(by: .minutes(1))
        #expect(try run.take(.waitEnded(timeout)) == [])
        #expect(run.status("hear") == .waiting)
        #expect(try run.wait("hear").last == "> wait hear#2 1m")
    }

    @Test("A limit that is reached is a failure; a resume goes on with a fresh one, under new keys")
    func limit() throws {
        var run = try RepeatTests.step(limit: 2)
        try run.succeed("a", RepeatTests.notYet)
        #expect(
            try run.succeed("a", RepeatTests.notYet) == [
                "step_repeated a pass 2 {\"done\":false}", "step_failed a repeat_limit", "run_ended failed",
                "> ended failed",
            ])
        #expect(
            run.state.failure?.message
                == "step a failed: `steps.a.outputs.done` did not hold after 2 passes, which is the limit")
        #expect(try run.resume().last == "> start a#3")
        try run.succeed("a", RepeatTests.notYet)
        #expect(try run.succeed("a", RepeatTests.notYet).contains("step_failed a repeat_limit"))
        #expect(run.keys.count == 4)
    }

    @Test("A failed pass fails the step; a resume makes that pass again, under its old key")
    func failure() throws {
        var run = try RepeatTests.step()
        try run.succeed("a", RepeatTests.notYet)
        try run.fail("a")
        #expect(run.state.status == .failed)
        try run.resume()
        #expect(run.key("a", 2) == run.key("a", 3))
        #expect(try run.succeed("a", RepeatTests.done).last == "> start after#1")
    }

    @Test("A condition that has no value is a failure, and the pass is done")
    func noValue() throws {
        var run = try RepeatTests.step()
        #expect(try run.succeed("a").prefix(2) == ["step_repeated a pass 1", "step_failed a expression_failed"])
    }

    @Test("A failure beside it does not keep a loop from its next pass", arguments: ["", ", delay: 1s"])
    func failureBeside(delay: String) throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: a, run: x, needs: [], repeat: {until: "has(steps.a.outputs.done)", limit: 3\(delay)}}
                - {name: b, run: x, needs: []}
                """))
        try run.fail("b")
        try run.succeed("a")
        if !delay.isEmpty { try run.wait("a") }
        #expect(run.trace.last == "> start a#2")
        #expect(try run.succeed("a", RepeatTests.done).last == "> ended failed")
    }

    static let group = Definitions.steps(
        """
        - name: g
          repeat: {until: "steps.b.outputs.n >= 2", limit: 3, delay: 5s}
          steps: [{name: a, run: x}, {name: b, run: x}]
        - {name: after, run: x}
        """)

    @Test("A group is done anew in each pass, with all that it holds")
    func groups() throws {
        var run = try TestRun(RepeatTests.group)
        for pass in 1...2 {
            #expect(run.trace.last == "> start a#\(pass)")
            try run.succeed("a")
            try run.succeed("b", ["n": .int(Int64(pass))])
            if pass == 1 {
                #expect(run.trace.suffix(2) == ["step_repeated g pass 1 next in 5s", "> wait g 5s"])
                #expect(run.instanceStatuses == ["g=waiting", "a=pending", "b=pending", "after=pending"])
                try run.wait("g")
            }
        }
        #expect(
            run.trace.suffix(3) == ["step_succeeded g#0 [checkpoint]", "attempt_started after#1", "> start after#1"])
        #expect(run.keys.count == 5)
    }

    @Test("A resume goes on in the midst of a pass")
    func resumedInside() throws {
        var run = try TestRun(RepeatTests.group)
        try run.succeed("a")
        try run.succeed("b", ["n": .int(0)])
        try run.wait("g")
        try run.succeed("a")
        try run.crashLosing("b")
        try run.resolve("b", .retry)
        #expect(run.key("b", 3) == run.key("b", 2))
        try run.fail("b")
        #expect(try run.resume() == ["attempt_started b#4", "> start b#4"])
        #expect(run.key("b", 4) == run.key("b", 2))
    }

    @Test("A rewind into the midst of a pass keeps the passes before it")
    func rewoundInside() throws {
        var run = try TestRun(RepeatTests.group)
        try run.succeed("a")
        try run.succeed("b", ["n": .int(0)])
        try run.wait("g")
        try run.succeed("a")
        try run.succeed("b", ["n": .int(2)])
        try run.fail("after")
        #expect(try run.rewind(to: "a").suffix(2) == ["attempt_started b#3", "> start b#3"])
        #expect(run.state.state(ofStep: "g")?.passes == 1)
    }

    @Test("A rewind to a point between two passes enters the group anew")
    func rewoundBetween() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - name: g
                  needs: []
                  repeat: {until: "false", limit: 3, delay: 5s}
                  steps: [{name: a, run: x}]
                - {name: b, run: x, needs: []}
                """))
        try run.succeed("a")
        try run.succeed("b")
        try run.wait("g")
        try run.fail("a")
        #expect(
            try run.rewind(to: "b").dropFirst() == ["group_entered g", "attempt_started a#3", "> start a#3"])
        #expect(run.state.state(ofStep: "g")?.passes == 1)
    }

    @Test("A group whose limit is reached begins its next pass when it is resumed")
    func groupLimit() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: g, repeat: {until: \"false\", limit: 1}, steps: [{name: a, run: x}]}"))
        #expect(try run.succeed("a").contains("step_failed g repeat_limit"))
        #expect(try run.resume().last == "> start a#2")
        #expect(run.keys.count == 2)
    }

    @Test("Items are repeated one by one")
    func items() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - name: f
                  run: x
                  foreach: {items: [1, 2], as: i, max_parallel: 1}
                  repeat: {until: "steps.f.outputs.done", limit: 2}
                """))
        try run.succeed("f[0]", RepeatTests.notYet)
        #expect(run.trace.last == "> start f[0]#2")
        try run.succeed("f[0]", RepeatTests.done)
        #expect(run.trace.last == "> start f[1]#1")
        #expect(try run.succeed("f[1]", RepeatTests.done).last == "> ended completed")
        #expect(run.keys.count == 3)
    }

    @Test("In a loop items are evaluated anew in each pass, and attempt numbers go on")
    func foreachInLoop() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - name: g
                  repeat: {until: "false", limit: 3}
                  steps:
                    - {name: a, run: x}
                    - {name: f, run: x, foreach: {items: "${{ steps.a.outputs.list }}", as: i, key: i}}
                """))
        for keys in [["p", "q"], ["q"], ["p", "q"]] {
            try run.succeed("a", ["list": .array(keys.map { .string($0) })])
            for key in keys { try run.succeed("f[\(key)]") }
        }
        #expect(run.state.status == .failed)
        #expect(run.count("items_evaluated") == 3)
        #expect(run.keys.count == 8)
        var attempts: [String] = []
        for case .attemptStarted(let fact) in run.journal.map(\.fact) {
            attempts.append("\(fact.step)#\(fact.attempt)")
        }
        #expect(attempts == ["a#1", "f[p]#1", "f[q]#1", "a#2", "f[q]#2", "a#3", "f[p]#2", "f[q]#3"])
    }
}
