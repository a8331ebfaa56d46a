import Testing
import WorkflowCore
import WorkflowStore
import WorkflowStoreSQLite
import WorkflowTestKit

@Suite("Every store keeps the protocol's promises")
struct StoreConformanceTests {
    @Test("In memory", arguments: StoreConformance.all)
    func inMemory(_ conformance: StoreConformance) async throws {
        var ids = SequentialIDs(series: 9)
        try await conformance.run(on: InMemoryStore(id: ids.next()))
    }

    @Test("On SQLite", arguments: StoreConformance.all)
    func onSQLite(_ conformance: StoreConformance) async throws {
        let folder = TemporaryFolder()
        try await conformance.run(on: try folder.open())
        // Its second connection opens first, and everything is there again.
        let again = try folder.open(.existing)
        for record in try await again.runs(RunFilter()) {
            let raw = try await again.rawEntries(of: record.uuid, after: 0, limit: 100_000)
            #expect(HashChain.verify(raw, of: record.id, head: (record.head, record.headHash)) == nil)
        }
        await again.close()
    }
}
