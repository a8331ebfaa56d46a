import Foundation
import Testing
import WorkflowTestKit

/// What each promise rests on and a wrapper around the pure machine cannot break, because it lies in files, processes
/// and disks: the mechanism, and the tests with real ones that fail without it. Which breaks of the machine, the driver
/// and the store find what is in `MutationTests`.
@Suite("Promises")
struct PromiseTests {
    static let processes: [(promise: String, broken: String, tests: [String])] = [
        (
            "P1", "effects start before the append, or though it failed",
            ["IntentFirstTests.held", "IntentFirstTests.failed"]
        ),
        ("P1", "synchronous=NORMAL in the store's file", ["SyncedTests.syncedFirst"]),
        ("P2", "a resume opens what has succeeded", ["ResumingTests.freshLimit", "KillStormTests.storm"]),
        ("P3", "an append is told before it is durable", ["IntentFirstTests.held", "IntentFirstTests.fenced"]),
        (
            "P4", "doubt is taken for an attempt that never began",
            ["InDoubtTests.inDoubt", "NeverGuessTests.lostBetweenDrivers"]
        ),
        ("P4", "a supervisor that lives is not found", ["ReattachTests.reattached", "ReattachTests.stillRunning"]),
        ("P4", "a record of how an attempt ended is not read", ["ReattachTests.settled"]),
        ("P5", "the lock of a run's driver", ["DriverTests.secondDriver", "DriverTests.stoppedDriver"]),
        ("P5", "the fencing token in the database", ["DriverTests.fencedDriver"]),
        (
            "P6", "the definition is not kept by its hash",
            ["KeptDefinitionTests.harmed", "ResumingTests.keptDefinition"]
        ),
        ("P7", "a timeout is not kept when the engine is gone", ["ResumingTests.timeoutWithoutEngine"]),
        ("P8", "a column of the journal is not covered by the chain", ["BrokenStoreTests.journalChanged"]),
        ("P9", "an entry of an unknown type is passed over", ["BrokenStoreTests.unknownEntry"]),
        ("P9", "a store of a newer version is read", ["BrokenStoreTests.newer"]),
        ("P9", "a store without its database is made anew", ["BrokenStoreTests.databaseGone"]),
        ("P9", "a full disk is passed over", ["BrokenStoreTests.fullDisk"]),
    ]

    @Test("Every promise has tests that are seen to fail, in the simulation or with real processes")
    func everyPromise() {
        let simulated = Set(Mutation.allCases.map(\.promise))
        for number in 1...8 { #expect(simulated.contains("P\(number)")) }
        for number in 1...9 { #expect(PromiseTests.processes.contains { $0.promise == "P\(number)" }) }
    }

    @Test("The tests that the table names are there")
    func tests() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        var sources: [String: String] = [:]
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift" else { continue }
            sources[file.deletingPathExtension().lastPathComponent] = try String(contentsOf: file, encoding: .utf8)
        }
        for row in PromiseTests.processes {
            for name in row.tests {
                let parts = name.split(separator: ".").map(String.init)
                let source = sources[parts[0]] ?? ""
                #expect(source.contains("@Test(") && source.contains("func \(parts[1])("), "\(row.promise): \(name)")
            }
        }
    }
}
