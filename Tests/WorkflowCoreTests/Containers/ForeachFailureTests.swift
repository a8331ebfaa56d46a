import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Failed items")
struct ForeachFailureTests {
    static func run(_ foreach: String, _ keys: String = "") throws -> TestRun {
        try TestRun(
            Definitions.steps(
                "- {name: f, run: x\(keys), foreach: {items: [1, 2, 3, 4], as: i, max_parallel: 2, \(foreach)}}\n"
                    + "- {name: after, run: x}"))
    }

    @Test("Nothing new starts after a failed item; what runs ends first, and the step fails, naming the item")
    func stops() throws {
        var run = try ForeachFailureTests.run("continue_on_error: false")
        try run.fail("f[0]")
        #expect(run.trace == ["attempt_failed f[0]#1 exit_status", "step_failed f[0] exit_status"])
        #expect(
            try run.succeed("f[1]") == [
                "step_succeeded f[1]#1 [checkpoint]", "step_failed f items_failed", "run_ended failed",
                "> ended failed",
            ])
        #expect(
            run.state.failure?.message
                == "step f failed: 1 of 4 items failed: f[0]; the first: f[0] did not work")
        #expect(try run.resume().suffix(2) == ["> start f[0]#2", "> start f[2]#1"])
    }

    @Test(
        "With continue_on_error of the foreach other items go on, the step fails at the end, and a resume runs those"
    )
    func collects() throws {
        var run = try ForeachFailureTests.run("continue_on_error: true")
        #expect(try run.fail("f[0]").last == "> start f[2]#1")
        #expect(try run.succeed("f[1]").last == "> start f[3]#1")
        try run.fail("f[2]")
        try run.succeed("f[3]")
        #expect(run.trace.suffix(3) == ["step_failed f items_failed", "run_ended failed", "> ended failed"])
        #expect(
            run.state.failure?.message
                == "step f failed: 2 of 4 items failed: f[0], f[2]; the first: f[0] did not work")
        #expect(
            try run.resume() == [
                "attempt_started f[0]#2", "attempt_started f[2]#2", "> start f[0]#2", "> start f[2]#2",
            ])
        try run.succeed("f[0]")
        #expect(try run.succeed("f[2]").suffix(2) == ["attempt_started after#1", "> start after#1"])
    }

    @Test("continue_on_error of the step lets the run go on, not the other items")
    func tolerated() throws {
        var run = try ForeachFailureTests.run("continue_on_error: false", ", continue_on_error: true")
        try run.fail("f[0]")
        #expect(
            try run.succeed("f[1]").suffix(3) == [
                "step_failed f items_failed tolerated", "attempt_started after#1", "> start after#1",
            ])
        #expect(run.status("f[2]") == .pending)
        // What was left behind stays so when the failure is called done afterwards.
        #expect(try run.resolve("f[0]", .done).contains("> start f[2]#1") == false)
        #expect(try run.succeed("after").last == "> ended completed")
    }

    @Test("Both of them let everything go on")
    func collectedAndTolerated() throws {
        var run = try ForeachFailureTests.run("continue_on_error: true", ", continue_on_error: true")
        for item in 0..<4 { try run.fail("f[\(item)]") }
        #expect(
            run.trace.suffix(3) == [
                "step_failed f items_failed tolerated", "attempt_started after#1", "> start after#1",
            ])
    }

    @Test("A failure beside it keeps the next item from starting; the step goes on with a resume")
    func failureBeside() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: f, run: x, needs: [], foreach: {items: [1, 2], as: i, max_parallel: 1}}
                - {name: other, run: x, needs: []}
                """))
        try run.fail("other")
        #expect(try run.succeed("f[0]").last == "> ended failed")
        #expect(run.instanceStatuses == ["f=pending", "f[0]=success", "f[1]=pending", "other=failed"])
        #expect(try run.resume().suffix(2) == ["> start f[1]#1", "> start other#2"])
    }

    @Test("A failed item that is resolved lets the others go on while something of the step runs")
    func resolvedInTime() throws {
        for decision in [StepResolved.Decision.done, .skip, .retry] {
            var run = try ForeachFailureTests.run("continue_on_error: false")
            try run.fail("f[0]")
            // The place was promised to the next item before; one that is repeated comes after it.
            #expect(try run.resolve("f[0]", decision).last == "> start f[2]#1")
        }
    }

    @Test("An item of a step that has failed is resolved, and a resume finds the rest to do")
    func resolvedLate() throws {
        var run = try ForeachFailureTests.run("continue_on_error: true")
        for item in 0..<4 { if item == 1 { try run.fail("f[1]") } else { try run.succeed("f[\(item)]") } }
        #expect(run.state.status == .failed)
        try run.resolve("f[1]", .skip)
        #expect(run.state.status == .failed)
        #expect(
            try run.resume().suffix(3) == [
                "step_succeeded f#0 [checkpoint]", "attempt_started after#1", "> start after#1",
            ])
    }
}
