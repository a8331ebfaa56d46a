import Testing
import WorkflowCore
import WorkflowEngine
import WorkflowStore
import WorkflowTestKit

@Suite("P2 and P4: what is done stays done, and nothing is guessed", .timeLimit(.minutes(5)))
struct NeverGuessTests {
    let bench: EngineBench

    init() throws {
        bench = try EngineBench()
    }

    /// Waits at its first start only: a start too many ends by itself, and is seen.
    static let held = #"""
              - name: before
                run: echo before >> "$BENCH/ledger"
              - name: held
                run: |
                  echo held >> "$BENCH/ledger"
                  [ "$(grep -c held "$BENCH/ledger")" -gt 1 ] || sleep 60
              - name: after
                run: echo after >> "$BENCH/ledger"
        """#

    private func phase(of step: String) async throws -> StepState.Phase? {
        try await bench.engine().view(of: EngineBench.run).state.state(ofStep: step)?.phase
    }

    private func expectInDoubt() async throws {
        let phase = try await phase(of: "held")
        guard case .inDoubt = phase else {
            Issue.record("held is not in doubt, but \(String(describing: phase))")
            return
        }
        #expect(bench.ledger == ["before", "held"])
    }

    @Test("A step that was lost while nobody drove is in doubt, for any number of resumes, and is not started again")
    func lostBetweenDrivers() async throws {
        // The driver dies in a write, and the step goes on under its supervisor.
        let gate = GatedStore(bench.memory, moment: .after) { entries in
            entries.contains { if case .pauseRequested = $0.fact { true } else { false } }
        }
        let ended = try await bench.drive(try bench.request(Self.held), over: gate) { [bench] _ in
            try await bench.awaitLedger(["before", "held"])
            _ = try await bench.engine().ask(
                .pause(reason: nil), of: EngineBench.run, actor: "user:bob", control: RunControl(),
                observer: bench.recorder)
            bench.clock.wake()
            try #require(await gate.heldWrite() != nil)
            gate.open(.fails(StoreError(.io, "injected: the disk is gone")))
        }
        #expect(throws: EngineError(.store(.io), "injected: the disk is gone")) { try ended.get() }
        bench.memory.abandonClaims()
        #expect(bench.killEverything())
        for _ in 0..<3 {
            #expect(try await bench.resume().get().end == .waiting)
            try await expectInDoubt()
        }
    }

    @Test("A step that is lost under its driver is in doubt")
    func lostUnderDriver() async throws {
        let ended = try await bench.drive(try bench.request(Self.held)) { [bench] _ in
            try await bench.awaitLedger(["before", "held"])
            #expect(bench.killEverything())
        }
        #expect(try ended.get().end == .waiting)
        try await expectInDoubt()
    }

    @Test("A resume runs what failed, and nothing that has succeeded")
    func failedAgain() async throws {
        let steps = #"""
                  - name: first
                    run: echo first >> "$BENCH/ledger"
                  - name: second
                    run: echo second >> "$BENCH/ledger"; test "$(grep -c second "$BENCH/ledger")" -ge 2
                  - name: third
                    run: echo third >> "$BENCH/ledger"
            """#
        #expect(try await bench.drive(try bench.request(steps)).get().end == .ended(.failed))
        #expect(try await bench.resume().get().end == .ended(.completed))
        #expect(bench.ledger == ["first", "second", "second", "third"])
        // What has completed is left as it is.
        #expect(try await bench.resume().get().end == .ended(.completed))
        #expect(bench.ledger == ["first", "second", "second", "third"])
    }
}
