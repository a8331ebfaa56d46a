import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("What was ordered is not done when something forbids it before it begins")
struct ForbiddenEffectTests {
    /// What may come between an order and its execution.
    enum Later: String, CaseIterable {
        case pause, cancel, stop, leave, move

        var input: Input {
            switch self {
            case .pause: .pauseAsked(reason: nil, by: TestRun.person)
            case .cancel: .cancelAsked(reason: "enough", by: TestRun.person)
            case .stop: .stopAsked
            case .leave: .driverLeft(reason: "SIGTERM")
            case .move: .moveAsked(by: TestRun.person)
            }
        }
    }

    /// The effects of these runs' last decisions are wanted, and are not after any of `later`.
    private func expectForbidden(
        _ run: TestRun, _ isMeant: (Effect) -> Bool, by later: Later, _ location: SourceLocation = #_sourceLocation
    ) throws {
        let effects = run.decision.effects.filter(isMeant)
        try #require(!effects.isEmpty, sourceLocation: location)
        #expect(effects.allSatisfy(run.machine.isWanted), sourceLocation: location)
        var run = run
        try run.take(later.input)
        #expect(!effects.contains(where: run.machine.isWanted), "\(effects)", sourceLocation: location)
    }

    @Test("The run's turn", arguments: Later.allCases)
    func turn(later: Later) throws {
        try expectForbidden(
            try ConcurrencyTests.run(), { if case .takeConcurrency = $0 { true } else { false } }, by: later)
    }

    @Test("Locks of a step", arguments: Later.allCases)
    func locks(later: Later) throws {
        let run = try TestRun(Definitions.steps("- {name: a, run: x, locks: [db]}"))
        try expectForbidden(run, { if case .takeLocks = $0 { true } else { false } }, by: later)
    }

    @Test("A probe", arguments: Later.allCases)
    func probe(later: Later) throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x, probe: p}"))
        try run.crashLosing("a")
        try expectForbidden(run, { if case .startProbe = $0 { true } else { false } }, by: later)
    }

    @Test("A verification", arguments: Later.allCases)
    func verification(later: Later) throws {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x, verify: v}\n- {name: b, uses: approval, with: {prompt: p}}"))
        try run.succeed("a")
        try run.resume()
        try expectForbidden(run, { if case .startVerify = $0 { true } else { false } }, by: later)
    }

    @Test("A timer, where its wait is over otherwise", arguments: [Later.cancel, .pause, .move])
    func timer(later: Later) throws {
        let run = try TestRun(Definitions.steps("- {name: a, uses: sleep, with: {for: 1h}}"))
        try expectForbidden(run, { if case .startWait = $0 { true } else { false } }, by: later)
    }

    @Test("A timer of a step that a rewind has set back")
    func rewound() throws {
        var run = try TestRun(
            Definitions.steps(
                "- {name: a, run: x}\n- {name: b, run: x}\n- {name: c, uses: sleep, with: {for: 1h}}",
                head: "max_parallel: 1"))
        try run.succeed("a")
        try run.succeed("b")
        let effects = run.decision.effects
        let timers = effects.filter { if case .startWait = $0 { true } else { false } }
        try run.rewind(to: "a")
        #expect(timers.count == 1 && !timers.contains(where: run.machine.isWanted))
    }

    @Test(
        "An intent that is written down is carried out all the same, and ended after", arguments: [Later.cancel, .stop])
    func started(later: Later) throws {
        var run = try TestRun(Definitions.steps("- {name: a, run: x}"))
        let start = try #require(run.decision.effects.first)
        try run.take(later.input)
        #expect(run.machine.isWanted(start))
    }

    @Test("What the store gives to a run that starts nothing more goes back", arguments: [Later.pause, .stop, .leave])
    func givenBack(later: Later) throws {
        var run = try TestRun(
            Definitions.steps("- {name: a, run: x, locks: [db]}\n- {name: b, run: x, needs: []}"))
        try run.take(later.input)
        #expect(try run.giveLocks("a") == ["> release a"])
        #expect(run.state.state(ofStep: "a")?.locks == [])
        if later == .leave { return }
        try run.succeed("b")
        #expect(try run.resume().contains { $0.hasPrefix("> lock") }, "\(run.trace)")
        #expect(try run.giveLocks("a").last == "> start a#1")
    }
}
