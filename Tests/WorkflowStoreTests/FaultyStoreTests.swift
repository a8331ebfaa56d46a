import Testing
import WorkflowCore
import WorkflowStore
import WorkflowTestKit

@Suite("The faulty store")
struct FaultyStoreTests {
    /// Makes a run and appends to it twice; says how far that came.
    func drive(_ store: FaultyStore) async -> (head: Int, error: StoreError.Code?) {
        var fixture = StoreFixture()
        var head = 0
        do {
            let created = try await fixture.create(in: store)
            head = 1
            for step in 1...2 {
                let append = Append(
                    claim: created.claim, head: Int64(head), entries: fixture.step(step),
                    projection: StoreFixture.running)
                head = Int(try await store.append(append).head)
            }
            return (head, nil)
        } catch {
            return (head, error.code)
        }
    }

    @Test("Every operation can be failed, before and after it took place", arguments: FaultyStore.Moment.allCases)
    func everyOperation(_ moment: FaultyStore.Moment) async throws {
        var ids = SequentialIDs()
        let faultless = FaultyStore(InMemoryStore(id: ids.next()))
        #expect(await drive(faultless) == (5, nil))
        #expect(faultless.operationCount == 3)
        for operation in 1...faultless.operationCount {
            let inner = InMemoryStore(id: ids.next())
            let store = FaultyStore(inner, fault: FaultyStore.Fault(operation: operation, moment: moment))
            let outcome = await drive(store)
            #expect(store.hasFailed)
            #expect(outcome.error == .io)
            let known = max(0, 2 * operation - 3)
            #expect(outcome.head == known)
            let heads = try await inner.runs(RunFilter()).map { Int($0.head) }
            let stored = moment == .after ? 2 * operation - 1 : known
            #expect(heads == (stored == 0 ? [] : [stored]))
            let error = await #expect(throws: StoreError.self) { try await store.runs(RunFilter()) }
            #expect(error?.code == .unavailable, "the process is dead")
        }
    }

    @Test("A fault can pass")
    func passing() async throws {
        var ids = SequentialIDs()
        let fault = FaultyStore.Fault(operation: 1, moment: .before, staysDown: false)
        let store = FaultyStore(InMemoryStore(id: ids.next()), fault: fault)
        #expect(await drive(store).error == .io)
        #expect(await drive(store) == (5, nil))
    }
}
