import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("People and their decisions")
struct PeopleTests {
    private static let gate = Definitions.steps(
        "- {name: ask, uses: approval, with: {prompt: Go?, approvers: [bob]}}\n- {name: after, run: x}")

    private static func typed(_ login: String, as name: String? = nil, _ identity: StoreIdentity = .login) -> Actor {
        Actor(Typist(login: login, userID: 1, host: "h", processID: 2, claimedName: name, identity: identity))
    }

    @Test("Whoever resolves an approval is one of its approvers, whichever way it is decided")
    func resolveApproval() throws {
        for decision in [StepResolved.Decision.done, .skip, .retry] {
            var run = try TestRun(Self.gate)
            try run.reject("ask", by: "person:bob")
            #expect(run.state.status == .failed)
            for who in [TestRun.person, Self.typed("ada"), Self.typed("ada", as: "bob"), Self.typed("bob", as: "eve")] {
                let input = Input.resolved(step: "ask", decision, outputs: [:], reason: "x", by: who)
                #expect(try run.refusal(of: input)?.hasPrefix("not_an_approver: ") == true)
            }
            for who in [Self.typed("bob"), Self.typed("bob", as: "bob"), Self.typed("ada", as: "bob", .claimed)] {
                var other = run
                try other.take(.resolved(step: "ask", decision, outputs: [:], reason: "x", by: who))
            }
        }
    }

    @Test("Where logins count, nobody answers under another name, also where the step names no approvers")
    func claimedNames() throws {
        let gate = Definitions.steps("- {name: ask, uses: approval, with: {prompt: Go?}}\n- {name: after, run: x}")
        let others = [Self.typed("ada", as: "eve"), Self.typed("ada", as: "Ada"), Self.typed("root", as: "ada")]
        var run = try TestRun(gate)
        for who in others {
            for input in [
                Input.approved(step: "ask", reason: nil, by: who), .rejected(step: "ask", reason: nil, by: who),
            ] {
                let refusal = try run.refusal(of: input) ?? ""
                #expect(refusal.hasPrefix("not_an_approver: "), "\(refusal)")
                #expect(refusal.contains("leave --as out") && refusal.contains("identity=claimed"), "\(refusal)")
            }
        }
        var rejected = run
        try rejected.reject("ask", by: "person:bob")
        for who in others {
            let input = Input.resolved(step: "ask", .skip, outputs: [:], reason: "x", by: who)
            #expect(try rejected.refusal(of: input)?.hasPrefix("not_an_approver: ") == true)
        }
        for who in [Self.typed("ada"), Self.typed("ada", as: "ada"), Self.typed("ada", as: "eve", .claimed)] {
            var other = run
            try other.take(.approved(step: "ask", reason: nil, by: who))
            #expect(other.status("ask") == .success)
        }
        // What is no answer to an approval keeps the name beside who typed it.
        try run.take(.pauseAsked(reason: nil, by: Self.typed("ada", as: "eve")))
        #expect(run.journal.last { $0.fact.type == "pause_requested" }?.actor.by?.claimedName == "eve")
    }

    @Test("What holds an approval that was not given cannot be decided around it")
    func resolveAround() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - name: g
                  steps:
                    - {name: one, run: x}
                    - {name: ask, uses: approval, with: {prompt: Go?, approvers: [bob]}}
                - {name: after, run: x}
                """))
        try run.fail("one")
        #expect(try run.refusal(ofResolving: "g", .skip)?.hasPrefix("not_an_approver: ada may not resolve ") == true)
        #expect(try run.refusal(ofResolving: "one", .skip) == nil)
    }

    @Test("A failed run ends as cancelled by a reason, and its owed work does not run again")
    func endFailed() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}", onExit: "- {name: bye, run: x}"))
        try run.fail("a")
        try run.succeed("bye")
        #expect(run.state.status == .failed)
        #expect(try run.refusal(of: .cancelAsked(reason: nil, by: "x"))?.hasPrefix("reason_missing: ") == true)
        #expect(
            try run.cancel(reason: "won't fix") == [
                "person:ada: cancel_requested \"won't fix\"", "run_ended cancelled", "> ended cancelled",
            ])
        #expect(try run.refusal(of: .cancelAsked(reason: "x", by: "x"))?.hasPrefix("run_has_ended: ") == true)
    }

    @Test("A doubt that is cancelled takes a reason, and stays known")
    func cancelDoubt() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}"))
        try run.crashLosing("a")
        #expect(run.status("a") == .inDoubt)
        #expect(
            try run.refusal(of: .cancelAsked(reason: nil, by: "x"))
                == "reason_missing: a is in doubt, and stays so: to cancel it, say why with `--reason TEXT`")
        try run.cancel(reason: "x")
        #expect(run.status("a") == .cancelled)
        #expect(run.state.state(ofStep: "a")?.openDoubt != nil)
    }

    @Test("Who made the driver leave is known until the next one comes; the machine's signals are nobody's")
    func stop() throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}"))
        try run.take(.driverLeft(reason: "SIGTERM"))
        #expect(run.state.stop == nil)
        try run.take(.driverLeft(reason: "SIGINT", by: Self.typed("ada")))
        #expect(run.state.stop?.told == "SIGINT of ada")
        try run.take(.driverAttached(TestRun.driver(.resume), by: Self.typed("bob")))
        #expect(run.state.stop == nil)
    }

    @Test("A person's signal is written down when it comes, once, and outlives the driver that dies before it has left")
    func stopAtOnce() throws {
        let actor = Self.typed("ada")
        var run = try TestRun(Definitions.steps("- {name: a, run: x}"))
        #expect(try run.take(.stoppedByPerson(signal: "SIGINT", by: actor)) == ["ada: stop_requested SIGINT"])
        #expect(try run.take(.stoppedByPerson(signal: "SIGINT", by: actor)) == [])
        #expect(run.state.stop?.told == "SIGINT of ada")
        try run.take(.driverLeft(reason: "SIGTERM"))
        #expect(run.state.stop?.told == "SIGINT of ada")
        try run.crash(.recovery)
        #expect(run.state.stop == nil)
        var ended = try TestRun(Definitions.steps("- {name: a, run: x}"))
        try ended.succeed("a")
        #expect(try ended.take(.stoppedByPerson(signal: "SIGINT", by: actor)) == [])
    }

    @Test(
        "An interrupt is a person's, a hangup that of a terminal, a termination the machine's",
        arguments: [
            ("SIGINT", nil, true), ("SIGHUP", "/dev/pts/1", true), ("SIGHUP", nil, false),
            ("SIGTERM", "/dev/pts/1", false),
        ] as [(String, String?, Bool)])
    func signals(signal: String, terminal: String?, isPersons: Bool) {
        let typist = Typist(login: "ada", userID: 1, host: "h", processID: 2, terminal: terminal)
        #expect(PersonsStop.isPersons(signal, of: Actor(typist)) == isPersons)
        #expect(!PersonsStop.isPersons(signal, of: engineActor))
    }

    @Test(
        "Approvers have to be people who can be told from the store's owner",
        arguments: [
            // Approvers, the audit login, how names are taken, whether the run may start.
            ("[bob]", nil, .login, false), ("[root]", nil, .login, false), ("['${{ run.id }}']", nil, .login, false),
            ("[bob]", nil, .claimed, true), ("[bob]", 1000, .login, true), ("[root, bob]", 1000, .login, true),
            ("[root]", 1000, .login, false), ("['uid:0']", 1000, .login, false),
            ("['${{ run.id }}']", 1000, .login, true), ("['login:root']", 1000, .login, false),
            ("['login:uid:0', root]", 1000, .login, false), ("['login:bob']", 1000, .login, true),
        ] as [(String, Int?, StoreIdentity, Bool)])
    func rule(approvers: String, audit: Int?, identity: StoreIdentity, mayStart: Bool) throws {
        let definition = try Definitions.load(
            Definitions.steps("- {name: ask, uses: approval, with: {prompt: Go?, approvers: \(approvers)}}"))
        let typist = Typist(
            login: "root", userID: 0, host: "h", processID: 2, auditLogin: audit.map { "uid:\($0)" }, auditID: audit)
        let rule = ApproverRule(owner: "root", ownerID: 0, identity: identity)
        #expect((rule.problem(of: definition, startedBy: Actor(typist)) == nil) == mayStart)
        #expect(rule.problem(of: definition, startedBy: "program:drill") == nil)
    }

    @Test(
        "Parameters alone can tell that approvers are none, or only the owner; a step that they skip promises nothing",
        arguments: [
            (#"["${{ params.who }}"]"#, "", "true", "invalid"),
            (#"["${{ params.who }}"]"#, "ada, lin", "true", "invalid"),
            (#"["${{ params.who }}"]"#, "user:ada", "true", "invalid"),
            (#"["${{ params.who }}"]"#, "root", "true", "owner"),
            (#"["${{ params.who }}"]"#, "login:root", "true", "owner"), (#"["${{ params.who }}"]"#, "ada", "true", nil),
            (#"["${{ params.who }}"]"#, "", "false", nil), ("[root]", "x", "false", nil),
            ("[root]", "x", "params.who == 'y'", nil), ("[root]", "x", "params.who == 'x'", "owner"),
        ] as [(String, String, String, String?)])
    func ruleOfParameters(approvers: String, who: String, condition: String, expected: String?) throws {
        let definition = try Definitions.load(
            """
            name: w
            params: {who: {type: string}}
            stages:
              - name: s
                steps:
                  - {name: ask, if: "\(condition)", uses: approval, with: {prompt: Go?, approvers: \(approvers)}}
            """)
        let typist = Typist(login: "root", userID: 0, host: "h", processID: 2, auditLogin: "root", auditID: 0)
        let problem = ApproverRule(owner: "root", ownerID: 0, identity: .login)
            .problem(of: definition, parameters: ["who": .string(who)], startedBy: Actor(typist))
        let told: String? =
            switch problem {
            case nil: nil
            case .noLogin?: "no login"
            case .ownerAlone?: "owner"
            case .invalid?: "invalid"
            }
        #expect(told == expected, "\(String(describing: problem))")
    }

    @Test("A user namespace has no logins: its approvals are refused, unless names are believed")
    func userNamespace() throws {
        var mapped = Typist(login: "bob", userID: 1, host: "h", processID: 2, auditLogin: "bob", auditID: 1)
        mapped.isMapped = true
        #expect(Typist(mapped.payload) == mapped)
        #expect(mapped.told == "bob (user namespace)")
        var run = try TestRun(Self.gate)
        #expect(
            try run.refusal(of: .approved(step: "ask", reason: nil, by: Actor(mapped)))?
                .hasPrefix("not_an_approver: bob cannot approve step ask: this process runs in a user namespace")
                == true)
        mapped.identity = .claimed
        #expect(mapped.told == "bob (user namespace; identity: claimed)")
        #expect(try run.refusal(of: .approved(step: "ask", reason: nil, by: Actor(mapped))) == nil)
        let rule = ApproverRule(owner: "root", ownerID: 0, identity: .login)
        mapped.identity = .login
        #expect(
            rule.problem(of: try Definitions.load(Self.gate), startedBy: Actor(mapped))
                == .noLogin(step: "ask", approvers: ["bob"]))
    }
}
