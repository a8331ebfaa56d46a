internal import JSON
internal import WorkflowCore
internal import WorkflowStore

extension StoreConformance {
    static let locks = [
        StoreConformance("locks are taken by one holder, and listed by kind and name") { store in
            var fixture = StoreFixture()
            let a = try await fixture.create(in: store, id: "a")
            let b = try await fixture.create(in: store, id: "b")
            let names = [locked("vpc"), locked("dns"), group("prod")]
            try await require(free: names, by: "drain[2]", a.claim, at: fixture.clock.now, in: store)
            let held = [group("prod"), locked("dns"), locked("vpc")].map { name in
                LockHolding(
                    name: name, run: a.claim.run, runID: RunID("a"), holder: "drain[2]", since: fixture.clock.now)
            }
            try require(try await store.locks(of: a.claim.run), is: held, "the run's locks")
            try require(try await store.locks(of: nil), is: held, "all locks")
            try require(try await store.locks(of: b.claim.run), is: [], "another run's locks")
            for (claim, holder) in [(b.claim, "drain[2]"), (a.claim, "drain[3]"), (a.claim, "")] {
                let obstacles = try await store.takeLocks(names, holder: holder, claim: claim, at: fixture.clock.tick())
                try require(obstacles, is: held.map { LockObstacle(.held, by: $0) }, "what \(holder) meets")
            }
            try require(try await store.locks(of: nil), is: held, "all locks afterwards")
        },
        StoreConformance("a lock and a group of one name are two") { store in
            var fixture = StoreFixture()
            let a = try await fixture.create(in: store)
            let b = try await fixture.create(in: store)
            try await require(free: [group("prod")], by: "", a.claim, at: fixture.clock.now, in: store)
            try await require(free: [locked("prod")], by: "", b.claim, at: fixture.clock.now, in: store)
            // Equal to a reader, but not the same bytes.
            try await require(free: [locked("caf\u{e9}")], by: "", a.claim, at: fixture.clock.now, in: store)
            try await require(free: [locked("cafe\u{301}")], by: "", b.claim, at: fixture.clock.now, in: store)
        },
        StoreConformance("all locks are taken or none") { store in
            var fixture = StoreFixture()
            let a = try await fixture.create(in: store)
            let b = try await fixture.create(in: store)
            let names = (1...LockRequest.mostNames).map { locked("n\($0)") }
            try await require(free: [names[56]], by: "x", a.claim, at: fixture.clock.now, in: store)
            let obstacles = try await store.takeLocks(names, holder: "y", claim: b.claim, at: fixture.clock.now)
            try require(obstacles.map(\.by.name), is: [names[56]], "what is in the way")
            try require(try await store.locks(of: b.claim.run), is: [], "the refused run's locks")
            _ = try await store.append([], to: a.claim, head: 1, releasing: ["x"])
            try await require(free: names, by: "y", b.claim, at: fixture.clock.now, in: store)
            try require(try await store.locks(of: b.claim.run).count, is: names.count, "its locks later")
        },
        StoreConformance("taking again what one has is success, and takes what is missing") { store in
            var fixture = StoreFixture()
            let a = try await fixture.create(in: store)
            let first = fixture.clock.now
            try await require(free: [locked("x"), group("g")], by: "s", a.claim, at: first, in: store)
            let later = fixture.clock.tick()
            try await require(free: [locked("x"), locked("x"), group("g")], by: "s", a.claim, at: later, in: store)
            try await require(free: [locked("y"), locked("x")], by: "s", a.claim, at: later, in: store)
            try await require(free: [], by: "s", a.claim, at: later, in: store)
            let held = try await store.locks(of: a.claim.run)
            try require(held.map(\.name), is: [group("g"), locked("x"), locked("y")], "the locks")
            try require(held.map(\.since), is: [first, first, later], "since when")
        },
        StoreConformance("asking again for a group that one has changes nothing of the run") { store in
            var fixture = StoreFixture()
            let a = try await fixture.create(in: store)
            try await require(free: [group("prod")], by: "s", a.claim, at: fixture.clock.tick(), in: store)
            try await require(free: [group("staging")], by: "s", a.claim, at: fixture.clock.tick(), in: store)
            let record = try await store.record(a.claim.run)
            try require(record.concurrencyGroup, is: "staging", "the group that was asked for last")
            try await require(free: [group("prod")], by: "s", a.claim, at: fixture.clock.tick(), in: store)
            try require(try await store.record(a.claim.run), is: record, "the run")
        },
        StoreConformance("of an older run that queues as several holders the first by name is told") { store in
            var fixture = StoreFixture()
            let older = try await fixture.create(in: store)
            let holding = try await fixture.create(in: store)
            let younger = try await fixture.create(in: store)
            try await require(free: [group("g")], by: "", holding.claim, at: fixture.clock.tick(), in: store)
            for holder in ["z", "b"] {
                let obstacles = try await store.takeLocks(
                    [group("g")], holder: holder, claim: older.claim, at: fixture.clock.tick())
                try require(obstacles.count, is: 1, "what \(holder) meets")
            }
            _ = try await store.append([], to: holding.claim, head: 1, releasing: [""])
            let obstacles = try await store.takeLocks(
                [group("g")], holder: "", claim: younger.claim, at: fixture.clock.tick())
            try require(obstacles.map(\.by.holder), is: ["b"], "who is told")
        },
        StoreConformance("an old claim takes no locks, and gives up none") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            let run = created.claim.run
            try await require(free: [locked("x")], by: "s", created.claim, at: fixture.clock.now, in: store)
            await store.release(created.claim)
            func refused(_ what: String) async throws {
                try await require(.staleToken, what) { () throws(StoreError) in
                    try await store.takeLocks(
                        [locked("y")], holder: "s", claim: created.claim, at: fixture.clock.now)
                }
            }
            try await refused("after the release")
            let current = try await store.claim(run)
            try await refused("with the old token")
            try await require(.staleToken, "taking what the run has") { () throws(StoreError) in
                try await store.takeLocks([locked("x")], holder: "s", claim: created.claim, at: fixture.clock.now)
            }
            try await require(.staleToken, "giving up") { () throws(StoreError) in
                try await store.append([], to: created.claim, head: 1, releasing: ["s"])
            }
            try require(try await store.locks(of: nil).map(\.name), is: [locked("x")], "the locks")
            try await require(free: [locked("x")], by: "s", current, at: fixture.clock.now, in: store)
        },
        StoreConformance("a run that has ended takes no locks") { store in
            var fixture = StoreFixture()
            let created = try await fixture.create(in: store)
            _ = try await store.append(
                [], to: created.claim, head: 1,
                projection: RunProjection(status: .failed, stage: "planning", dueAt: nil))
            try await require(.invalidEntry, "taking") { () throws(StoreError) in
                try await store.takeLocks([locked("x")], holder: "s", claim: created.claim, at: fixture.clock.now)
            }
            try require(try await store.locks(of: nil).isEmpty, is: true, "no lock is held")
        },
        StoreConformance("an append gives up the locks of the holders that it names, and no others") { store in
            var fixture = StoreFixture()
            let a = try await fixture.create(in: store)
            let b = try await fixture.create(in: store)
            try await require(free: [locked("x1"), locked("x2")], by: "x", a.claim, at: fixture.clock.now, in: store)
            try await require(free: [locked("y")], by: "y", a.claim, at: fixture.clock.now, in: store)
            try await require(free: [locked("z")], by: "", a.claim, at: fixture.clock.now, in: store)
            try await require(free: [locked("b")], by: "x", b.claim, at: fixture.clock.now, in: store)
            _ = try await store.append(fixture.step(1), to: a.claim, head: 1, releasing: ["x", "nobody"])
            try require(
                try await store.locks(of: nil).map(\.name.name), is: ["b", "y", "z"], "the locks after an append")
            _ = try await store.append([], to: a.claim, head: 3, releasing: ["", "y"])
            try require(try await store.locks(of: nil).map(\.name.name), is: ["b"], "the locks in the end")
        },
        StoreConformance("an append that is refused gives up nothing") { store in
            var fixture = StoreFixture()
            let a = try await fixture.create(in: store)
            try await require(free: [locked("x")], by: "s", a.claim, at: fixture.clock.now, in: store)
            let ended = RunProjection(status: .failed, stage: "planning", dueAt: nil)
            try await require(.headMismatch, "a wrong head") { () throws(StoreError) in
                try await store.append([], to: a.claim, head: 7, projection: ended, releasing: ["s"])
            }
            let unwritable = [fixture.finished("a", outputs: ["x": .double(.nan)])]
            try await require(.invalidEntry, "an entry that cannot be stored") { () throws(StoreError) in
                try await store.append(unwritable, to: a.claim, head: 1, projection: ended, releasing: ["s"])
            }
            try require(try await store.locks(of: nil).map(\.name), is: [locked("x")], "the locks")
        },
        StoreConformance("a run's end gives up all that it has and waits for") { store in
            for status in RunStatus.allCases {
                var fixture = StoreFixture(series: status.series)
                let a = try await fixture.create(in: store)
                let b = try await fixture.create(in: store)
                let c = try await fixture.create(in: store)
                let now = fixture.clock.now
                let own = group("of \(status.rawValue)")
                try await require(free: [locked(status.rawValue)], by: "s", a.claim, at: now, in: store)
                try await require(free: [locked("\(status.rawValue) 2")], by: "", a.claim, at: now, in: store)
                try await require(free: [own], by: "", c.claim, at: now, in: store)
                _ = try await store.takeLocks([own], holder: "", claim: a.claim, at: now)
                _ = try await store.append(
                    [], to: a.claim, head: 1, projection: RunProjection(status: status, stage: "x", dueAt: nil))
                _ = try await store.append([], to: c.claim, head: 1, releasing: [""])
                let left = try await store.locks(of: a.claim.run).count
                try require(left, is: status.hasEnded ? 0 : 2, "the locks of a \(status.rawValue) run")
                let obstacles = try await store.takeLocks([own], holder: "", claim: b.claim, at: now)
                try require(
                    obstacles.map(\.by.run), is: status.hasEnded ? [] : [a.claim.run],
                    "who waits before, after a \(status.rawValue) run")
            }
        },
        StoreConformance("locks of a run that nobody drives stay, and its next driver has them") { store in
            var fixture = StoreFixture()
            let a = try await fixture.create(in: store)
            let b = try await fixture.create(in: store)
            try await require(free: [locked("x"), group("g")], by: "s", a.claim, at: fixture.clock.now, in: store)
            let held = try await store.locks(of: a.claim.run)
            await store.release(a.claim)
            let obstacles = try await store.takeLocks(
                [locked("x"), group("g")], holder: "s", claim: b.claim, at: fixture.clock.now)
            try require(obstacles, is: held.map { LockObstacle(.held, by: $0) }, "what the other run meets")
            let next = try await store.claim(a.claim.run)
            try await require(free: [locked("x"), group("g")], by: "s", next, at: fixture.clock.tick(), in: store)
            try require(try await store.locks(of: a.claim.run), is: held, "the locks")
            _ = try await store.append([], to: next, head: 1, releasing: ["s"])
            try await require(free: [locked("x"), group("g")], by: "s", b.claim, at: fixture.clock.now, in: store)
        },
        StoreConformance("runs queue for a group in the order of their creation") { store in
            var fixture = StoreFixture()
            var claims: [RunClaim] = []
            for _ in 1...4 { claims.append(try await fixture.create(in: store).claim) }
            let now = fixture.clock.now
            func take(_ index: Int) async throws(StoreError) -> [LockObstacle] {
                try await store.takeLocks([group("g"), locked("l\(index)")], holder: "", claim: claims[index], at: now)
            }
            func free(_ index: Int) async throws(StoreError) {
                _ = try await store.append([], to: claims[index], head: 1, releasing: [""])
            }
            try require(try await take(3), is: [], "the first to ask")
            for index in [2, 0, 1, 2] {
                let reasons = try await take(index).map(\.reason)
                try require(reasons, is: [.held], "what \(index) meets")
            }
            try await free(3)
            for (asking, before) in [(2, 0), (1, 0), (3, 0)] {
                let obstacles = try await take(asking)
                try require(obstacles.map(\.reason), is: [.queued], "why \(asking) waits")
                try require(obstacles.map(\.by.run), is: [claims[before].run], "whom \(asking) waits for")
                try require(try await store.locks(of: nil), is: [], "the locks")
            }
            try require(try await take(0), is: [], "the oldest")
            try await free(0)
            try require(try await take(2).map(\.by.run), is: [claims[1].run], "whom 2 waits for")
            // Whoever is not driven keeps its place, and stands in nobody's way.
            await store.release(claims[1])
            try require(try await take(2), is: [], "the next one that is alive")
            try await free(2)
            claims[1] = try await store.claim(claims[1].run)
            try require(try await take(3).map(\.by.run), is: [claims[1].run], "whom 3 waits for")
            _ = try await store.append([], to: claims[1], head: 1, releasing: [""])
            try require(try await take(3), is: [], "after 1 has left the queue")
            for claim in claims {
                try require(try await store.record(claim.run).concurrencyGroup, is: "g", "the group")
            }
        },
        StoreConformance("plain locks go to whoever asks first") { store in
            var fixture = StoreFixture()
            let a = try await fixture.create(in: store)
            let b = try await fixture.create(in: store)
            let c = try await fixture.create(in: store)
            let now = fixture.clock.now
            try await require(free: [locked("x")], by: "", c.claim, at: now, in: store)
            try require(
                try await store.takeLocks([locked("x")], holder: "", claim: a.claim, at: now).map(\.reason),
                is: [.held], "what the older one meets")
            _ = try await store.append([], to: c.claim, head: 1, releasing: [""])
            try await require(free: [locked("x")], by: "", b.claim, at: now, in: store)
            try require(try await store.record(b.claim.run).concurrencyGroup, is: nil, "the group")
        },
        StoreConformance("requests beyond the limits take nothing") { store in
            var fixture = StoreFixture()
            let a = try await fixture.create(in: store)
            let long = String(repeating: "\u{e9}", count: LockRequest.longestName / 2)
            let tooMany = (0...LockRequest.mostNames).map { locked("n\($0)") }
            let longHolder = String(repeating: "h", count: LockRequest.longestHolder)
            let refused: [(String, [LockName], String)] = [
                ("no name", [locked("a"), locked("")], ""), ("a long name", [locked("a"), group(long + "x")], ""),
                ("a name with a zero", [locked("a\u{0}b")], ""), ("many names", tooMany, ""),
                ("a long holder", [locked("a")], longHolder + "h"), ("a holder with a zero", [locked("a")], "\u{0}"),
            ]
            for (what, names, holder) in refused {
                try await require(.invalidEntry, what) { () throws(StoreError) in
                    try await store.takeLocks(names, holder: holder, claim: a.claim, at: fixture.clock.now)
                }
            }
            try require(try await store.locks(of: nil), is: [], "the locks")
            try await require(
                free: Array(tooMany.dropLast()), by: longHolder, a.claim, at: fixture.clock.now, in: store)
            try await require(free: [group(long)], by: longHolder, a.claim, at: fixture.clock.now, in: store)
            let unknown = RunClaim(run: fixture.ids.next(), token: a.claim.token)
            do {
                _ = try await store.takeLocks([locked("q")], holder: "", claim: unknown, at: fixture.clock.now)
                throw BrokenPromise(description: "a run that there is not took a lock")
            } catch let error as StoreError {
                let codes: [StoreError.Code] = [.noSuchRun, .staleToken]
                try require(codes.contains(error.code), is: true, "the refusal")
            }
        },
        StoreConformance("of many runs that ask at once one has the lock at a time") { store in
            var fixture = StoreFixture()
            var claims: [RunClaim] = []
            for _ in 0..<8 { claims.append(try await fixture.create(in: store).claim) }
            let now = fixture.clock.now
            try await withThrowingTaskGroup { group in
                for claim in claims {
                    group.addTask {
                        let names = [locked("x"), locked("y")]
                        for _ in 0..<5 {
                            while try await !store.takeLocks(names, holder: "s", claim: claim, at: now).isEmpty {
                                await Task.yield()
                            }
                            let holders = try await store.locks(of: nil).map(\.run)
                            try require(holders, is: [claim.run, claim.run], "who has the locks")
                            _ = try await store.append([], to: claim, head: 1, releasing: ["s"])
                        }
                    }
                }
                try await group.waitForAll()
            }
            try require(try await store.locks(of: nil), is: [], "the locks in the end")
        },
    ]
}

private func locked(_ name: String) -> LockName { LockName(.lock, name) }

private func group(_ name: String) -> LockName { LockName(.concurrency, name) }

extension RunStatus {
    /// Another series of UUIDs for every status.
    fileprivate var series: UInt64 { UInt64(RunStatus.allCases.firstIndex(of: self) ?? 0) + 1 }
}

/// Requires that locks can be taken.
private func require(
    free names: [LockName], by holder: String, _ claim: RunClaim, at: Timestamp, in store: any WorkflowStore
) async throws {
    try require(
        try await store.takeLocks(names, holder: holder, claim: claim, at: at), is: [],
        "what \(holder.prefix(20).debugDescription) meets")
}
