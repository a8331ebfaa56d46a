import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Stages and the order of steps")
struct StageTests {
    @Test("Steps of one list follow each other, stages too, and the end of the last one completes the run")
    func sequence() throws {
        var run = try TestRun(
            Definitions.stages(
                Definitions.stage("one", "- {name: a, run: x}\n- {name: b, run: x}"),
                Definitions.stage("two", "- {name: c, run: x}")))
        #expect(
            run.trace == [
                "person:ada: run_created", "driver_attached run", "stage_entered one", "attempt_started a#1",
                "> start a#1",
            ])
        #expect(try run.succeed("a") == ["step_succeeded a#1 [checkpoint]", "attempt_started b#1", "> start b#1"])
        #expect(run.state.stageName == "one")
        #expect(
            try run.succeed("b") == [
                "step_succeeded b#1 [checkpoint]", "stage_completed one", "stage_entered two", "attempt_started c#1",
                "> start c#1",
            ])
        #expect(run.state.stageName == "two")
        #expect(
            try run.succeed("c", ["x": .int(1)]) == [
                "step_succeeded c#1 {\"x\":1} [checkpoint]", "stage_completed two", "run_ended completed",
                "> ended completed",
            ])
        #expect(run.state.status == .completed)
        #expect(run.state.stageName == "complete")
        #expect(run.machine.isIdle)
    }

    @Test("A run that nobody drives stays pending until somebody does")
    func pending() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}"), driven: false)
        #expect(run.trace == ["person:ada: run_created"])
        #expect(run.state.status == .pending)
        #expect(try run.crash() == ["driver_attached resume"])
        #expect(try run.recovered() == ["stage_entered main", "attempt_started a#1", "> start a#1"])
    }

    @Test("A step starts when all that it needs has ended, whatever the order of their ends")
    func diamond() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: top, run: x}
                - {name: left, run: x, needs: [top]}
                - {name: right, run: x, needs: [top]}
                - {name: bottom, run: x, needs: [left, right]}
                - {name: loose, run: x, needs: []}
                """))
        #expect(run.trace.suffix(2) == ["> start top#1", "> start loose#1"])
        #expect(try run.succeed("top").suffix(2) == ["> start left#1", "> start right#1"])
        #expect(try run.succeed("right") == ["step_succeeded right#1 [checkpoint]"])
        #expect(try run.succeed("loose") == ["step_succeeded loose#1 [checkpoint]"])
        #expect(try run.succeed("left").suffix(2) == ["attempt_started bottom#1", "> start bottom#1"])
        #expect(try run.succeed("bottom").last == "> ended completed")
    }

    @Test("No more than max_parallel steps run at once, and the first in the definition come first")
    func maxParallel() throws {
        var run = try TestRun(
            Definitions.steps(
                (1...5).map { "- {name: s\($0), run: x, needs: []}" }.joined(separator: "\n"), head: "max_parallel: 2"))
        #expect(run.trace.filter { $0.hasPrefix(">") } == ["> start s1#1", "> start s2#1"])
        #expect(try run.succeed("s2").last == "> start s3#1")
        #expect(try run.succeed("s1").last == "> start s4#1")
        #expect(run.state.runningAttempts.count == 2)
        #expect(try run.succeed("s4").last == "> start s5#1")
        #expect(try run.succeed("s5").count == 1)
        #expect(try run.succeed("s3").last == "> ended completed")
    }

    @Test("Completed steps are told in the order of their completion")
    func completionOrder() throws {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x, needs: []}\n- {name: b, run: x, needs: []}"))
        try run.succeed("b")
        try run.succeed("a")
        #expect(run.state.completedSteps == [1, 0])
    }

    @Test("A second result of one attempt, and the result of an attempt that never was, change nothing")
    func lateResults() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}\n- {name: b, run: x}"))
        let first = run.attempt("a")
        try run.succeed("a")
        #expect(try run.take(.attemptEnded(first, .succeeded(outputs: [:]))) == [])
        #expect(try run.take(.attemptEnded(first, .failed(Failure(kind: .transient, code: "x", message: "x")))) == [])
        #expect(try run.take(.attemptNeverBegan(first)) == [])
        #expect(try run.take(.attemptLost(first, reason: "x")) == [])
        #expect(try run.take(.probeEnded(first, .notDone, message: "", outputs: [:])) == [])
        #expect(try run.take(.waitEnded(first)) == [])
        #expect(
            try run.take(.attemptEnded(AttemptReference(step: "b", attempt: 7), .succeeded(outputs: [:]))) == [])
        #expect(run.statuses == ["a=success", "b=running"])
    }

    @Test("A declared output that is missing or of another type is a failure for good")
    func outputs() throws {
        let yaml = Definitions.steps(
            "- {name: a, run: x, outputs: {id: string, size: integer}, retry: {limit: 3, delay: 1s}}")
        var run = try TestRun(yaml)
        #expect(
            try run.succeed("a", ["id": .string("x")]) == [
                "attempt_failed a#1 output_missing", "step_failed a output_missing", "run_ended failed",
                "> ended failed",
            ])
        #expect(
            run.state.failure?.message
                == "step a failed: the declared output size was not written to $WORKFLOW_OUTPUT")
        run = try TestRun(yaml)
        #expect(
            try run.succeed("a", ["id": .string("x"), "size": .string("3")])[0] == "attempt_failed a#1 output_type")
        run = try TestRun(yaml)
        #expect(try run.succeed("a", ["id": .string("x"), "size": .int(3)]).last == "> ended completed")
    }
}
