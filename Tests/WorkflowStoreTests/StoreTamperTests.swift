import GRDB
import Testing
import WorkflowCore
import WorkflowStore
import WorkflowStoreSQLite
import WorkflowTestKit

@Suite("A journal changed behind the store's back")
struct StoreTamperTests {
    let folder = TemporaryFolder()

    /// A store with a run of five entries, changed by `sql` and looked at.
    func looked<Value>(
        after sql: String, _ look: (SQLiteStore, RunRecord) async throws -> Value
    ) async throws -> Value {
        var fixture = StoreFixture()
        let store = try folder.open()
        let created = try await fixture.create(in: store)
        for (step, head): (Int, Int64) in [(1, 1), (2, 3)] {
            let append = Append(
                claim: created.claim, head: head, entries: fixture.step(step), projection: StoreFixture.running)
            _ = try await store.append(append)
        }
        await store.close()
        let database = try DatabaseQueue(path: folder.location.folder.database)
        try await database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA foreign_keys = OFF; \(sql)") }
        try database.close()
        let again = try folder.open(.existing)
        let record = try #require(try await again.run(created.claim.run))
        let value = try await look(again, record)
        await again.close()
        return value
    }

    @Test(
        "Verification finds every change of every column",
        arguments: [
            ("UPDATE journal SET run = 'other' WHERE seq = 3", ChainProblem(.missing, 3)),
            ("UPDATE journal SET seq = 8 WHERE seq = 3", ChainProblem(.missing, 3)),
            ("UPDATE journal SET type = 'step_failed' WHERE seq = 3", ChainProblem(.entryChanged, 3)),
            ("UPDATE journal SET version = 2 WHERE seq = 3", ChainProblem(.entryChanged, 3)),
            ("UPDATE journal SET at = '2026-02-02T10:00:00.000Z' WHERE seq = 3", ChainProblem(.entryChanged, 3)),
            ("UPDATE journal SET actor = 'user:mallory' WHERE seq = 3", ChainProblem(.entryChanged, 3)),
            ("UPDATE journal SET payload = '{}' WHERE seq = 3", ChainProblem(.payloadChanged, 3)),
            ("UPDATE journal SET encoding = 'cbor' WHERE seq = 3", ChainProblem(.entryChanged, 3)),
            ("UPDATE journal SET payload_hash = zeroblob(32) WHERE seq = 3", ChainProblem(.entryChanged, 3)),
            ("UPDATE journal SET hash = zeroblob(32) WHERE seq = 3", ChainProblem(.entryChanged, 3)),
            ("DELETE FROM journal WHERE seq = 3", ChainProblem(.missing, 3)),
            ("DELETE FROM journal WHERE seq > 3", ChainProblem(.missing, 4)),
            (
                """
                UPDATE journal SET seq = 0 WHERE seq = 2; UPDATE journal SET seq = 2 WHERE seq = 3;
                UPDATE journal SET seq = 3 WHERE seq = 0
                """, ChainProblem(.entryChanged, 2)
            ),
            (
                """
                INSERT INTO journal SELECT run, 6, type, version, at, actor, payload, encoding, payload_hash, hash
                FROM journal WHERE seq = 5
                """, ChainProblem(.entryChanged, 6)
            ),
        ])
    func verified(_ sql: String, _ problem: ChainProblem) async throws {
        let found = try await looked(after: sql) { store, record in
            try await store.verifyJournal(of: record.uuid)
        }
        #expect(found == problem)
    }

    @Test(
        "Reading refuses what it cannot read and names the run and the entry",
        arguments: [
            ("UPDATE journal SET version = 2 WHERE seq = 3", StoreError.Code.storeTooNew),
            ("UPDATE journal SET type = 'step_teleported' WHERE seq = 3", .storeTooNew),
            ("UPDATE journal SET encoding = 'cbor' WHERE seq = 3", .storeTooNew),
            ("UPDATE journal SET payload = '{' WHERE seq = 3", .storeDamaged),
            ("UPDATE journal SET payload = '{}' WHERE seq = 3", .storeDamaged),
            ("UPDATE journal SET payload = '[]' WHERE seq = 3", .storeDamaged),
            ("UPDATE journal SET at = 'yesterday' WHERE seq = 3", .storeDamaged),
            ("DELETE FROM journal WHERE seq = 3", .storeDamaged),
        ])
    func refused(_ sql: String, _ code: StoreError.Code) async throws {
        let error = try await looked(after: sql) { store, record in
            await #expect(throws: StoreError.self) {
                try await store.entries(of: record.uuid, after: 0, through: nil, limit: 99)
            }
        }
        #expect(error?.code == code)
        #expect(error?.message.contains("entry 3 of run-2026-02-02-001") == true, "\(error?.message ?? "")")
    }

    @Test("A driver that was given less than the whole journal appends nothing")
    func cutTail() async throws {
        let error = try await looked(after: "DELETE FROM journal WHERE seq > 3") { store, record in
            let claim = try await store.claim(record.uuid)
            let known = try await store.entries(of: record.uuid, after: 0, through: nil, limit: 99)
            return await #expect(throws: StoreError.self) {
                try await store.append(
                    Append(
                        claim: claim, head: known.last?.sequence ?? 0, entries: [], projection: StoreFixture.running))
            }
        }
        #expect(error?.code == .headMismatch)
    }

    @Test("Rows of lists that no program wrote are damage, not a trap")
    func unreadableRecord() async throws {
        let error = try await looked(after: "UPDATE runs SET workflow = 'x'") { store, record in
            #expect(record.workflow == "x")
            let database = try DatabaseQueue(path: store.folder.database)
            try await database.writeWithoutTransaction {
                try $0.execute(sql: "UPDATE runs SET created_at = 'some time in February ok'")
            }
            try database.close()
            return await #expect(throws: StoreError.self) { try await store.runs(RunFilter()) }
        }
        #expect(error?.code == .storeDamaged)
        #expect(error?.message.contains("created_at") == true)
    }

    @Test("Ids are not given twice when what they named is gone")
    func removedIDs() async throws {
        let sql = "DELETE FROM checkpoints; DELETE FROM journal; DELETE FROM runs WHERE id = 'none'"
        try await looked(after: sql) { store, _ in
            var fixture = StoreFixture(series: 4)
            let created = try await fixture.create(in: store)
            #expect(created.record.id.text == "run-2026-02-02-002")
            let append = Append(
                claim: created.claim, head: 1, entries: fixture.step(1), projection: StoreFixture.running)
            #expect(try await store.append(append).checkpoints.map(\.id.text) == ["chk-2026-02-02-003"])
        }
    }
}
