import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

/// `person:ada` moves the run; `bob` is the approver.
@Suite("A move does not take an approval from its approvers")
struct ApproverChangeTests {
    private static let ask = "- {name: ask, uses: approval, with: {prompt: Go?, approvers: [bob]}}"
    private static let gate = "- {name: before, run: x}\n\(ask)\n- {name: after, run: x}"

    /// In each state in which the approval is not given.
    private func states() throws -> [(name: String, run: TestRun)] {
        var early = try TestRun(Definitions.steps(Self.gate))
        try early.fail("before")
        var waiting = try TestRun(Definitions.steps(Self.gate))
        try waiting.succeed("before")
        var rejected = waiting
        try rejected.take(.rejected(step: "ask", reason: "no", by: "person:bob"))
        return [("not asked", early), ("waiting", waiting), ("rejected", rejected)]
    }

    private func refusal(_ run: TestRun, _ yaml: String) throws -> String? {
        var run = run
        do {
            try run.move(to: yaml)
            return nil
        } catch let refusal as InputRefusal {
            return "\(refusal.code.rawValue): \(refusal.message)"
        }
    }

    @Test(
        "Others than the approvers cannot change or drop them, nor what makes the answer count",
        arguments: [
            (ask.replacing("[bob]", with: "[eve]"), "ask asks eve, not bob"),
            (ask.replacing(", approvers: [bob]", with: ""), "ask asks anybody, not bob"),
            (ask.replacing("[bob]", with: "[bob, ada]"), "ask asks bob, ada, not bob"), ("", "ask no longer asks bob"),
            ("- {name: ask, run: x}", "ask no longer asks bob"),
            (
                ask.replacing("name: ask", with: "name: ask, if: 'false'"),
                "what ask asks of bob, or what decides it, is written otherwise"
            ),
            (ask.replacing("name: ask", with: "name: ask, continue_on_error: true"), "is written otherwise"),
            (ask.replacing("Go?", with: "Go?, timeout: 1s, on_timeout: skip"), "is written otherwise"),
            (ask + "\n- {name: g, needs: [], steps: [{name: x, run: x}]}", nil),
            (ask.replacing("Go?", with: "Go now?"), nil), (ask, nil),
        ] as [(String, String?)])
    func others(asked: String, told: String?) throws {
        let yaml = Definitions.steps("- {name: before, run: x}\n\(asked)\n- {name: after, run: x, needs: [before]}")
        let same = Definitions.steps("- {name: before, run: x}\n\(asked)\n- {name: after, run: x, needs: [ask]}")
        for (name, run) in try states() {
            let hasAsk = asked.contains("name: ask")
            let refusal = try refusal(run, hasAsk ? same : yaml)
            guard let told else {
                #expect(refusal == nil, "\(name)")
                continue
            }
            #expect(refusal?.hasPrefix("not_an_approver: ada may not move the run past step ask") == true, "\(name)")
            #expect(refusal?.hasSuffix(told) == true, "\(name): \(refusal ?? "")")
        }
    }

    @Test("What came after the approval does not get round it")
    func freed() throws {
        let free = Definitions.steps(Self.gate.replacing("name: after", with: "name: after, needs: [before]"))
        for (name, run) in try states() {
            let refusal = try refusal(run, free)
            #expect(
                refusal?.hasSuffix("in the other definition after no longer comes after ask, which asks bob") == true,
                "\(name): \(refusal ?? "")")
        }
    }

    @Test("An approver may, and the decision names the approval; one that was given is nobody's any more")
    func approver() throws {
        let mine = Self.gate.replacing("[bob]", with: "[bob, ada]")
        var run = try TestRun(Definitions.steps(mine))
        try run.succeed("before")
        try run.move(to: Definitions.steps(Self.gate))
        let change = run.journal.lazy.compactMap { entry -> DefinitionChanged? in
            if case .definitionChanged(let fact) = entry.fact { fact } else { nil }
        }.first
        #expect(change?.change.approvers.map(\.told) == ["ask asks bob, not bob, ada"])
        #expect(change?.change.approvers.first?.others == ["bob"])
        let fact = try #require(change.map(Fact.definitionChanged))
        #expect(try Fact(type: fact.type, version: Fact.payloadVersion, payload: fact.payload) == fact)

        var given = try TestRun(Definitions.steps(Self.gate))
        try given.succeed("before")
        try given.take(.approved(step: "ask", reason: nil, by: "person:bob"))
        try given.fail("after")
        #expect(try refusal(given, Definitions.steps("- {name: before, run: x}\n- {name: after, run: x}")) == nil)
        // It would be asked again, and of others.
        #expect(
            try refusal(given, Definitions.steps(Self.gate.replacing("[bob]", with: "[ada]")))?
                .hasPrefix("not_an_approver: ") == true)
    }

    @Test("An approval in a group that has not begun, or that is owed, has its approvers too")
    func elsewhere() throws {
        let group = "- {name: before, run: x}\n- name: g\n  steps:\n    \(Self.ask)"
        var run = try TestRun(Definitions.steps(group))
        try run.fail("before")
        #expect(
            try refusal(run, Definitions.steps(group.replacing("[bob]", with: "[eve]")))?.contains("ask asks eve")
                == true)
        #expect(try refusal(run, Definitions.steps(group)) == nil)
        var owing = try TestRun(Definitions.steps("- {name: a, run: x}", onExit: Self.ask))
        try owing.pause()
        try owing.succeed("a")
        #expect(
            try refusal(owing, Definitions.steps("- {name: a, run: x}", onExit: "- {name: bye, run: x}"))?
                .hasSuffix("ask no longer asks bob") == true)
        var grouped = run
        _ = try grouped.resume()
        try grouped.succeed("before")
        #expect(try refusal(grouped, Definitions.steps(group.replacing("Go?", with: "Go now?"))) == nil)
        #expect(
            try refusal(
                grouped, Definitions.steps("- {name: before, run: x}\n- {name: g, steps: [{name: b, run: x}]}"))?
                .hasSuffix("ask no longer asks bob") == true)
    }

    @Test("To go back behind a rejection takes an approver")
    func rewind() throws {
        var run = try TestRun(Definitions.steps(Self.gate))
        try run.succeed("before")
        var waiting = run
        try waiting.rewind(to: "before")
        try run.take(.rejected(step: "ask", reason: "no", by: "person:bob"))
        let point = try run.checkpoint("before")
        try run.crash()
        #expect(
            try run.refusal(of: .rewindAsked(point.id, sequence: point.sequence, by: TestRun.person))?
                .hasPrefix("not_an_approver: ada may not go back behind the answer to step ask") == true)
        try run.take(.rewindAsked(point.id, sequence: point.sequence, by: "person:bob"))
    }

    // MARK: - After a rejection

    @Test(
        "What comes after the approval does not start after a rejection either",
        arguments: [
            ("{name: after, run: x}", "{name: after, if: always(), run: x}", "after"),
            ("{name: after, run: x}", "{name: after, if: failure(), run: x}", "after"),
            (
                "{name: after, run: x}",
                "{name: after, if: \"always() && steps.before.status == 'succeeded'\", run: x}", "after"
            ),
            (
                "{name: after, if: \"always() && steps.ask.status == 'succeeded'\", run: x}",
                "{name: after, if: always(), run: x}", "after"
            ),
            ("{name: g, steps: [{name: b, run: x}]}", "{name: g, if: always(), steps: [{name: b, run: x}]}", "g, b"),
            (
                "{name: g, if: always(), steps: [{name: b, if: \"steps.ask.status == 'succeeded'\", run: x}]}",
                "{name: g, if: always(), steps: [{name: b, run: x}]}", "b"
            ),
        ])
    func startsAfterRejection(before: String, after: String, freed: String) throws {
        var run = try TestRun(Definitions.steps("- {name: before, run: x}\n\(Self.ask)\n- \(before)"))
        try run.succeed("before")
        let edited = Definitions.steps("- {name: before, run: x}\n\(Self.ask)\n- \(after)")
        let refusal = try refusal(run, edited)
        #expect(
            refusal?.hasSuffix("in the other definition \(freed) no longer comes after ask, which asks bob") == true,
            "\(refusal ?? "")")
    }

    @Test("A rejection that was given holds back what follows it, whatever the move says")
    func startsAfterRejectionGiven() throws {
        let guarded = "{name: after, if: \"always() && steps.ask.status == 'succeeded'\", run: x}"
        for after in ["{name: after, run: x}", guarded] {
            let yaml = Definitions.steps("- {name: before, run: x}\n\(Self.ask)\n- \(after)")
            var run = try TestRun(yaml)
            try run.succeed("before")
            try run.take(.rejected(step: "ask", reason: "no", by: "person:bob"))
            let edited = yaml.replacing(after, with: "{name: after, if: always(), run: x}")
            #expect(try refusal(run, edited)?.contains("after no longer comes after ask") == true, "\(after)")
        }
    }

    @Test(
        "Conditions that start nothing new after a rejection may change",
        arguments: [
            ("{name: after, if: always(), run: x}", "{name: after, if: failure(), run: x}"),
            ("{name: after, run: x}", "{name: after, if: steps.before.status == 'succeeded', run: x}"),
            ("{name: after, if: always(), run: x}", "{name: after, if: \"always() && 1 > 2\", run: x}"),
            (
                "{name: g, steps: [{name: b, run: x}, {name: c, run: x}]}",
                "{name: g, steps: [{name: b, run: x}, {name: c, if: always(), run: x}]}"
            ),
        ])
    func startsNothing(before: String, after: String) throws {
        var run = try TestRun(Definitions.steps("- {name: before, run: x}\n\(Self.ask)\n- \(before)"))
        try run.succeed("before")
        let edited = Definitions.steps("- {name: before, run: x}\n\(Self.ask)\n- \(after)")
        #expect(try refusal(run, edited) == nil)
    }

    @Test("A stage behind a rejection is not entered: a handler there may be added to")
    func handlerOfLaterStage() throws {
        let yaml = Definitions.stages(
            Definitions.stage("main", Self.gate), Definitions.stage("late", "- {name: last, run: x}"))
        var run = try TestRun(yaml)
        try run.succeed("before")
        #expect(try refusal(run, yaml.replacing("name: last", with: "name: last, if: always()")) == nil)
    }

    // MARK: - What expressions read

    private static let picked = """
        - {name: pick, run: x, outputs: {who: string}}
        - {name: other, run: x}
        - {name: ask, uses: approval, with: {prompt: Go?, approvers: ["${{ steps.pick.outputs.who }}"]}}
        - {name: after, run: x}
        """

    @Test("A step that the approvers are read from cannot be changed past them")
    func approversRead() throws {
        var run = try TestRun(Definitions.steps(Self.picked))
        try run.succeed("pick", ["who": .string("bob")])
        try run.succeed("other")
        for edited in ["name: pick, run: y", "name: pick, if: 1 < 2, run: x", "name: pick, env: {A: b}, run: x"] {
            let yaml = Definitions.steps(Self.picked.replacing("name: pick, run: x", with: edited))
            let refusal = try refusal(run, yaml)
            #expect(
                refusal?.hasPrefix("not_an_approver: ada may not move the run past step ask") == true,
                "\(edited): \(refusal ?? "")")
            #expect(refusal?.hasSuffix("ask asks ${{ … }}, not bob") == true, "\(edited): \(refusal ?? "")")
        }
        // Nothing of the approval reads it, and what has been picked stays.
        let other = Self.picked.replacing("name: other, run: x", with: "name: other, run: y")
        #expect(try refusal(run, Definitions.steps(other)) == nil)
        #expect(try refusal(run, Definitions.steps(Self.picked, head: "env: {WHO: eve}")) == nil)
    }

    @Test("Nor what a step reads that is still to pick them")
    func approversReadAtSecondHand() throws {
        let steps =
            "- {name: source, run: x, outputs: {who: string}}\n"
            + Self.picked.replacing(
                "name: pick, run: x", with: "name: pick, env: {W: \"${{ steps.source.outputs.who }}\"}, run: x")
        let head = "env: {WHO: bob, OTHER: \"1\"}"
        var run = try TestRun(Definitions.steps(steps, head: head))
        try run.succeed("source", ["who": .string("bob")])
        try run.fail("pick")
        let edits = [
            Definitions.steps(steps.replacing("name: source, run: x", with: "name: source, run: y"), head: head),
            // A script sees all of its environment.
            Definitions.steps(steps, head: head.replacing("bob", with: "eve")),
            Definitions.steps(steps, head: head.replacing("WHO: bob", with: "WHO: bob, EXTRA: /tmp")),
        ]
        for edited in edits {
            #expect(try refusal(run, edited)?.hasPrefix("not_an_approver: ") == true, "\(edited)")
        }
        let other = steps.replacing("name: other, run: x", with: "name: other, run: y")
        #expect(try refusal(run, Definitions.steps(other, head: head)) == nil)
    }

    @Test("A list of items, or a condition around the approval, that is read from a step is as fixed as the step")
    func holdersRead() throws {
        let list = "- {name: list, run: x, outputs: {hosts: array}}\n- {name: other, run: x}\n"
        let holders = [
            "- name: g\n  foreach: {items: \"${{ steps.list.outputs.hosts }}\", as: host}\n  steps:\n    \(Self.ask)",
            "- name: g\n  if: size(steps.list.outputs.hosts) > 0\n  steps:\n    \(Self.ask)",
            Self.ask.replacing("name: ask", with: "name: ask, if: \"steps.list.outputs.hosts != []\""),
        ]
        for holder in holders {
            var run = try TestRun(Definitions.steps(list + holder))
            try run.succeed("list", ["hosts": .array([.string("a")])])
            var early = run
            try early.fail("other")
            try run.succeed("other")
            for state in [early, run] {
                let edited = list.replacing("name: list, run: x", with: "name: list, run: y")
                #expect(
                    try refusal(state, Definitions.steps(edited + holder))?.hasSuffix("is written otherwise") == true,
                    "\(holder)")
                let other = list.replacing("name: other, run: x", with: "name: other, run: y")
                #expect(try refusal(state, Definitions.steps(other + holder)) == nil, "\(holder)")
            }
        }
    }

    /// A gate whose approval is asked for only where `condition` holds.
    private static func gateAsked(if condition: String, head: String, stage: String = "") -> String {
        let steps = Self.gate.replacing("name: ask", with: "name: ask, if: \"\(condition)\"")
        return "name: w\n\(head)\nstages:\n" + Definitions.stage("main", steps, keys: stage)
    }

    @Test("The environment that a condition of the approval reads cannot be changed past its approvers")
    func conditionReadsEnvironment() throws {
        let condition = "env.NEED == 'yes'"
        let plain = Self.gateAsked(if: condition, head: "env: {NEED: \"yes\", X: a}")
        let staged = Self.gateAsked(if: condition, head: "env: {X: a}", stage: "env: {NEED: \"yes\"}")
        let chained = Self.gateAsked(
            if: condition, head: "env: {ALL: \"yes\", X: a}", stage: "env: {NEED: \"${{ env.ALL }}\"}")
        let edits = [
            (plain, plain.replacing("\"yes\"", with: "\"no\"")),
            (staged, staged.replacing("\"yes\"", with: "\"no\"")),
            (chained, chained.replacing("\"yes\"", with: "\"no\"")),
            // The stage's variable hides the workflow's.
            (plain, Self.gateAsked(if: condition, head: "env: {NEED: \"yes\", X: a}", stage: "env: {NEED: \"no\"}")),
        ]
        for (before, after) in edits {
            var early = try TestRun(before)
            var waiting = early
            try early.fail("before")
            try waiting.succeed("before")
            for run in [early, waiting] {
                let refusal = try refusal(run, after)
                #expect(
                    refusal?.hasSuffix("what ask asks of bob, or what decides it, is written otherwise") == true,
                    "\(after): \(refusal ?? "")")
                // No expression of the approval reads it.
                #expect(try self.refusal(run, before.replacing("X: a", with: "X: b")) == nil, "\(before)")
            }
        }
    }

    @Test("The default of a parameter that a condition reads counts where the run has no value of its own")
    func conditionReadsParameter() throws {
        let direct = Self.gateAsked(
            if: "params.need == 'yes'", head: "params: {need: {type: string, default: \"yes\"}}")
        let byEnvironment = Self.gateAsked(
            if: "env.NEED == 'yes'",
            head: "params: {need: {type: string, default: \"yes\"}}\nenv: {NEED: \"${{ params.need }}\"}")
        for yaml in [direct, byEnvironment] {
            let edited = yaml.replacing("\"yes\"", with: "\"no\"")
            var run = try TestRun(yaml)
            try run.fail("before")
            #expect(try refusal(run, edited)?.hasSuffix("is written otherwise") == true)
            var given = try TestRun(yaml, parameters: ["need": .string("yes")])
            try given.fail("before")
            #expect(try refusal(given, edited) == nil)
        }
    }

    @Test("A person who is an approver may change what the approval reads")
    func approverChangesReads() throws {
        let yaml = Self.gateAsked(if: "env.NEED == 'yes'", head: "env: {NEED: \"yes\"}")
            .replacing("[bob]", with: "[ada]")
        var run = try TestRun(yaml)
        try run.fail("before")
        #expect(try refusal(run, yaml.replacing("\"yes\"", with: "\"no\"")) == nil)
    }
}
