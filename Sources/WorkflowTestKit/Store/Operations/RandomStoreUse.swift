import JSON
package import WorkflowCore
import WorkflowStore

/// Draws operations on a store: mostly what drivers and people do, and now and then what must be refused: old claims,
/// wrong heads, names that are taken, values that no store takes.
///
/// `next` draws; `learn` takes what the store answered, so that later draws fit. The same seed and the same answers
/// give the same operations.
package struct RandomStoreUse: Sendable {
    private struct Known {
        let uuid: UniqueID
        let id: RunID
        var head: Int64
        /// All that were ever given, the newest last.
        var claims: [RunClaim]
        var checkpoints: [SavedCheckpoint] = []
        /// Whether the newest claim was neither given back nor abandoned.
        var isDriven = true
    }

    private var random: SeededGenerator
    private var fixture: StoreFixture
    private var runs: [Known] = []
    private var requestCount = 0
    private var stepCount = 0

    private static let locks = ["db", "dns", "vpc/eu-1"].map { LockName(.lock, $0) }
    private static let groups = ["prod", "staging"].map { LockName(.concurrency, $0) }
    private static let holders = ["", "drain", "drain[0]", "step_3"]

    package init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        fixture = StoreFixture(series: seed % 60_000)
    }

    /// The runs that were made so far.
    package var knownRuns: [UniqueID] { runs.map(\.uuid) }

    package mutating func next() -> StoreOperation {
        if random.chance(4) { fixture.clock.advance(by: .hours(Int64(random.number(in: -3...9)))) }
        guard !runs.isEmpty else { return create() }
        switch random.number(in: 1...100) {
        case ...9: return create()
        case ...(runs.contains(where: \.isDriven) ? 20 : 60): return claim()
        case ...26: return .release(anyClaim())
        case ...72: return append()
        case ...86: return takeLocks()
        case ...89: return runs.count > 2 ? .remove(anyClaim()) : takeLocks()
        case 90: return .sweep
        default: return enqueue()
        }
    }

    /// Appends to several runs, which a store may make durable together; their order makes no difference. None where
    /// fewer than two runs are driven.
    package mutating func appendsAtOnce() -> [StoreOperation] {
        let driven = runs.filter(\.isDriven).suffix(4)
        guard driven.count > 1 else { return [] }
        return driven.map { run in
            stepCount += 1
            // Without checkpoints: their numbers would tell the order.
            let entries = (0..<random.number(in: 1...3)).map { fixture.started("step_\(stepCount)_\($0)") }
            return .append(
                Append(
                    claim: run.claims[run.claims.count - 1], head: run.head, entries: entries,
                    projection: StoreFixture.running))
        }
    }

    package mutating func learn(_ operation: StoreOperation, _ outcome: StoreOutcome) {
        switch (operation, outcome) {
        case (.create(let run, _, _), .created(let created)):
            runs.append(
                Known(
                    uuid: run.uuid, id: created.record.id, head: created.receipt.head, claims: [created.claim],
                    checkpoints: created.receipt.checkpoints))
        case (.claim(let run), .claimed(let claim)):
            change(run) {
                $0.claims.append(claim)
                $0.isDriven = true
            }
        case (.release(let claim), .done):
            change(claim.run) { if $0.claims.last == claim { $0.isDriven = false } }
        case (.append(let append), .appended(let receipt)):
            change(append.claim.run) {
                $0.head = receipt.head
                $0.checkpoints += receipt.checkpoints
            }
        case (.enqueue, .done): requestCount += 1
        case (.remove(let claim), .done): runs.removeAll { $0.uuid == claim.run }
        default: break
        }
    }

    /// The process that had all claims has died.
    package mutating func abandonClaims() {
        for index in runs.indices { runs[index].isDriven = false }
    }

    private mutating func change(_ run: UniqueID, _ body: (inout Known) -> Void) {
        if let index = runs.firstIndex(where: { $0.uuid == run }) { body(&runs[index]) }
    }

    private mutating func anyRun() -> Known { runs[random.number(in: max(0, runs.count - 6)...runs.count - 1)] }

    private mutating func claim() -> StoreOperation {
        if random.chance(5) { return .claim(fixture.ids.next()) }
        let free = runs.filter { !$0.isDriven }
        return .claim(random.chance(80) ? random.pick(free)?.uuid ?? anyRun().uuid : anyRun().uuid)
    }

    private mutating func anyClaim() -> RunClaim {
        let run = (random.chance(90) ? random.pick(runs.filter(\.isDriven)) : nil) ?? anyRun()
        let newest = run.claims[run.claims.count - 1]
        if random.chance(3) { return RunClaim(run: run.uuid, token: FencingToken(newest.token.number + 1)) }
        return random.chance(92) ? newest : random.pick(run.claims) ?? newest
    }

    private mutating func create() -> StoreOperation {
        var id: String?
        switch random.number(in: 1...10) {
        case 1: id = runs.last?.id.text
        case 2, 3: id = "run-\(fixture.clock.now.day)-00\(random.number(in: 1...9))"
        case 4, 5: id = "deploy-\(random.number(in: 1...1000))"
        default: break
        }
        var run = fixture.newRun(
            id: id, workflow: random.chance(50) ? "deploy" : "migrate",
            labels: random.chance(50) ? ["env": random.chance(50) ? "prod" : "test"] : [:])
        // Of a run that is driven, a store may also say just that.
        if random.chance(6), let taken = random.pick(runs.filter { !$0.isDriven }) { run.uuid = taken.uuid }
        var entries = [fixture.created(run)]
        if random.chance(3) { entries = [] }
        if random.chance(40) { entries.append(fixture.started("first")) }
        return .create(run, entries, projection())
    }

    private mutating func append() -> StoreOperation {
        let claim = anyClaim()
        guard let run = runs.first(where: { $0.uuid == claim.run }) else { return create() }
        var append = Append(
            claim: claim, head: run.head + (random.chance(4) ? Int64(random.number(in: -2...2)) : 0), entries: [],
            projection: projection())
        for _ in 0..<random.number(in: 0...3) { append.entries.append(entry(of: run)) }
        if random.chance(2) {
            append.entries.append(
                ProposedEntry(at: Timestamp(millisecondsSinceEpoch: -1), actor: engineActor, fact: .runPaused))
        }
        for _ in 0..<random.number(in: 0...2) where requestCount > 0 {
            append.answeredRequests.append(Int64(random.number(in: 1...requestCount + 1)))
        }
        if random.chance(25) { append.releasing = [random.pick(RandomStoreUse.holders) ?? ""] }
        if random.chance(5) { append.definition = fixture.definition("moved_\(random.number(in: 1...3))") }
        return .append(append)
    }

    private mutating func entry(of run: Known) -> ProposedEntry {
        stepCount += 1
        switch random.number(in: 1...10) {
        case 1:
            if let checkpoint = random.pick(run.checkpoints) {
                let rewound = RunRewound(checkpoint: checkpoint.id, sequence: checkpoint.sequence)
                return ProposedEntry(at: fixture.clock.tick(), actor: "user:alice", fact: .runRewound(rewound))
            }
            return fixture.started("step_\(stepCount)")
        case 2...5: return fixture.started("step_\(stepCount)")
        case 6:
            // More than a page, so that an append spans many of them.
            let text = String(repeating: "0123456789abcdef", count: random.number(in: 1...2000))
            return fixture.finished("step_\(stepCount)", outputs: ["report": .string(text)])
        default: return fixture.finished("step_\(stepCount)", outputs: ["number": .int(Int64(stepCount))])
        }
    }

    private mutating func takeLocks() -> StoreOperation {
        var names: [LockName] = []
        for _ in 0..<random.number(in: 1...2) {
            names.append(random.pick(RandomStoreUse.locks) ?? LockName(.lock, "db"))
        }
        if random.chance(30), let group = random.pick(RandomStoreUse.groups) { names.append(group) }
        if random.chance(3) {
            names.append(LockName(.lock, String(repeating: "x", count: LockRequest.longestName + 1)))
        }
        return .takeLocks(
            names, holder: random.pick(RandomStoreUse.holders) ?? "", anyClaim(), at: fixture.clock.tick())
    }

    private mutating func enqueue() -> StoreOperation {
        let kinds = ["pause", "cancel", "signal", "approve"]
        return .enqueue(
            NewInboxRequest(
                run: random.chance(5) ? fixture.ids.next() : anyRun().uuid, kind: random.pick(kinds) ?? "pause",
                payload: ["reason": .string("because \(requestCount)")], actor: "user:bob", at: fixture.clock.tick()))
    }

    private mutating func projection() -> RunProjection {
        let status = random.chance(85) ? RunStatus.running : random.pick(RunStatus.allCases) ?? .running
        return RunProjection(
            status: status, stage: random.chance(80) ? "planning" : "validating",
            dueAt: random.chance(10) ? fixture.clock.now.adding(.minutes(5)) : nil)
    }
}
