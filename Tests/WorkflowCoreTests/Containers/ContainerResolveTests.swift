import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("A person decides about what is inside of containers")
struct ContainerResolveTests {
    static let yaml = Definitions.steps(
        """
        - name: g
          steps: [{name: a, run: x}, {name: b, run: x}]
        - {name: after, run: x}
        """)

    static func failed() throws -> TestRun {
        var run = try TestRun(yaml)
        try run.fail("a")
        #expect(run.state.status == .failed)
        return run
    }

    @Test("A step in doubt inside is resolved like any other")
    func doubt() throws {
        for (decision, expected) in [
            (StepResolved.Decision.done, "> start b#1"), (.skip, "> start b#1"), (.retry, "> start a#2"),
            (.fail, "> ended failed"),
        ] {
            var run = try TestRun(ContainerResolveTests.yaml)
            try run.crashLosing("a")
            #expect(try run.resolve("a", decision).last == expected)
        }
    }

    @Test("A step whose group has failed is resolved, and the resume goes on behind it")
    func insideOfFailed() throws {
        for decision in [StepResolved.Decision.done, .skip] {
            var run = try ContainerResolveTests.failed()
            try run.resolve("a", decision)
            #expect(run.state.status == .failed)
            #expect(try run.resume() == ["attempt_started b#1", "> start b#1"])
            #expect(try run.succeed("b").last == "> start after#1")
        }
        var run = try ContainerResolveTests.failed()
        try run.resolve("a", .retry)
        #expect(try run.resume() == ["attempt_started a#2", "> start a#2"])
    }

    @Test("A failed group is called done or skipped, and what follows runs")
    func container() throws {
        for decision in [StepResolved.Decision.done, .skip] {
            var run = try ContainerResolveTests.failed()
            try run.resolve("g", decision)
            #expect(try run.resume().last == "> start after#1")
        }
        var run = try ContainerResolveTests.failed()
        try run.resolve("g", .retry)
        #expect(try run.resume() == ["attempt_started a#2", "> start a#2"])
    }

    @Test("What is open cannot be resolved; the message says what it is")
    func open() throws {
        var run = try TestRun(ContainerResolveTests.yaml)
        #expect(
            try run.refusal(ofResolving: "g", .done)
                == "step_not_resolvable: step g is running: "
                + "only a step that is in doubt, has failed or has drifted can be "
                + "resolved")
        #expect(
            try run.refusal(ofResolving: "g[0]", .done)?.hasPrefix("no_such_step: the run has no step g[0]") == true)
    }

    @Test("A tolerated failure in a group that is done runs again, and the group with it")
    func toleratedInDone() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: g, steps: [{name: a, run: x, continue_on_error: true}, {name: b, run: x}]}\n"
                    + "- {name: after, run: x}"))
        try run.fail("a")
        try run.succeed("b")
        #expect(run.trace.last == "> start after#1")
        #expect(try run.resolve("a", .retry).suffix(2) == ["attempt_started a#2", "> start a#2"])
        #expect(run.status("g") == .running)
        #expect(try run.succeed("a").suffix(1) == ["step_succeeded g#0 [checkpoint]"])
        #expect(try run.succeed("after").last == "> ended completed")
    }

    @Test("Owed work in items is resolved as it runs")
    func owed() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: a, run: x}", onExit: "- {name: tell, run: x, foreach: {items: [1, 2], as: i}}"))
        try run.succeed("a")
        try run.crash()
        try run.lose("tell[0]")
        try run.take(.attemptEnded(run.attempt("tell[1]"), .succeeded(outputs: [:])))
        try run.recovered()
        #expect(try run.resolve("tell[0]", .retry).last == "> start tell[0]#2")
        #expect(try run.succeed("tell[0]").last == "> ended completed")
    }
}
