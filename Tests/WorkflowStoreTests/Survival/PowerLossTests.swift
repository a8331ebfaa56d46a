import Testing
import WorkflowCore
import WorkflowStore
import WorkflowTestKit

@testable import WorkflowStoreSQLite

/// The real store on a simulated disk, whose power is cut at random operations: inside commits, while the log is moved,
/// while the store is opened or closed. What was not synced is dropped, reordered and torn.
///
/// Ten thousand cuts: `WORKFLOW_SURVIVAL_SEEDS=1-10000 swift test --skip-build --filter SurvivalPowerLossTests`.
@Suite("Survival: a store whose machine loses power")
struct SurvivalPowerLossTests {
    /// Seeds that once found a defect.
    static let regressions: [UInt64] = []
    /// After each cut the disk is looked at in as many states as chance may have left it in.
    static let images: UInt64 = 3

    private struct Figures {
        var operations = 0
        var syncs = 0
        var cuts = 0
        var idle = 0
        var images = 0
    }

    @Test("Whatever was acknowledged is there, nothing is there by half, and every run can be driven on")
    func cuts() async throws {
        var figures = Figures()
        for seed in SurvivalPowerLossTests.regressions + Array(SurvivalSeeds.range(1...80)) {
            let problem = try await cut(seed, syncsCommits: true, &figures)
            #expect(problem == nil, "seed \(seed)")
            if problem != nil { break }
        }
        print("power loss: \(figures)")
        #expect(figures.cuts > figures.idle)
    }

    @Test("With commits that are not synced, the same cuts find lost checkpoints")
    func teeth() async throws {
        var figures = Figures()
        var found = 0
        for seed in UInt64(1)...20 where try await cut(seed, syncsCommits: false, &figures) != nil { found += 1 }
        print("power loss without syncs: \(found) of 20 seeds lost something")
        #expect(found >= 5)
    }

    @Test("The same before and after every write, sync, cut and opening of a use of the store")
    func everyOperation() async throws {
        var operation = 2
        var cuts = 0
        while true {
            for isAfter in [false, true] {
                var use = try await DiskUse(seed: 7)
                use.disk.cutPower(at: operation, after: isAfter)
                let failure = try await use.run(15)
                guard use.disk.isOff else {
                    #expect(failure == nil)
                    print("power loss: before and after each of \(operation - 1) operations of the disk, \(cuts) cuts")
                    #expect(cuts > 100)
                    return
                }
                cuts += 1
                await use.close()
                let problem = try await use.problem(inImage: UInt64(operation))
                #expect(problem == nil, "\(isAfter ? "after" : "before") operation \(operation)")
            }
            operation += 1
        }
    }

    /// Uses a store until the power is cut, and looks at what is left; returns what is wrong with it.
    private func cut(_ seed: UInt64, syncsCommits: Bool, _ figures: inout Figures) async throws -> String? {
        var random = SeededGenerator(seed: seed)
        var use = try await DiskUse(seed: seed, syncsCommits: syncsCommits)
        // Not before the database is opened: the disk knows the files that were.
        use.disk.cutPower(at: random.number(in: 2...400), after: random.chance(50))
        let failure = try await use.run(80)
        if let failure, !use.disk.isOff { return "\(failure)" }
        if use.disk.isOff { figures.cuts += 1 } else { figures.idle += 1 }
        use.disk.cutPower()
        await use.close()
        figures.operations += use.operations
        figures.syncs += use.disk.syncs
        for image in 0..<SurvivalPowerLossTests.images {
            figures.images += 1
            if let problem = try await use.problem(inImage: seed &* 31 &+ image) { return "image \(image): \(problem)" }
        }
        return nil
    }
}
