import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Signals")
struct SignalTests {
    static func run(_ steps: String) throws -> TestRun { try TestRun(Definitions.steps(steps)) }

    static let one = "- {name: hear, uses: signal, with: {name: go, timeout: 10m}}\n- {name: after, run: x}"

    @Test("A signal lets the step that asks for it go on, with its data")
    func asked() throws {
        var run = try SignalTests.run(SignalTests.one)
        #expect(run.trace.suffix(2) == ["attempt_started hear#1 for 10m", "> wait hear#1 10m"])
        #expect(
            try run.signal("go", .object(["build": .int(7)])) == [
                "program:ci: signal_received go {\"build\":7}",
                "step_succeeded hear#1 by signal {\"build\":7} [checkpoint]", "attempt_started after#1",
                "> start after#1",
            ])
        #expect(run.state.signals.isEmpty)
    }

    @Test(
        "Data that is no object is the output data",
        arguments: [JSONValue.int(7), .string("x"), .array([]), .bool(true)])
    func data(value: JSONValue) throws {
        var run = try SignalTests.run(SignalTests.one)
        try run.signal("go", value)
        #expect(run.state.state(ofStep: "hear")?.outputs == ["data": value])
    }

    @Test("A signal that comes before the step asks is kept, over crashes, and used once")
    func early() throws {
        var run = try SignalTests.run(
            "- {name: first, run: x}\n" + SignalTests.one + "\n- {name: again, uses: signal, with: {name: go}}")
        try run.signal("go", .int(1))
        try run.signal("other")
        try run.crash()
        try run.take(.attemptEnded(run.attempt("first"), .succeeded(outputs: [:])))
        try run.recovered()
        #expect(run.state.state(ofStep: "hear")?.outputs == ["data": .int(1)])
        try run.succeed("after")
        #expect(run.status("again") == .waiting)
        #expect(run.state.signals.map(\.name) == ["other"])
    }

    @Test("Signals of one name are used in the order in which they came, one for each step")
    func two() throws {
        var run = try SignalTests.run(
            """
            - {name: a, uses: signal, with: {name: go}, needs: []}
            - {name: b, uses: signal, with: {name: go}, needs: []}
            """)
        #expect(try run.signal("go", .int(1)).count == 2)
        #expect(run.status("b") == .waiting)
        #expect(try run.signal("go", .int(2)).last == "> ended completed")
        #expect(run.state.state(ofStep: "b")?.outputs == ["data": .int(2)])
    }

    @Test("A loop over a signal uses a new one in each pass")
    func loop() throws {
        var run = try SignalTests.run(
            "- {name: hear, uses: signal, with: {name: go}, repeat: {until: \"steps.hear.outputs.data == 2\", limit: "
                + "5}}"
        )
        try run.signal("go", .int(1))
        #expect(
            run.trace.suffix(3) == [
                "step_repeated hear pass 1 {\"data\":1}", "attempt_started hear#2 for 30d", "> wait hear#2 30d",
            ])
        #expect(run.state.signals.isEmpty)
        #expect(try run.signal("go", .int(2)).last == "> ended completed")
    }

    @Test("Nobody signals", arguments: [("fail", StepStatus.failed), ("skip", .skipped)])
    func timeout(policy: String, status: StepStatus) throws {
        var run = try SignalTests.run(
            "- {name: hear, uses: signal, with: {name: go, timeout: 1m, on_timeout: \(policy)}}")
        try run.wait("hear")
        #expect(run.status("hear") == status)
        if policy == "fail" {
            #expect(run.state.failure?.message == "step hear failed: the signal go did not come within 1m")
        }
        #expect(try run.refusal(of: .signalled(name: "go", data: .null, by: "x")) != nil)
    }

    @Test(
        "A name that is too long or not printable is refused",
        arguments: ["", "a\nb", String(repeating: "x", count: 201)])
    func names(name: String) throws {
        var run = try SignalTests.run(SignalTests.one)
        #expect(
            try run.refusal(of: .signalled(name: name, data: .null, by: "x"))?.hasPrefix("signal_invalid: ") == true)
    }

    @Test("A thousand signals may wait; one more is refused")
    func limit() throws {
        let run = try SignalTests.run(SignalTests.one)
        var machine = run.machine
        var random = SeededGenerator(seed: 1)
        for _ in 1...1000 {
            _ = try machine.decide(
                .signalled(name: "later", data: .null, by: "x"), at: run.clock.now, using: &random)
        }
        #expect(throws: InputRefusal.self) {
            try machine.decide(.signalled(name: "later", data: .null, by: "x"), at: run.clock.now, using: &random)
        }
    }
}
