import Testing
import WorkflowCore
import WorkflowEngine

@Suite("A supervisor that is stopped, or hangs, is not waited for without an end", .timeLimit(.minutes(5)))
struct StuckSupervisorTests {
    let bench: EngineBench

    init() throws {
        bench = try EngineBench()
    }

    private static let held = #"""
              - name: held
                run: echo held >> "$BENCH/ledger"; sleep 60
        """#

    /// Lets time pass until something is so.
    ///
    /// - Parameter longest: waits that are longer do not end.
    private func pass(waitsUpTo longest: Milliseconds = Milliseconds(.max), until isSo: () -> Bool) async throws {
        for _ in 0..<6_000 where !isSo() {
            bench.clock.passLongWaits(upTo: longest)
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func hasHeard(_ isIt: (Fact) -> Bool) -> Bool { bench.recorder.facts.contains(where: isIt) }

    private func reasonOfDoubt() async throws -> String? {
        let phase = try await bench.engine().view(of: EngineBench.run).state.state(ofStep: "held")?.phase
        guard case .inDoubt(let doubt) = phase else { return nil }
        return doubt.reason
    }

    @Test("At the step's timeout and some seconds it is killed with the step, which is in doubt")
    func overdue() async throws {
        let ended = try await bench.drive(try bench.request(Self.held)) { [bench] _ in
            try await bench.awaitLedger(["held"])
            try bench.stopSupervisors()
            try await pass { hasHeard { if case .attemptInDoubt = $0 { true } else { false } } }
        }
        #expect(try ended.get().end == .waiting)
        #expect(try await reasonOfDoubt() == "its supervisor did not end it at its timeout of 1h and was killed")
        #expect(!bench.isAnythingLeft)
        #expect(bench.ledger == ["held"])
    }

    @Test("Cancel ends a step whose supervisor does not hear it")
    func cancelled() async throws {
        let ended = try await bench.drive(try bench.request(Self.held)) { [bench] _ in
            try await bench.awaitLedger(["held"])
            try bench.stopSupervisors()
            _ = try await bench.engine().ask(
                .cancel(reason: nil), of: EngineBench.run, actor: "user:bob", control: RunControl(),
                observer: bench.recorder)
            bench.clock.wake()
            // The step's own timeout is an hour: it must not come to that.
            try await pass(waitsUpTo: .seconds(60)) { hasHeard { if case .runEnded = $0 { true } else { false } } }
        }
        #expect(try ended.get().end == .ended(.cancelled))
        #expect(!bench.isAnythingLeft)
    }

    @Test("A probe under such a supervisor cannot tell")
    func probe() async throws {
        let steps = #"""
                  - name: held
                    run: kill -9 $$
                    probe: echo probing >> "$BENCH/ledger"; sleep 60
            """#
        let ended = try await bench.drive(try bench.request(steps)) { [bench] _ in
            // Asked again as often as any that was lost with its supervisor.
            try await bench.awaitLedger(["probing"])
            try bench.stopSupervisors()
            try await pass { hasHeard { if case .probeFinished = $0 { true } else { false } } }
        }
        #expect(try ended.get().end == .waiting)
        #expect(try await reasonOfDoubt() != nil)
        #expect(!bench.isAnythingLeft)
    }
}
