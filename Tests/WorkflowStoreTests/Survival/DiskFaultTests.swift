import Glibc
import Testing
import WorkflowCore
import WorkflowStore
import WorkflowTestKit

@testable import WorkflowStoreSQLite

/// The real store on a simulated disk that fails the first operation, then the second, and so on, until a use of the
/// store comes to its end without a fault.
///
/// Other uses: `WORKFLOW_SURVIVAL_SEEDS=1-100 swift test --skip-build --filter SurvivalDiskFaultTests`.
@Suite("Survival: a store whose disk fails")
struct SurvivalDiskFaultTests {
    /// A fault and what it leaves.
    struct Fault: Sendable, CustomTestStringConvertible {
        let error: CInt
        let name: String
        /// How many operations fail, one after the other.
        let count: Int

        static let all = [
            Fault(error: ENOSPC, name: "ENOSPC", count: 4), Fault(error: EIO, name: "EIO", count: 1),
            Fault(error: EROFS, name: "EROFS", count: 1_000_000),
        ]
        var testDescription: String { name }
    }

    @Test("A clear error, nothing lost, and the next process goes on once the fault is gone", arguments: Fault.all)
    func everyOperation(_ fault: Fault) async throws {
        var faults = 0
        var heard = 0
        for seed in SurvivalSeeds.range(1...1) {
            var operation = 1
            while true {
                var use = try await DiskUse(seed: seed, counting: .all)
                use.disk.fail(at: operation, count: fault.count, with: fault.error, seed: seed &+ UInt64(operation))
                do {
                    let failure = try await use.run(12)
                    if let failure {
                        heard += 1
                        try expectClear(failure)
                    }
                    if use.disk.failures == 0 {
                        await use.close()
                        break
                    }
                    faults += 1
                    use.disk.faultIsGone()
                    try await use.goOn()
                    if let failure = try await use.run(6) {
                        throw BrokenPromise(description: "after the fault: \(failure)")
                    }
                    // What was acknowledged after the fault does not rest on what it had left.
                    use.disk.cutPower()
                    await use.close()
                    if let problem = try await use.problem(inImage: UInt64(operation)) {
                        throw BrokenPromise(description: "after a loss of power: \(problem)")
                    }
                } catch {
                    Issue.record("seed \(seed), \(fault.name) at operation \(operation): \(error)")
                    return
                }
                operation += 1
            }
        }
        print("disk faults: \(fault.name) at \(faults) operations, \(heard) of them heard of by callers")
        #expect(faults > 20)
    }

    private func expectClear(_ failure: DiskUse.Failure) throws {
        guard failure.error.code == .io, failure.error.message.contains("/.workflow") else {
            throw BrokenPromise(description: "not a clear error: \(failure)")
        }
    }
}
