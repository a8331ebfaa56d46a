internal import JSON
internal import WorkflowCore
internal import WorkflowStore

extension StoreConformance {
    static let removal = [
        StoreConformance("a removed run is gone with all that belongs to it, and the others stay") { store in
            var fixture = StoreFixture()
            let gone = try await fixture.create(in: store, workflow: "old")
            let stays = try await fixture.create(in: store, workflow: "new")
            _ = try await store.append(fixture.step(1), to: gone.claim, head: 1)
            let kept = try await store.append(fixture.step(1), to: stays.claim, head: 1)
            for run in [gone.claim.run, stays.claim.run] {
                try await store.enqueue(
                    NewInboxRequest(run: run, kind: "pause", payload: .null, actor: "user:bob", at: fixture.clock.now))
            }
            let lock = LockName(.lock, "rack")
            let obstacles = try await store.takeLocks([lock], holder: "a", claim: gone.claim, at: fixture.clock.now)
            try require(obstacles, is: [], "what stands in the way")
            try await store.remove(gone.claim)

            try require(try await store.run(gone.claim.run), is: nil, "the record")
            try require(try await store.run(named: gone.record.id), is: nil, "the record by its name")
            try require(try await store.runs(RunFilter()).map(\.id), is: [stays.record.id], "the list")
            try require(
                try await store.rawEntries(of: gone.claim.run, after: 0, limit: 10).count, is: 0, "its entries")
            try require(try await store.checkpoints(of: gone.claim.run), is: [], "its checkpoints")
            try require(
                try await store.checkpoint(CheckpointID("chk-2026-02-02-001")), is: nil, "its checkpoint by name")
            try require(try await store.inbox(of: gone.claim.run), is: [], "its requests")
            try require(try await store.locks(of: nil), is: [], "its locks")
            try require(try await store.isClaimed(gone.claim.run), is: false, "whether it is driven")
            try await require(.noSuchRun, "a claim") { () throws(StoreError) in try await store.claim(gone.claim.run) }
            try await require(.noSuchRun, "a request") { () throws(StoreError) in
                try await store.enqueue(
                    NewInboxRequest(
                        run: gone.claim.run, kind: "x", payload: .null, actor: "user:bob", at: fixture.clock.now))
            }

            try require(try await store.record(stays.claim.run).head, is: kept.head, "the other's head")
            try require(try await store.verifyJournal(of: stays.claim.run) == nil, is: true, "the other's chain")
            try require(try await store.inbox(of: stays.claim.run).count, is: 1, "the other's requests")
            _ = try await store.append(fixture.step(2), to: stays.claim, head: kept.head)
        },
        StoreConformance("only who drives a run removes it") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            await store.release(created.claim)
            try await require(.staleToken, "with a claim given back") { () throws(StoreError) in
                try await store.remove(created.claim)
            }
            let current = try await store.claim(created.claim.run)
            try await require(.staleToken, "with an old claim") { () throws(StoreError) in
                try await store.remove(created.claim)
            }
            try require(try await store.record(created.claim.run).head, is: 1, "the head")
            try await store.remove(current)
            var isRefused = false
            do throws(StoreError) { try await store.remove(current) } catch {
                isRefused = error.code == .noSuchRun || error.code == .staleToken
            }
            try require(isRefused, is: true, "whether removing twice is refused")
        },
        StoreConformance("no id of a removed run or checkpoint is given again") { store in
            var fixture = StoreFixture()
            let counted = try await fixture.create(in: store)
            _ = try await store.append(fixture.step(1), to: counted.claim, head: 1)
            let chosen = try await fixture.create(in: store, id: "run-2026-02-02-003")
            let odd = try await fixture.create(in: store, id: "run-2026-02-02-9999999999999")
            for run in [counted, chosen, odd] { try await store.remove(run.claim) }
            let next = try await fixture.create(in: store)
            try require(next.record.id.text, is: "run-2026-02-02-004", "the next run")
            let receipt = try await store.append(fixture.step(1), to: next.claim, head: 1)
            try require(receipt.checkpoints.map(\.id.text), is: ["chk-2026-02-02-002"], "the next checkpoint")
        },
        StoreConformance("the name that was chosen for a removed run can be chosen again") { store in
            var fixture = StoreFixture()
            let first = try await fixture.create(in: store, id: "release-7")
            try await store.remove(first.claim)
            let second = try await fixture.create(in: store, id: "release-7")
            try require(try await store.run(named: RunID("release-7")), is: second.record, "the record")
            try require(try await store.runs(RunFilter()), is: [second.record], "the list")
        },
        StoreConformance("a sweep removes the definitions that no run needs, and no other") { store in
            var fixture = StoreFixture()
            let before = fixture.clock.now
            let gone = try await fixture.create(in: store, workflow: "gone")
            let shared = try await fixture.create(in: store, workflow: "shared")
            let moved = try await fixture.create(in: store, workflow: "began_as")
            _ = try await fixture.create(in: store, workflow: "shared")
            let target = fixture.definition("moved_to")
            let entry = ProposedEntry(
                at: fixture.clock.tick(), actor: "user:alice",
                fact: .definitionChanged(
                    DefinitionChanged(
                        definitionHash: target.hash, parameters: [:],
                        change: DefinitionChange())))
            _ = try await store.append(
                Append(
                    claim: moved.claim, head: 1, entries: [entry], projection: StoreFixture.running,
                    definition: target))
            try await store.remove(gone.claim)
            try await store.remove(shared.claim)
            try require(try await store.sweep(before: before).definitions, is: 1, "the definitions")
            func isKept(_ name: String) async throws -> Bool {
                try await store.definition(hash: fixture.definition(name).hash) != nil
            }
            try require(try await isKept("gone"), is: false, "the removed run's")
            for name in ["shared", "began_as", "moved_to"] {
                try require(try await isKept(name), is: true, "whether \(name) is kept")
            }
            try require(try await store.sweep(before: before), is: StoreSweep(), "a second sweep")
        },
    ]
}
