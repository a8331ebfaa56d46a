internal import JSON
internal import WorkflowCore
internal import WorkflowStore

extension StoreConformance {
    static let records = [
        StoreConformance("run ids count per UTC day and step over chosen ones") { store in
            var fixture = StoreFixture()
            try require(try await fixture.create(in: store).record.id.text, is: "run-2026-02-02-001", "the first")
            _ = try await fixture.create(in: store, id: "run-2026-02-02-002")
            try require(try await fixture.create(in: store).record.id.text, is: "run-2026-02-02-003", "the next")
            fixture.clock.set(to: ManualClock().now.adding(.hours(24)))
            try require(try await fixture.create(in: store).record.id.text, is: "run-2026-02-03-001", "tomorrow's")
            fixture.clock.set(to: ManualClock().now)
            try require(
                try await fixture.create(in: store).record.id.text, is: "run-2026-02-02-004", "after a jump back")
        },
        StoreConformance("ids grow past 999") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            let steps = (1...999).map { fixture.finished("s\($0)") }
            let receipt = try await store.append(steps, to: created.claim, head: 1)
            try require(receipt.checkpoints.last?.id.text, is: "chk-2026-02-02-999", "the 999th")
            let next = try await store.append([fixture.finished("t")], to: created.claim, head: receipt.head)
            try require(next.checkpoints.last?.id.text, is: "chk-2026-02-02-1000", "the 1000th")
            let other = try await fixture.create(in: store)
            let third = try await store.append([fixture.finished("u")], to: other.claim, head: 1)
            try require(third.checkpoints.last?.id.text, is: "chk-2026-02-02-1001", "another run's next")
        },
        StoreConformance("a chosen id is taken once, and nothing is made the second time") { store in
            var fixture = StoreFixture()
            let first = try await fixture.create(in: store, id: "release-7")
            let second = fixture.newRun(id: "release-7")
            let entry = fixture.created(second)
            try await require(.runExists, "a second run of that id") { () throws(StoreError) in
                try await store.createRun(second, entries: [entry], projection: StoreFixture.running)
            }
            try require(try await store.run(second.uuid), is: nil, "the second record")
            try require(try await store.isClaimed(second.uuid), is: false, "whether the second is driven")
            try require(try await store.run(named: RunID("release-7")), is: first.record, "the first record")
        },
        StoreConformance("runs are listed newest first, by every condition") { store in
            var fixture = StoreFixture()
            let a = try await fixture.create(in: store, id: "a", labels: ["env": "prod", "team": "x\"y.$"])
            let b = try await fixture.create(in: store, id: "b", workflow: "repair", status: .waiting)
            fixture.clock.advance(by: .hours(1))
            let c = try await fixture.create(in: store, id: "c", labels: ["env": "prod"], status: .completed)
            func ids(_ filter: RunFilter) async throws -> [String] {
                try await store.runs(filter).map(\.id.text)
            }
            try require(try await store.runs(RunFilter()), is: [c.record, b.record, a.record], "all")
            try require(try await ids(RunFilter(limit: 2)), is: ["c", "b"], "two")
            try require(try await ids(RunFilter(statuses: [.running, .waiting])), is: ["b", "a"], "by status")
            try require(try await ids(RunFilter(statuses: [.failed])), is: [], "by a status of none")
            try require(try await ids(RunFilter(workflow: "repair")), is: ["b"], "by workflow")
            try require(try await ids(RunFilter(labels: ["env": "prod"])), is: ["c", "a"], "by label")
            try require(
                try await ids(RunFilter(labels: ["env": "prod", "team": "x\"y.$"])), is: ["a"], "by two labels")
            try require(try await ids(RunFilter(labels: ["env": "test"])), is: [], "by a label of none")
            try require(try await ids(RunFilter(createdSince: c.record.createdAt)), is: ["c"], "by time")
            try require(try await ids(RunFilter(before: RunID("c"))), is: ["b", "a"], "a page behind the newest")
            try require(try await ids(RunFilter(before: RunID("c"), limit: 1)), is: ["b"], "a page of one")
            try require(
                try await ids(RunFilter(labels: ["env": "prod"], before: RunID("c"))), is: ["a"], "a page by label")
            try require(try await ids(RunFilter(before: RunID("a"))), is: [], "a page behind the oldest")
            try require(try await ids(RunFilter(before: RunID("z"))), is: [], "a page behind a run that is not there")
            try require(
                try await ids(RunFilter(statuses: [.completed], labels: ["env": "prod"], limit: 1)), is: ["c"],
                "by all")
        },
        StoreConformance("what people decide about the store is kept in order, with who typed it") { store in
            var fixture = StoreFixture()
            try require(try await store.acts(), is: [], "the acts of a new store")
            let typist = Typist(login: "root", userID: 0, host: "h", processID: 7, claimedName: "ada")
            let acts = [
                StoreIdentity.claimed.act(reason: "one account", by: Actor(typist), at: fixture.clock.tick()),
                StoreAct(kind: "later", payload: ["x": 1], actor: "user:bob", at: fixture.clock.tick()),
                StoreIdentity.login.act(reason: nil, by: engineActor, at: fixture.clock.tick()),
            ]
            for act in acts { try await store.add(act) }
            try require(try await store.acts(), is: acts, "the acts")
            try require(StoreIdentity(Array(acts.prefix(2))), is: .claimed, "the newest that says it")
            try require(StoreIdentity(try await store.acts()), is: .login, "the newest of all")
        },
        StoreConformance("the key of the environment's hashes stays the same") { store in
            let key = try await store.environmentKey()
            try require(Set(key.bytes).count > 1, is: true, "a key of more than one byte's value")
            var fixture = StoreFixture()
            _ = try await fixture.create(in: store)
            try require(try await store.environmentKey(), is: key, "the key after a run")
        },
        StoreConformance("requests wait in order until an append answers them") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            let other = try await fixture.create(in: store)
            func request(_ kind: String, _ run: UniqueID) -> NewInboxRequest {
                NewInboxRequest(
                    run: run, kind: kind, payload: ["reason": "late"], actor: "user:bob", at: fixture.clock.now)
            }
            for kind in ["pause", "approve", "cancel"] { try await store.enqueue(request(kind, created.claim.run)) }
            try await store.enqueue(request("pause", other.claim.run))
            let waiting = try await store.inbox(of: created.claim.run)
            try require(
                waiting.map(\.request), is: ["pause", "approve", "cancel"].map { request($0, created.claim.run) },
                "the requests")
            let others = try await store.inbox(of: other.claim.run).map(\.id)
            _ = try await store.append(
                [fixture.started("x")], to: created.claim, head: 1,
                answering: [waiting[0].id, waiting[2].id, 999_999] + others)
            try require(
                try await store.inbox(of: created.claim.run).map(\.request.kind), is: ["approve"], "what is left")
            try require(try await store.inbox(of: other.claim.run).map(\.id), is: others, "the other run's")
            _ = try await store.append([], to: created.claim, head: 2, answering: [waiting[1].id])
            try await store.enqueue(request("signal", created.claim.run))
            let last = try await store.inbox(of: created.claim.run).first?.id ?? 0
            try require(last > (others.first ?? 0), is: true, "whether no number is given twice")
        },
        StoreConformance("a request that a refused append answers stays") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            try await store.enqueue(
                NewInboxRequest(
                    run: created.claim.run, kind: "pause", payload: .null, actor: "user:bob", at: fixture.clock.now))
            let id = try await store.inbox(of: created.claim.run).map(\.id)
            await store.release(created.claim)
            try await require(.staleToken, "the append") { () throws(StoreError) in
                try await store.append([], to: created.claim, head: 1, answering: id)
            }
            try require(try await store.inbox(of: created.claim.run).map(\.id), is: id, "the requests")
        },
    ]
}
