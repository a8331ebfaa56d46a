import Testing
import WorkflowCore
import WorkflowStore
import WorkflowTestKit

@Suite("The store in memory")
struct InMemoryStoreTests {
    @Test("Drivers that died leave their runs to others, and their late appends are refused")
    func abandoned() async throws {
        var fixture = StoreFixture()
        let store = InMemoryStore(id: fixture.ids.next())
        let created = try await fixture.create(in: store)
        store.abandonClaims()
        #expect(try await store.isClaimed(created.claim.run) == false)
        let late = Append(
            claim: created.claim, head: 1, entries: fixture.step(1), projection: StoreFixture.running)
        let claim = try await store.claim(created.claim.run)
        let error = await #expect(throws: StoreError.self) { try await store.append(late) }
        #expect(error?.code == .staleToken)
        #expect(claim.token > created.claim.token)
        #expect(try await store.verifyJournal(of: created.claim.run) == nil)
    }
}
