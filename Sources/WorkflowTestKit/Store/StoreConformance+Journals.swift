internal import JSON
internal import WorkflowCore
internal import WorkflowStore

extension StoreConformance {
    static let journals = [
        StoreConformance("a created run has its first entries, a claim and a record") { store in
            var fixture = StoreFixture()
            let run = fixture.newRun(labels: ["env": "prod"])
            let first = fixture.created(run)
            let second = fixture.started("build")
            let created = try await store.createRun(run, entries: [first, second], projection: StoreFixture.running)
            try require(created.record.id.text, is: "run-2026-02-02-001", "the id")
            try require(created.receipt, is: AppendReceipt(head: 2, checkpoints: []), "the receipt")
            try require(try await store.record(run.uuid), is: created.record, "the record")
            try require(try await store.run(named: created.record.id), is: created.record, "the record by name")
            try require(created.record.head, is: 2, "the head")
            try require(created.record.updatedAt, is: second.at, "the time of the last change")
            try require(created.record.labels, is: ["env": "prod"], "the labels")
            let entries = try await store.entries(of: run.uuid, after: 0, through: nil, limit: 10)
            try require(entries.map(\.fact), is: [first.fact, second.fact], "the facts")
            try require(entries.map(\.sequence), is: [1, 2], "the sequence numbers")
            try require(entries.map(\.actor), is: ["user:alice", "engine"], "the actors")
            try require(entries.map(\.at), is: [first.at, second.at], "the times")
            let definition = try await store.definition(hash: run.definition.hash)
            try require(definition?.source, is: run.definition.source, "the definition's source")
            try require(definition?.canonicalJSON, is: run.definition.canonicalJSON, "the canonical definition")
        },
        StoreConformance("appends are numbered without gaps, saved as checkpoints and projected") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            let run = created.claim.run
            let due = RunProjection(
                status: .waiting, stage: "configuring", dueAt: fixture.clock.now, failures: 3)
            let first = try await store.append(fixture.step(1), to: created.claim, head: 1)
            let second = try await store.append(fixture.step(2), to: created.claim, head: 3, projection: due)
            try require(first.head, is: 3, "the first head")
            try require(
                first.checkpoints, is: [SavedCheckpoint(id: CheckpointID("chk-2026-02-02-001"), sequence: 2)],
                "the first checkpoint")
            try require(second.checkpoints.map(\.id.text), is: ["chk-2026-02-02-002"], "the second checkpoint")
            let record = try await store.record(run)
            try require(record.projection, is: due, "the projection")
            try require(record.head, is: 5, "the head")
            try require(record.checkpoint?.text, is: "chk-2026-02-02-002", "the newest checkpoint")
            let facts = try await store.entries(of: run, after: 1, through: 2, limit: 10).map(\.fact)
            let saved = StepSucceeded(
                step: "step_1", attempt: 1, outputs: ["id": "vpc-1"], checkpoint: CheckpointID("chk-2026-02-02-001"))
            try require(facts, is: [.stepSucceeded(saved)], "the fact with its checkpoint")
            let checkpoints = try await store.checkpoints(of: run)
            try require(checkpoints.map(\.sequence), is: [2, 4], "the checkpoints' entries")
            try require(checkpoints.map(\.step), is: ["step_1", "step_2"], "the checkpoints' steps")
            try require(
                try await store.checkpoint(CheckpointID("chk-2026-02-02-002")), is: checkpoints.last,
                "the checkpoint by name")
            try require(checkpoints.last?.runID, is: created.record.id, "the checkpoint's run")
            try require(checkpoints.last?.run, is: run, "the checkpoint's run's UUID")
        },
        StoreConformance("after a rewind the checkpoint gone back to is the newest") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            for step in 1...3 {
                _ = try await store.append([fixture.finished("s\(step)")], to: created.claim, head: Int64(step))
            }
            let first = CheckpointID("chk-2026-02-02-001")
            let rewind = ProposedEntry(
                at: fixture.clock.tick(), actor: "user:alice",
                fact: .runRewound(RunRewound(checkpoint: first, sequence: 2)))
            _ = try await store.append([rewind], to: created.claim, head: 4)
            try require(try await store.record(created.claim.run).checkpoint, is: first, "the newest checkpoint")
            _ = try await store.append([fixture.started("s2")], to: created.claim, head: 5)
            try require(try await store.record(created.claim.run).checkpoint, is: first, "the newest one later")
            try require(
                try await store.checkpoints(of: created.claim.run).map(\.sequence), is: [2, 3, 4], "all of them")
            let again = [fixture.finished("s2"), rewind, fixture.finished("s2")]
            let receipt = try await store.append(again, to: created.claim, head: 6)
            try require(receipt.checkpoints.map(\.id.text.last), is: ["4", "5"], "the next ones")
            try require(
                try await store.record(created.claim.run).checkpoint, is: receipt.checkpoints.last?.id,
                "the newest one in the end")
        },
        StoreConformance("an append without entries moves the projection alone") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            let paused = RunProjection(status: .paused, stage: "planning", dueAt: nil)
            let receipt = try await store.append([], to: created.claim, head: 1, projection: paused)
            try require(receipt, is: AppendReceipt(head: 1, checkpoints: []), "the receipt")
            let record = try await store.record(created.claim.run)
            try require(record.projection, is: paused, "the projection")
            try require(record.headHash, is: created.record.headHash, "the chain's end")
        },
        StoreConformance("several checkpoints in one append are numbered in order") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            let receipt = try await store.append(
                [fixture.finished("a"), fixture.started("x"), fixture.finished("b")], to: created.claim, head: 1)
            try require(
                receipt.checkpoints.map(\.id.text), is: ["chk-2026-02-02-001", "chk-2026-02-02-002"], "the ids")
            try require(receipt.checkpoints.map(\.sequence), is: [2, 4], "their entries")
        },
        StoreConformance("pages of a journal fit together") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            var head: Int64 = 1
            for number in 1...5 {
                head = try await store.append(fixture.step(number), to: created.claim, head: head).head
            }
            var paged: [Entry] = []
            while true {
                let page = try await store.entries(
                    of: created.claim.run, after: paged.last?.sequence ?? 0, through: nil, limit: 3)
                paged += page
                if page.count < 3 { break }
            }
            let whole = try await store.entries(of: created.claim.run, after: 0, through: nil, limit: 100)
            try require(paged, is: whole, "the pages")
            try require(whole.count, is: 11, "the number of entries")
            let middle = try await store.entries(of: created.claim.run, after: 2, through: 4, limit: 100)
            try require(middle.map(\.sequence), is: [3, 4], "a part")
            let none = try await store.entries(of: created.claim.run, after: 11, through: nil, limit: 100)
            try require(none, is: [], "what is behind the end")
        },
        StoreConformance("the chain of a journal verifies to its recorded end") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            _ = try await store.append(fixture.step(1), to: created.claim, head: 1)
            let raw = try await store.rawEntries(of: created.claim.run, after: 0, limit: 100)
            let record = try await store.record(created.claim.run)
            try require(
                HashChain.verify(raw, of: record.id, head: (record.head, record.headHash)), is: nil, "the problem")
            try require(raw.map(\.type), is: ["run_created", "step_succeeded", "attempt_started"], "the types")
            try require(raw.map(\.encoding), is: ["json", "json", "json"], "the encodings")
            let texts = raw.map { String(decoding: $0.payload, as: UTF8.self) }
            try require(
                texts[1],
                is: #"{"attempt":1,"basis":"execution","checkpoint":"chk-2026-02-02-001","outputs":{"id":"vpc-1"},"#
                    + #""step":"step_1"}"#, "the payload's bytes")
        },
        StoreConformance("payloads come back as they went in") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            let outputs: [String: JSONValue] = [
                "empty": "", "nul": "a\u{0}b", "text": "Grüße, 世界 🚀\n", "integer": .int(.min), "double": .double(0.1),
                "nothing": .null, "list": .array([.bool(true), .object(["": .array([])])]),
                "long": .string(String(repeating: "x", count: 200_000)),
            ]
            _ = try await store.append([fixture.finished("s", outputs: outputs)], to: created.claim, head: 1)
            let entry = try await store.entries(of: created.claim.run, after: 1, through: nil, limit: 1).first
            guard case .stepSucceeded(let fact)? = entry?.fact else {
                throw BrokenPromise(description: "the entry is \(String(describing: entry))")
            }
            try require(fact.outputs, is: outputs, "the outputs")
        },
        StoreConformance("an unknown run has no entries") { store in
            var fixture = StoreFixture()
            let unknown = fixture.ids.next()
            try require(
                try await store.entries(of: unknown, after: 0, through: nil, limit: 1), is: [], "the entries")
            try require(try await store.rawEntries(of: unknown, after: 0, limit: 1), is: [], "the raw entries")
            try require(try await store.checkpoints(of: unknown), is: [], "the checkpoints")
            try require(try await store.run(unknown), is: nil, "the record")
            try require(try await store.checkpoint(CheckpointID("chk-2026-02-02-001")), is: nil, "the checkpoint")
            try require(try await store.definition(hash: "none"), is: nil, "the definition")
        },
    ]
}
