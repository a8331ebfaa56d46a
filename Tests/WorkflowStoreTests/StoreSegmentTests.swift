import GRDB
import JSON
import Testing
import WorkflowCore
import WorkflowStore
import WorkflowTestKit

@testable import WorkflowStoreSQLite

@Suite("Segments beside a journal")
struct StoreSegmentTests {
    let folder = TemporaryFolder()

    /// Makes a run and appends entries in one go to a head of `count`.
    private func made(_ count: Int, in store: SQLiteStore, _ fixture: inout StoreFixture) async throws -> CreatedRun {
        let created = try await fixture.create(in: store)
        try await append(count - 1, behind: 1, of: created.claim, in: store, &fixture)
        return created
    }

    @discardableResult
    private func append(
        _ count: Int, behind head: Int64, of claim: RunClaim, in store: SQLiteStore, _ fixture: inout StoreFixture
    ) async throws -> Int64 {
        var entries: [ProposedEntry] = []
        for number in 0..<count {
            let step = "s\(Int(head) + number)"
            entries.append(number % 2 == 0 ? fixture.started(step) : fixture.finished(step))
        }
        return try await store.append(
            Append(claim: claim, head: head, entries: entries, projection: StoreFixture.running)
        ).head
    }

    private func change(_ sql: String) async throws {
        let database = try DatabaseQueue(path: folder.location.folder.database)
        try await database.writeWithoutTransaction {
            try $0.execute(sql: "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; \(sql)")
        }
        try database.close()
    }

    private func firsts(_ condition: String = "true") throws -> [Int64] {
        let database = try DatabaseQueue(path: folder.location.folder.database)
        return try database.read {
            try Int64.fetchAll($0, sql: "SELECT first FROM segments WHERE \(condition) ORDER BY run, first")
        }
    }

    private func rows(_ store: SQLiteStore, _ record: RunRecord) async throws -> [Entry] {
        try await store.rawEntries(of: record.uuid, after: 0, limit: 100_000).map { try $0.decoded(of: record.id) }
    }

    @Test("A block that an append fills gets its segment in the same transaction; what is not full has none")
    func written() async throws {
        let store = try folder.open()
        var fixture = StoreFixture()
        let created = try await made(1023, in: store, &fixture)
        #expect(try firsts() == [])
        let before = store.writeCounts
        var head = try await append(1, behind: 1023, of: created.claim, in: store, &fixture)
        #expect(try firsts() == [1])
        head = try await append(1, behind: head, of: created.claim, in: store, &fixture)
        head = try await append(3000, behind: head, of: created.claim, in: store, &fixture)
        #expect(try firsts() == [1, 1025, 2049])
        #expect(store.writeCounts.transactions == before.transactions + 3)
        // A run may be made with more than a block.
        let run = fixture.newRun()
        let entries = [fixture.created(run)] + (0..<1100).map { fixture.finished("s\($0)") }
        _ = try await store.createRun(run, entries: entries, projection: StoreFixture.running)
        #expect(try firsts("run LIKE '%002'") == [1])
        #expect(try await store.changedSegment(of: created.claim.run) == nil)
        #expect(try await store.changedSegment(of: run.uuid) == nil)
        await store.close()
    }

    @Test("Every range reads the same as the rows, with any segments missing", arguments: 1...6 as ClosedRange<UInt64>)
    func ranges(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let store = try folder.open()
        var fixture = StoreFixture()
        let created = try await fixture.create(in: store)
        var head: Int64 = 1
        while head < 4500 {
            let count = random.pick([1, 7, 500, 1023, 1024, 1500]) ?? 1
            head = try await append(count, behind: head, of: created.claim, in: store, &fixture)
        }
        let expected = try await rows(store, created.record)
        for _ in 1...15 {
            let after = Int64(random.number(in: -2...Int(head) + 2))
            let limit = random.pick([1, 1023, 1024, 2048, 5000, .max]) ?? 1
            let through = random.pick([nil, 1024, Int64(random.number(in: 0...Int(head))), .max]) ?? nil
            let found = try await store.entries(
                of: created.claim.run, after: after, through: through, limit: limit)
            let wanted = expected.filter { $0.sequence > after && $0.sequence <= through ?? .max }.prefix(limit)
            #expect(found == Array(wanted), "after \(after) through \(through ?? -1) limit \(limit)")
            if random.chance(20) {
                try await change("DELETE FROM segments WHERE first = \(1 + 1024 * random.number(in: 0...4))")
            }
        }
        await store.close()
    }

    @Test("Segments are what is read where they are sound")
    func used() async throws {
        let store = try folder.open()
        var fixture = StoreFixture()
        let created = try await made(1100, in: store, &fixture)
        let expected = try await rows(store, created.record)
        try await change("UPDATE journal SET payload = '{' WHERE seq = 100")
        #expect(try await store.entries(of: created.claim.run, after: 0, through: nil, limit: 4096) == expected)
        // The journal is what counts, and says so.
        #expect(try await store.verifyJournal(of: created.claim.run) == ChainProblem(.payloadChanged, 100))
        await store.close()
    }

    @Test(
        "A segment that was changed, moved or put in is not read, and is found",
        arguments: [
            ("first = 1025", 1), ("first = 2", 1), ("first = 0", 1), ("last = 1023", 1), ("last = 2048", 1),
            ("last = 9223372036854775807", 1), ("first = -9223372036854775808", 1),
            ("first = 9223372036854774785, last = 9223372036854775807", 1),
            ("body = x''", 1), ("body = zeroblob(100)", 1), ("body = CAST(body || x'00' AS BLOB)", 1),
            ("body = substr(body, 1, 5000)", 1), ("hash = zeroblob(32)", 1), ("hash = x''", 1),
            ("seal = zeroblob(32)", 1), ("seal = x''", 1),
            ("body = (SELECT body FROM segments WHERE first = 1025)", 1),
            ("(body, seal) = (SELECT body, seal FROM segments WHERE first = 1025)", 1),
            ("(body, hash, seal) = (SELECT body, hash, seal FROM segments WHERE first = 1025)", 1),
            ("first = 3073, last = 4096", 1), ("run = 'run-2026-02-02-002'", 2),
        ])
    func changed(_ change: String, run: Int) async throws {
        let store = try folder.open()
        var fixture = StoreFixture()
        let runs = [try await made(2100, in: store, &fixture), try await made(2, in: store, &fixture)]
        let expected = try await rows(store, runs[0].record)
        let other = try await rows(store, runs[1].record)
        if change == "first = 1025" { try await self.change("DELETE FROM segments WHERE first = 1025") }
        try await self.change("UPDATE segments SET \(change) WHERE first = 1")
        for limit in [2048, 4096, .max] {
            let found = try await store.entries(of: runs[0].claim.run, after: 0, through: nil, limit: limit)
            #expect(found == Array(expected.prefix(limit)), "\(limit)")
            #expect(try await store.entries(of: runs[1].claim.run, after: 0, through: nil, limit: limit) == other)
        }
        let found = try #require(try await store.changedSegment(of: runs[run - 1].claim.run))
        #expect(!found.isBelieved)
        #expect(found.remedy.contains("\(runs[run - 1].record.id.text)' AND first = \(found.first)"))
        #expect(try await store.verifyJournal(of: runs[0].claim.run) == nil)
        // What it says puts it right.
        let sql = try #require(found.remedy.split(separator: "\"").dropFirst().first)
        try await self.change(String(sql))
        for run in runs { #expect(try await store.changedSegment(of: run.claim.run) == nil) }
        // The next append makes its own, whatever lies there.
        try await self.change(
            "INSERT OR REPLACE INTO segments VALUES ('run-2026-02-02-001', 2049, 3072, x'01', x'02', x'03')")
        try await append(1000, behind: 2100, of: runs[0].claim, in: store, &fixture)
        #expect(try await store.changedSegment(of: runs[0].claim.run) == nil)
        #expect(try firsts("run = 'run-2026-02-02-001'").contains(2049))
        await store.close()
    }

    @Test("A sound seal over something else is read as it is: verification alone can tell")
    func forged() async throws {
        let store = try folder.open()
        var fixture = StoreFixture()
        let created = try await made(1100, in: store, &fixture)
        var encoder = SegmentEncoder()
        for raw in try await store.rawEntries(of: created.claim.run, after: 0, limit: 1024) {
            encoder.append(
                at: raw.at, actor: raw.sequence == 7 ? "user:mallory" : raw.actor, type: raw.type,
                version: raw.version, payload: raw.payload)
        }
        let hash = try #require(try await store.rawEntries(of: created.claim.run, after: 1023, limit: 1).first).hash
        let forged = SegmentRecord(first: 1, last: 1024, body: encoder.body, hash: hash, of: created.record.id)
        try await change(
            "UPDATE segments SET body = x'\(forged.body.hexadecimal)', seal = x'\(forged.seal.hexadecimal)'")
        let read = try await store.entries(of: created.claim.run, after: 0, through: 1024, limit: 1024)
        #expect(read.count == 1024 && read[6].actor == "user:mallory")
        let found = try await store.changedSegment(of: created.claim.run)
        #expect(found?.first == 1 && found?.isBelieved == true)
        // Nor does a backup take it for sound.
        let error = await #expect(throws: StoreError.self) {
            try await store.backUp(to: folder.path + "/backup.db", replacing: false)
        }
        #expect(error?.message.contains("the segment of entries 1 to 1024") == true)
        await store.close()
    }

    @Test("What is to be typed names any folder as one word")
    func shellWord() {
        #expect("/srv/a-b_c.1/store.db".shellWord == "/srv/a-b_c.1/store.db")
        #expect("/srv/it's here/$x".shellWord == "'/srv/it'\\''s here/$x'")
        #expect("".shellWord == "''")
    }

    @Test("Blocks of large entries have no segment, and cost no memory for one")
    func large() async throws {
        let store = try folder.open()
        var fixture = StoreFixture()
        let created = try await fixture.create(in: store)
        let text = JSONValue.string(String(repeating: "x", count: 4000))
        let entries = (0..<2047).map { number in
            fixture.finished("s\(number)", outputs: number < 1000 ? ["text": text] : ["number": .int(Int64(number))])
        }
        _ = try await store.append(
            Append(claim: created.claim, head: 1, entries: entries, projection: StoreFixture.running))
        #expect(try firsts() == [1025])
        let expected = try await rows(store, created.record)
        #expect(try await store.entries(of: created.claim.run, after: 0, through: nil, limit: 4096) == expected)
        #expect(try await store.changedSegment(of: created.claim.run) == nil)
        await store.close()
    }

    @Test("A run of an older store has segments of what is filled from now on")
    func olderStore() async throws {
        let store = try folder.open()
        var fixture = StoreFixture()
        let created = try await made(3000, in: store, &fixture)
        await store.close()
        // As the format before left it.
        try await change(
            """
            DROP TABLE environment_key;
            DROP TABLE acts; DROP TABLE place; DROP TABLE adoptions; ALTER TABLE runs DROP COLUMN stop; DROP TABLE \
            segments;
            ALTER TABLE runs DROP COLUMN failures; PRAGMA user_version = 2
            """)
        let again = try folder.open(.existing)
        let claim = try await again.claim(created.claim.run)
        try await append(100, behind: 3000, of: claim, in: again, &fixture)
        #expect(try firsts() == [2049])
        let expected = try await rows(again, created.record)
        #expect(expected.count == 3100)
        #expect(try await again.entries(of: claim.run, after: 0, through: nil, limit: 4096) == expected)
        #expect(try await again.changedSegment(of: claim.run) == nil)
        await again.close()
    }

    @Test("A run that is removed takes its segments with it, bit by bit, and no other's")
    func removed() async throws {
        let store = try folder.open()
        var fixture = StoreFixture()
        let stays = try await made(1100, in: store, &fixture)
        let goes = try await made(12_000, in: store, &fixture)
        #expect(try firsts().count == 12)
        let bytes = try await store.journalBytes(of: goes.claim.run)
        try await change("DELETE FROM segments WHERE run = 'run-2026-02-02-002' AND first > 9217")
        #expect(try await store.journalBytes(of: goes.claim.run) < bytes)
        try await store.remove(goes.claim)
        #expect(try firsts() == [1])
        #expect(try await store.changedSegment(of: stays.claim.run) == nil)
        #expect(try await store.diagnostics().damage == [])
        let error = await #expect(throws: StoreError.self) { try await store.changedSegment(of: goes.claim.run) }
        #expect(error?.code == .noSuchRun)
        await store.close()
    }
}

extension [UInt8] {
    fileprivate var hexadecimal: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
