internal import JSON
internal import WorkflowCore
internal import WorkflowStore

extension StoreConformance {
    static let limits = [
        StoreConformance("an entry that no reader could take back is refused, and nothing is written") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            var deep: JSONValue = .null
            for _ in 0..<300 { deep = .array([deep]) }
            let unwritable: [(String, JSONValue)] = [("not a number", .double(.nan)), ("too deep", deep)]
            for (what, value) in unwritable {
                let entries = [fixture.started("a"), fixture.finished("b", outputs: ["x": value])]
                try await require(.invalidEntry, what) { () throws(StoreError) in
                    try await store.append(entries, to: created.claim, head: 1)
                }
            }
            fixture.clock.set(to: Timestamp(millisecondsSinceEpoch: .max - 1))
            let late = ProposedEntry(
                at: Timestamp(millisecondsSinceEpoch: .max), actor: engineActor, fact: .runPaused)
            try await require(.invalidEntry, "a time that has no text") { () throws(StoreError) in
                try await store.append([late], to: created.claim, head: 1)
            }
            try require(try await store.record(created.claim.run), is: created.record, "the record")
            fixture.clock = ManualClock()
            let receipt = try await store.append([fixture.finished("b")], to: created.claim, head: 1)
            try require(receipt.checkpoints.map(\.id.text), is: ["chk-2026-02-02-001"], "the first id")
        },
        StoreConformance("an entry may hold a list of a million items") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            let items = JSONValue.array((0..<1_000_000).map { .string("i-0123456789abcdef-\($0)") })
            let entry = fixture.finished("all", outputs: ["items": items])
            let receipt = try await store.append([entry], to: created.claim, head: 1)
            let raw = try await store.rawEntries(of: created.claim.run, after: 1, limit: 1)
            let fact = entry.fact.saved(as: CheckpointID("chk-2026-02-02-001"))
            try require(raw.first?.payload == (try fact.payload.compactBytes()), is: true, "whether it is all there")
            try require((raw.first?.payload.count ?? 0) > 24 << 20, is: true, "whether the payload is large")
            try require(receipt.head, is: 2, "the head")
            try require(try await store.verifyJournal(of: created.claim.run), is: nil, "the journal's problem")
        },
        StoreConformance("a payload of 32 MiB comes back as it went in, and one beyond the limit is refused") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            func outputs(mebibytes: Int) -> [String: JSONValue] {
                ["parts": .array((0..<mebibytes).map { .string(String(repeating: "\($0 % 10)", count: 1 << 20)) })]
            }
            let entry = fixture.finished("all", outputs: outputs(mebibytes: 32))
            _ = try await store.append([entry], to: created.claim, head: 1)
            let found = try await store.entries(of: created.claim.run, after: 1, through: nil, limit: 1)
            let fact = entry.fact.saved(as: CheckpointID("chk-2026-02-02-001"))
            try require(found.first?.fact == fact, is: true, "whether it is the same")
            let tooLarge = fixture.finished("more", outputs: outputs(mebibytes: EncodedEntry.largestPayload >> 20))
            try await require(.invalidEntry, "a payload beyond the limit") { () throws(StoreError) in
                try await store.append([tooLarge], to: created.claim, head: 2)
            }
        },
        StoreConformance("a run without a first entry is refused") { store in
            var fixture = StoreFixture()
            let run = fixture.newRun(id: "empty")
            try await require(.invalidEntry, "the run") { () throws(StoreError) in
                try await store.createRun(run, entries: [], projection: StoreFixture.running)
            }
            try require(try await store.runs(RunFilter()), is: [], "the runs")
        },
        StoreConformance("an inbox takes so many requests and no more") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            let request = NewInboxRequest(
                run: created.claim.run, kind: "signal", payload: .null, actor: "user:bob", at: fixture.clock.now)
            try await withThrowingTaskGroup { group in
                for _ in 0..<inboxLimit { group.addTask { try await store.enqueue(request) } }
                try await group.waitForAll()
            }
            try await require(.inboxFull, "one more") { () throws(StoreError) in try await store.enqueue(request) }
            try require(try await store.inbox(of: created.claim.run).count, is: inboxLimit, "the requests")
            var unknown = request
            unknown.run = fixture.ids.next()
            try await require(.noSuchRun, "a request to an unknown run") { [unknown] () throws(StoreError) in
                try await store.enqueue(unknown)
            }
        },
        StoreConformance("a closed store refuses everything") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            await store.close()
            await store.close()
            await store.release(created.claim)
            let run = created.claim.run
            let new = fixture.newRun()
            let entry = fixture.created(new)
            try await require(.unavailable, "createRun") { () throws(StoreError) in
                try await store.createRun(new, entries: [entry], projection: StoreFixture.running)
            }
            try await require(.unavailable, "claim") { () throws(StoreError) in try await store.claim(run) }
            try await require(.unavailable, "isClaimed") { () throws(StoreError) in try await store.isClaimed(run) }
            try await require(.unavailable, "append") { () throws(StoreError) in
                try await store.append(fixture.step(1), to: created.claim, head: 1)
            }
            try await require(.unavailable, "entries") { () throws(StoreError) in
                try await store.entries(of: run, after: 0, through: nil, limit: 1)
            }
            try await require(.unavailable, "runs") { () throws(StoreError) in try await store.runs(RunFilter()) }
        },
        StoreConformance("appends of many runs at once all take place") { store in
            var fixture = StoreFixture()
            var created: [CreatedRun] = []
            for _ in 0..<20 { created.append(try await fixture.create(in: store)) }
            let claims = created.map(\.claim)
            try await withThrowingTaskGroup { group in
                for (number, claim) in claims.enumerated() {
                    group.addTask {
                        var fixture = StoreFixture(series: UInt64(100 + number))
                        var head: Int64 = 1
                        for step in 1...10 {
                            head = try await store.append(fixture.step(step), to: claim, head: head).head
                        }
                    }
                }
                try await group.waitForAll()
            }
            var ids: Set<CheckpointID> = []
            for claim in claims {
                let record = try await store.record(claim.run)
                let raw = try await store.rawEntries(of: claim.run, after: 0, limit: 100)
                try require(raw.count, is: 21, "the entries of \(record.id.text)")
                try require(
                    HashChain.verify(raw, of: record.id, head: (record.head, record.headHash)), is: nil,
                    "the problem of \(record.id.text)")
                for checkpoint in try await store.checkpoints(of: claim.run) { ids.insert(checkpoint.id) }
            }
            try require(ids.count, is: 200, "the distinct checkpoints")
        },
    ]
}
