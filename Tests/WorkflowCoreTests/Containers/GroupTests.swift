import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Groups")
struct GroupTests {
    static let nested = Definitions.steps(
        """
        - name: outer
          steps:
            - {name: a, run: x}
            - name: inner
              steps: [{name: b, run: x}, {name: c, run: x}]
        - {name: after, run: x}
        """)

    @Test("Steps of a group follow each other; what follows the group waits for all of them")
    func order() throws {
        var run = try TestRun(GroupTests.nested)
        #expect(run.trace.suffix(3) == ["group_entered outer", "attempt_started a#1", "> start a#1"])
        #expect(try run.succeed("a").suffix(3) == ["group_entered inner", "attempt_started b#1", "> start b#1"])
        try run.succeed("b", ["n": .int(1)])
        #expect(
            try run.succeed("c") == [
                "step_succeeded c#1 [checkpoint]", "step_succeeded inner#0 [checkpoint]",
                "step_succeeded outer#0 [checkpoint]", "attempt_started after#1", "> start after#1",
            ])
        #expect(
            run.outputs("outer")
                == .object(["a": .object([:]), "inner": .object(["b": .object(["n": .int(1)]), "c": .object([:])])]))
    }

    @Test("needs are of the same list")
    func needs() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - name: g
                  steps:
                    - {name: a, run: x, needs: []}
                    - {name: b, run: x, needs: []}
                    - {name: c, run: x, needs: [a, b]}
                """))
        #expect(run.trace.suffix(2) == ["> start a#1", "> start b#1"])
        #expect(try run.succeed("a") == ["step_succeeded a#1 [checkpoint]"])
        #expect(try run.succeed("b").last == "> start c#1")
    }

    @Test("A failure inside stops what is beside it, in the group and around it; the failure is told outwards")
    func failure() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - name: outer
                  needs: []
                  steps:
                    - name: inner
                      needs: []
                      steps: [{name: a, run: x, needs: []}, {name: b, run: x, needs: []}, {name: c, run: x, needs: [b]}]
                    - {name: d, run: x, needs: []}
                    - {name: e, run: x, needs: [d]}
                - {name: beside, run: x, needs: []}
                - {name: later, run: x, needs: [beside]}
                """))
        #expect(try run.fail("a").count == 2)
        #expect(try run.succeed("beside") == ["step_succeeded beside#1 [checkpoint]"])
        #expect(try run.succeed("d") == ["step_succeeded d#1 [checkpoint]"])
        #expect(
            try run.succeed("b") == [
                "step_succeeded b#1 [checkpoint]", "step_failed inner exit_status", "step_failed outer exit_status",
                "run_ended failed", "> ended failed",
            ])
        #expect(
            run.state.failure?.message == "step outer failed: step inner failed: step a failed: a did not work")
        #expect(
            try run.resume() == [
                "attempt_started a#2", "attempt_started c#1", "attempt_started e#1", "attempt_started later#1",
                "> start a#2", "> start c#1", "> start e#1", "> start later#1",
            ])
    }

    @Test("continue_on_error of a group, or of a step in it, keeps the failure inside", arguments: [true, false])
    func tolerated(isOfTheGroup: Bool) throws {
        let (group, step) = isOfTheGroup ? (", continue_on_error: true", "") : ("", ", continue_on_error: true")
        var run = try TestRun(
            Definitions.steps(
                "- {name: g\(group), steps: [{name: a, run: x\(step)}, {name: b, run: x}]}\n- {name: after, run: x}"))
        try run.fail("a")
        if !isOfTheGroup { try run.succeed("b") }
        #expect(run.status("b") == (isOfTheGroup ? .pending : .success))
        #expect(run.status("g") == (isOfTheGroup ? .failed : .success))
        #expect(run.trace.last == "> start after#1")
    }

    @Test("A skipped group skips all that it holds, and what follows runs")
    func skipped() throws {
        let run = try TestRun(
            Definitions.steps(
                "- {name: g, if: \"false\", steps: [{name: a, run: x}]}\n- {name: after, run: x}"))
        #expect(run.status("g") == .skipped)
        #expect(run.trace.last == "> start after#1")
    }

    @Test("A group in a foreach is a group for each item, and a foreach in it one for each of these")
    func inItems() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - name: outer
                  foreach: {items: [eu, us], as: region, key: region}
                  steps:
                    - {name: a, run: x}
                    - {name: f, run: x, foreach: {items: "${{ range(2) }}", as: n}}
                - {name: after, run: x}
                """))
        #expect(run.trace.suffix(2) == ["> start outer[eu].a#1", "> start outer[us].a#1"])
        try run.succeed("outer[us].a")
        #expect(run.trace.suffix(2) == ["> start outer[us].f[0]#1", "> start outer[us].f[1]#1"])
        #expect(
            run.instanceStatuses == [
                "outer=running", "outer[eu]=running", "outer[eu].a=running", "outer[eu].f=pending",
                "outer[us]=running", "outer[us].a=success", "outer[us].f=running", "outer[us].f[0]=running",
                "outer[us].f[1]=running", "after=pending",
            ])
        try run.succeed("outer[eu].a")
        for name in ["outer[eu].f[0]", "outer[us].f[0]", "outer[eu].f[1]"] { try run.succeed(name) }
        #expect(
            try run.succeed("outer[us].f[1]").dropFirst() == [
                "step_succeeded outer[us].f#0 [checkpoint]", "step_succeeded outer[us]#0 [checkpoint]",
                "step_succeeded outer#0 [checkpoint]", "attempt_started after#1", "> start after#1",
            ])
        #expect(run.keys.count == run.count("attempt_started"))
    }

    @Test("Owed work may be grouped and have items; its failures change nothing")
    func owedWork() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: a, run: x}",
                onExit: """
                    - {name: tell, run: x, foreach: {items: [1, 2], as: i}}
                    - {name: clean, steps: [{name: b, run: x}, {name: c, run: x}]}
                    """))
        try run.succeed("a")
        try run.fail("tell[0]")
        #expect(
            try run.succeed("tell[1]").suffix(4) == [
                "step_failed tell items_failed tolerated", "group_entered clean", "attempt_started b#1", "> start b#1",
            ])
        #expect(
            try run.fail("b").suffix(3) == [
                "step_failed clean exit_status tolerated", "run_ended completed", "> ended completed",
            ])
    }
}
