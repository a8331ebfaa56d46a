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
            (ask.replacing("name: ask", with: "name: ask, if: 'false'"), "what ask asks of bob is written otherwise"),
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
}
