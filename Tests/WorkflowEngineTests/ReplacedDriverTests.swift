import Testing
import WorkflowCore
import WorkflowEngine
import WorkflowExecutors
import WorkflowStore

@Suite("A driver that was replaced says so, whatever it trips over", .timeLimit(.minutes(5)))
struct ReplacedDriverTests {
    /// Nothing can be learned of the attempt, as when another driver is just removing its folder.
    private func drive(isReplaced: Bool) async throws -> Result<DriveResult, EngineError> {
        let bench = try EngineBench()
        let steps = #"""
                  - name: held
                    run: echo held >> "$BENCH/ledger"; sleep 60
            """#
        return try await bench.drive(try bench.request(steps)) { _ in
            try await bench.awaitLedger(["held"])
            if isReplaced {
                bench.memory.abandonClaims()
                let run = try #require(try await bench.memory.run(named: EngineBench.run))
                _ = try await bench.memory.claim(run.uuid)
            }
            try bench.hideAttempts()
            bench.killEverything()
        }
    }

    @Test("A folder that cannot be read is an error to the driver; to one that was replaced, the loss of its claim")
    func replaced() async throws {
        guard case .failure(let own) = try await drive(isReplaced: false) else {
            Issue.record("a driver without a folder went on")
            return
        }
        #expect(own.code == .executor(.attemptFolder), "\(own)")
        guard case .failure(let error) = try await drive(isReplaced: true) else {
            Issue.record("a driver that was replaced went on")
            return
        }
        #expect(error.code == .store(.staleToken), "\(error)")
    }
}
