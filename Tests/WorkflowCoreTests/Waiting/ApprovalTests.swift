import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Approvals")
struct ApprovalTests {
    static func run(_ with: String = "prompt: Go?", _ keys: String = "") throws -> TestRun {
        try TestRun(
            Definitions.steps("- {name: ask, uses: approval, with: {\(with)}\(keys)}\n- {name: after, run: x}"))
    }

    @Test("The question is written down, with its due time, before anybody is asked")
    func asks() throws {
        let run = try ApprovalTests.run("prompt: Go?, timeout: 2h, approvers: [ada, bob]")
        #expect(run.trace.suffix(2) == ["attempt_started ask#1 for 2h", "> wait ask#1 2h"])
        guard case .attemptStarted(let fact)? = run.journal.last?.fact else { throw Missing(what: "an intent") }
        #expect(fact.question == .approval(prompt: "Go?", approvers: ["ada", "bob"]))
        #expect(fact.host == nil)
        #expect(run.state.status == .waiting)
        #expect(run.machine.isIdle)
    }

    @Test("An approval is a success that says whose it was")
    func approved() throws {
        var run = try ApprovalTests.run()
        #expect(
            try run.approve("ask", reason: "fine") == [
                "person:ada: step_approved ask \"fine\"",
                "step_succeeded ask#1 by approval {\"approved_by\":\"ada\",\"reason\":\"fine\"} [checkpoint]",
                "attempt_started after#1", "> start after#1",
            ])
        #expect(try run.wait("ask") == [])
    }

    @Test("A rejection is a failure that says whose it was; a resume asks again")
    func rejected() throws {
        var run = try ApprovalTests.run()
        #expect(
            try run.reject("ask", reason: "not today") == [
                "person:ada: step_rejected ask \"not today\"", "attempt_failed ask#1 rejected",
                "step_failed ask rejected", "run_ended failed", "> ended failed",
            ])
        #expect(run.state.failure?.message == "step ask failed: rejected by ada: not today")
        #expect(try run.resume() == ["attempt_started ask#2 for 30d", "> wait ask#2 30d"])
    }

    @Test(
        "Nobody answers",
        arguments: [("fail", "> ended failed"), ("skip", "> start after#1")])
    func timeout(policy: String, last: String) throws {
        var run = try ApprovalTests.run("prompt: Go?, timeout: 1m, on_timeout: \(policy)")
        #expect(try run.wait("ask").last == last)
        #expect(run.status("ask") == (policy == "skip" ? .skipped : .failed))
        if policy == "fail" {
            #expect(run.state.failure?.message == "step ask failed: nobody approved or rejected within 1m")
        }
    }

    @Test("Only an approver may answer, where there are any")
    func approvers() throws {
        var run = try ApprovalTests.run("prompt: Go?, approvers: [bob, eve]")
        for input: Input in [
            .approved(step: "ask", reason: nil, by: "person:ada"),
            .rejected(step: "ask", reason: nil, by: "person:ada"),
        ] {
            #expect(
                try run.refusal(of: input)?.hasPrefix("not_an_approver: ada may not ") == true)
        }
        #expect(try run.approve("ask", by: "person:eve").last == "> start after#1")
    }

    @Test("What does not ask cannot be answered; the message names what does")
    func notAsking() throws {
        var run = try ApprovalTests.run()
        #expect(
            try run.refusal(of: .approved(step: "after", reason: nil, by: TestRun.person))
                == "step_not_asking: step after does not wait for approval (it is pending); these do: ask")
        try run.approve("ask")
        #expect(
            try run.refusal(of: .rejected(step: "ask", reason: nil, by: TestRun.person))
                == "step_not_asking: step ask does not wait for approval (it is success); no step of the run does")
        #expect(
            try run.refusal(of: .approved(step: "nothing", reason: nil, by: TestRun.person))?.hasPrefix(
                "no_such_step: ")
                == true)
    }

    @Test("An answer while nobody drives is kept, and the next driver goes on from it")
    func undriven() throws {
        var run = try ApprovalTests.run()
        try run.take(.driverLeft(reason: "waiting"))
        try run.crash(.request)
        #expect(try run.approve("ask").count == 2)
        try run.take(.driverLeft(reason: "request"))
        try run.crash(.recovery)
        #expect(try run.recovered() == ["attempt_started after#1", "> start after#1"])
    }

    @Test("A new driver waits for what is left; a cancel gives the question up")
    func restart() throws {
        var run = try ApprovalTests.run("prompt: Go?, timeout: 1h")
        run.clock.advance(by: .seconds(600))
        #expect(try run.resume() == ["> wait ask#1 50m"])
        #expect(try run.cancel().prefix(2) == ["person:ada: cancel_requested", "step_cancelled ask"])
        #expect(run.state.status == .cancelled)
    }

    @Test("Prompt and approvers are worked out for each item")
    func items() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - name: ask
                  uses: approval
                  with: {prompt: "Deploy to ${{ region }}?", approvers: ["lead-${{ region }}"]}
                  foreach: {items: [eu, us], as: region, key: region}
                """))
        #expect(try run.approve("ask[us]", by: "person:lead-us").first?.hasSuffix("step_approved ask[us]") == true)
        #expect(try run.refusal(of: .approved(step: "ask[eu]", reason: nil, by: "person:lead-us")) != nil)
        #expect(try run.approve("ask[eu]", by: "person:lead-eu").last == "> ended completed")
    }
}
