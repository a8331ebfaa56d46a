import Dispatch
import Glibc
import Testing
import WorkflowCore
import WorkflowStore
import WorkflowTestKit

@testable import WorkflowStoreSQLite

@Suite("A store whose processes die")
struct StoreCrashTests {
    var folder = TemporaryFolder()

    /// Drives `runs` runs of a store at once, and writes down each head after the store acknowledged it.
    static func drive(_ path: String, runs: Int, steps: Int, series: UInt64) async throws {
        let location = StoreLocation(folder: StoreFolder(path: path + "/.workflow"), origin: .option)
        let store = try SQLiteStore.open(location, mode: .create)
        let acknowledged = open("\(path)/acknowledged-\(series)", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        try await withThrowingTaskGroup { group in
            for run in 0..<runs {
                group.addTask {
                    var fixture = StoreFixture(series: series + UInt64(run))
                    let created = try await fixture.create(in: store)
                    var head: Int64 = 1
                    for step in 1...steps {
                        let append = Append(
                            claim: created.claim, head: head, entries: fixture.step(step),
                            projection: StoreFixture.running)
                        let receipt = try await store.append(append)
                        head = receipt.head
                        let ids = receipt.checkpoints.map(\.id.text).joined(separator: ",")
                        let line = Array("\(created.claim.run.text) \(head) \(ids)\n".utf8)
                        write(acknowledged, line, line.count)
                    }
                }
            }
            try await group.waitForAll()
        }
        await store.close()
    }

    /// Everything that was acknowledged is in the store, and every journal is whole.
    func verify(_ store: SQLiteStore, series: [UInt64]) async throws -> Int {
        var count = 0
        for record in try await store.runs(RunFilter()) {
            let raw = try await store.rawEntries(of: record.uuid, after: 0, limit: 100_000)
            #expect(HashChain.verify(raw, of: record.id, head: (record.head, record.headHash)) == nil)
            #expect(try await store.checkpoints(of: record.uuid).last?.id == record.checkpoint)
        }
        for series in series {
            let file = open("\(folder.path)/acknowledged-\(series)", O_RDONLY)
            var bytes = [UInt8](repeating: 0, count: 1 << 20)
            let length = read(file, &bytes, bytes.count)
            close(file)
            for line in String(decoding: bytes.prefix(max(length, 0)), as: UTF8.self).split(separator: "\n") {
                let parts = line.split(separator: " ")
                let run = try #require(UniqueID(text: String(parts[0])))
                let record = try #require(try await store.run(run))
                #expect(try record.head >= #require(Int64(parts[1])))
                let checkpoint = try await store.checkpoint(CheckpointID(String(parts[2])))
                #expect(checkpoint?.run == run)
                count += 1
            }
        }
        return count
    }

    @Test(
        "After kill -9 in the middle of appends, everything acknowledged is there and can be claimed", arguments: 0..<3)
    func killed(_ round: Int) async throws {
        let path = folder.path
        let delay = 20 + 37 * round
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, delay = delay as Int] in
            let killer = DispatchQueue(label: "killer")
            killer.async {
                // Not before the first acknowledgements, then at any moment.
                while fileSize("\(path)/acknowledged-10") < 2000 { usleep(200) }
                usleep(useconds_t(delay * 100))
                kill(getpid(), SIGKILL)
            }
            try await StoreCrashTests.drive(path, runs: 4, steps: 100_000, series: 10)
        }
        let store = try folder.open(.existing)
        #expect(try await verify(store, series: [10]) > 10)
        #expect(PathKind(of: store.folder.cleanMarker) == .nothing)
        for record in try await store.runs(RunFilter()) {
            #expect(try await store.isClaimed(record.uuid) == false)
            let claim = try await store.claim(record.uuid)
            #expect(claim.token > record.token)
            var fixture = StoreFixture(series: 99)
            let append = Append(
                claim: claim, head: record.head, entries: fixture.step(1), projection: StoreFixture.running)
            #expect(try await store.append(append).head == record.head + 2)
        }
        await store.close()
    }

    @Test("Three processes that make and fill one store at the same time")
    func threeProcesses() async throws {
        let path = folder.path
        let series: [UInt64] = [100, 200, 300]
        await withTaskGroup { group in
            for first in series {
                group.addTask {
                    await #expect(processExitsWith: .success) { [path = path as String, first = first as UInt64] in
                        try await StoreCrashTests.drive(path, runs: 3, steps: 40, series: first)
                    }
                }
            }
        }
        #expect(names(in: path).filter { $0.hasPrefix(".workflow") } == [".workflow"])
        let store = try folder.open(.existing)
        #expect(try await verify(store, series: series) == 360)
        let runs = try await store.runs(RunFilter()).map(\.id.text)
        #expect(Set(runs).count == 9)
        await store.close()
    }

    @Test("A log whose end was lost after a crash is noticed by the run's next driver")
    func lostEnd() async throws {
        let path = folder.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let location = StoreLocation(folder: StoreFolder(path: path + "/.workflow"), origin: .option)
            let store = try SQLiteStore.open(location, mode: .create)
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store, id: "lost")
            for step in 0..<9 {
                let append = Append(
                    claim: created.claim, head: Int64(1 + 2 * step), entries: fixture.step(step),
                    projection: StoreFixture.running)
                _ = try await store.append(append)
            }
            kill(getpid(), SIGKILL)
        }
        let log = folder.location.folder.log
        truncate(log, off_t(fileSize(log) - 4096))
        let store = try folder.open(.existing)
        let run = try #require(try await store.run(named: RunID("lost")))
        #expect(run.head == 17)
        for _ in 0..<2 {
            let error = await #expect(throws: StoreError.self) { try await store.claim(run.uuid) }
            #expect(error?.code == .storeDamaged)
            #expect(error?.message.contains("entry 17") == true && error?.message.contains("entry 19") == true)
        }
        #expect(try await store.run(run.uuid)?.token == run.token)
        #expect(try await store.isClaimed(run.uuid) == false)
        // Whoever knows what was lost goes on without it.
        truncate(store.folder.lock(of: run.uuid), 0)
        let claim = try await store.claim(run.uuid)
        var fixture = StoreFixture(series: 2)
        let append = Append(claim: claim, head: 17, entries: fixture.step(20), projection: StoreFixture.running)
        #expect(try await store.append(append).head == 19)
        await store.release(claim)
        _ = try await store.claim(run.uuid)
        await store.close()
    }

    @Test("A run that a live process drives cannot be claimed; once it is killed, at once")
    func takeOver() async throws {
        let path = folder.path
        var fixture = StoreFixture(series: 7)
        let store = try folder.open()
        let created = try await fixture.create(in: store, id: "taken")
        await store.release(created.claim)
        await withTaskGroup { group in
            group.addTask {
                await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                    let location = StoreLocation(folder: StoreFolder(path: path + "/.workflow"), origin: .option)
                    let store = try SQLiteStore.open(location, mode: .existing)
                    let run = try #require(try await store.run(named: RunID("taken")))
                    _ = try await store.claim(run.uuid)
                    try writeSmallFile(path + "/claimed", "")
                    while PathKind(of: path + "/go") == .nothing { usleep(500) }
                    kill(getpid(), SIGKILL)
                }
            }
            while PathKind(of: path + "/claimed") == .nothing { await Task.yield() }
            let error = await #expect(throws: StoreError.self) { try await store.claim(created.claim.run) }
            #expect(error?.code == .heldByOther)
            try? writeSmallFile(path + "/go", "")
        }
        let claim = try await store.claim(created.claim.run)
        #expect(claim.token.number == 3)
        await store.close()
    }

    @Test("A builder that is killed leaves no store, and the next one makes it")
    func killedBuilder() async throws {
        let path = folder.path
        for delay in [0, 300, 700, 1500, 3000] {
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, delay = delay as Int] in
                DispatchQueue(label: "killer").async {
                    while names(in: path).isEmpty {}
                    usleep(useconds_t(delay))
                    kill(getpid(), SIGKILL)
                }
                let location = StoreLocation(folder: StoreFolder(path: path + "/.workflow"), origin: .option)
                for _ in 0..<1_000_000 { await (try SQLiteStore.open(location, mode: .create)).close() }
            }
            await (try folder.open()).close()
            #expect(names(in: path) == [".workflow"])
            TemporaryFolder.remove(path + "/.workflow")
        }
    }
}
