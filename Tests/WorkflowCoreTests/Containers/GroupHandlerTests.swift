import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Handlers in and around groups")
struct GroupHandlerTests {
    @Test("A failure in a group starts the handlers in it, then those around it")
    func insideAndOutside() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - name: g
                  steps:
                    - {name: a, run: x}
                    - {name: b, run: x}
                    - {name: undo_a, run: x, if: "failure()", needs: [b]}
                    - {name: close, run: x, if: "always()"}
                - {name: page, run: x, if: "failure()"}
                """))
        #expect(try run.fail("a").last == "> start undo_a#1")
        #expect(try run.succeed("undo_a").last == "> start close#1")
        #expect(
            try run.succeed("close").suffix(3) == [
                "step_failed g exit_status", "attempt_started page#1", "> start page#1",
            ])
        #expect(try run.succeed("page").last == "> ended failed")
    }

    @Test(
        "A group that runs after failures has its turn in each resume, also where what is before it does not run"
    )
    func everyResume() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: z, run: x, needs: []}
                - {name: a, run: x, needs: [z], if: "1 / (run.id == '' ? 0 : 0) == 1"}
                - {name: b, run: x, needs: []}
                - {name: h, needs: [b], if: "always()", steps: [{name: close, run: x}]}
                """))
        try run.succeed("z")
        try run.fail("b")
        try run.fail("close")
        #expect(run.state.status == .failed)
        #expect(try run.resume() == ["step_failed a expression_failed", "attempt_started close#2", "> start close#2"])
        #expect(try run.succeed("close").last == "> ended failed")
        #expect(run.status("b") == .pending)
    }

    @Test("A handler that has nothing to do does not keep the groups around it from failing")
    func emptyHandler() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - name: outer
                  steps:
                    - {name: a, run: x, needs: []}
                    - name: inner
                      needs: []
                      steps:
                        - {name: b, run: x}
                        - {name: c, run: x}
                        - {name: tidy, run: x, if: "failure()", foreach: {items: [], as: item}}
                """))
        try run.fail("a")
        #expect(
            try run.succeed("b").suffix(5) == [
                "items_evaluated tidy 0", "step_succeeded tidy#0 [checkpoint]", "step_failed outer exit_status",
                "run_ended failed", "> ended failed",
            ])
    }

    @Test("A failure outside starts the handlers of a group that stands still because of it")
    func standingGroup() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - name: g
                  needs: []
                  steps: [{name: a, run: x}, {name: b, run: x}, {name: close, run: x, if: "always()"}]
                - {name: other, run: x, needs: []}
                """))
        try run.fail("other")
        #expect(try run.succeed("a").last == "> start close#1")
        #expect(try run.succeed("close").last == "> ended failed")
        #expect(run.instanceStatuses.first == "g=pending")
        #expect(try run.resume().suffix(2) == ["> start b#1", "> start other#2"])
        try run.succeed("other")
        // Done stays done: the handler had its turn.
        #expect(try run.succeed("b").suffix(4).first == "step_succeeded g#0 [checkpoint]")
    }

    @Test("A group that is a handler runs whole after a failure")
    func handlerGroup() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - {name: a, run: x}
                - name: g
                  if: "failure()"
                  steps: [{name: b, run: x}, {name: c, run: x}]
                """))
        #expect(try run.fail("a").last == "> start b#1")
        #expect(try run.succeed("b").last == "> start c#1")
        #expect(
            try run.succeed("c").suffix(3) == ["step_succeeded g#0 [checkpoint]", "run_ended failed", "> ended failed"])
    }

    @Test("A handler for which there is no slot has its turn when there is one, and the group waits for it")
    func noSlot() throws {
        for needs in ["[ask]", "[never]"] {
            var run = try TestRun(
                Definitions.steps(
                    """
                    - name: g
                      needs: []
                      steps:
                        - {name: ask, uses: approval, with: {prompt: "?"}}
                        - {name: never, run: x}
                        - {name: close, run: x, if: "always()", needs: \(needs)}
                    - {name: long, run: x, needs: []}
                    """, head: "max_parallel: 1"))
            #expect(run.trace.last == "> start long#1")
            #expect(try run.reject("ask").last == "step_failed ask rejected")
            #expect(try run.succeed("long").last == "> start close#1")
            #expect(try run.succeed("close").dropFirst().first == "step_failed g rejected")
        }
    }

    @Test("A handler in the group of an item reacts to the failure of another item")
    func otherItem() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - name: g
                  foreach: {items: [1, 2], as: i}
                  steps: [{name: a, run: x}, {name: b, run: x}, {name: close, run: x, if: "always()"}]
                """))
        #expect(try run.fail("g[0].a").last == "> start g[0].close#1")
        try run.succeed("g[0].close")
        #expect(run.status("g[0]") == .failed)
        #expect(try run.succeed("g[1].a").last == "> start g[1].close#1")
        #expect(
            try run.succeed("g[1].close").suffix(3) == [
                "step_failed g items_failed", "run_ended failed", "> ended failed",
            ])
    }
}
