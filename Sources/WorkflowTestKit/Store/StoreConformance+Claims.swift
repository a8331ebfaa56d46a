internal import WorkflowCore
internal import WorkflowStore

extension StoreConformance {
    static let claims = [
        StoreConformance("a claimed run cannot be claimed again until it is released") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            let run = created.claim.run
            try require(try await store.isClaimed(run), is: true, "whether it is driven")
            try await require(.heldByOther, "a second claim") { () throws(StoreError) in
                try await store.claim(run)
            }
            await store.release(created.claim)
            try require(try await store.isClaimed(run), is: false, "whether it is driven after its release")
            let second = try await store.claim(run)
            try require(second.token > created.claim.token, is: true, "whether the token was raised")
            try require(try await store.record(run).token, is: second.token, "the recorded token")
            try require(try await store.isClaimed(run), is: true, "whether it is driven again")
        },
        StoreConformance("what an old claim appends is refused and leaves no trace") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            let run = created.claim.run
            await store.release(created.claim)
            let current = try await store.claim(run)
            let before = try await store.record(run)
            try await require(.staleToken, "an append with the old token") { () throws(StoreError) in
                try await store.append(fixture.step(1), to: created.claim, head: 1)
            }
            try require(try await store.record(run), is: before, "the record")
            try require(
                try await store.entries(of: run, after: 1, through: nil, limit: 10), is: [], "the entries")
            try require(try await store.checkpoints(of: run), is: [], "the checkpoints")
            let receipt = try await store.append(fixture.step(1), to: current, head: 1)
            try require(receipt.checkpoints.map(\.id.text), is: ["chk-2026-02-02-001"], "the first id")
        },
        StoreConformance("a released claim appends nothing") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            await store.release(created.claim)
            try await require(.staleToken, "an append after the release") { () throws(StoreError) in
                try await store.append(fixture.step(1), to: created.claim, head: 1)
            }
        },
        StoreConformance("releasing twice, or a lost claim, does nothing") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            let run = created.claim.run
            await store.release(created.claim)
            await store.release(created.claim)
            let current = try await store.claim(run)
            await store.release(created.claim)
            try require(try await store.isClaimed(run), is: true, "whether it is still driven")
            _ = try await store.append(fixture.step(1), to: current, head: 1)
        },
        StoreConformance("an append to another head than the stored one is refused") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            for head: Int64 in [0, 2] {
                try await require(.headMismatch, "an append behind \(head)") { () throws(StoreError) in
                    try await store.append(fixture.step(1), to: created.claim, head: head)
                }
            }
            try require(try await store.record(created.claim.run).head, is: 1, "the head")
            _ = try await store.append(fixture.step(1), to: created.claim, head: 1)
        },
        StoreConformance("an unknown run cannot be claimed") { store in
            var fixture = StoreFixture()
            let unknown = fixture.ids.next()
            try await require(.noSuchRun, "the claim") { () throws(StoreError) in try await store.claim(unknown) }
            try require(try await store.isClaimed(unknown), is: false, "whether it is driven")
        },
    ]
}
