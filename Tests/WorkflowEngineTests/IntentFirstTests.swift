import Testing
import WorkflowCore
import WorkflowEngine
import WorkflowStore
import WorkflowTestKit

/// Where a driver writes down what it is about to begin.
enum Intent: CaseIterable, Sendable {
    /// Of the first step, in the run's first entries.
    case firstStep
    /// Of a step, with the end of the one before.
    case nextStep
    /// Of another attempt, after the wait that its failure ordered.
    case retry
    /// The doubt that a probe is to settle.
    case probe
    /// The cancel that was asked for.
    case cancel

    var steps: String {
        switch self {
        case .firstStep, .nextStep:
            """
                  - name: first
                    run: echo first >> "$BENCH/ledger"
                  - name: second
                    run: echo second >> "$BENCH/ledger"
            """
        case .retry:
            """
                  - name: flaky
                    retry: {limit: 1, delay: 1ms}
                    run: echo try >> "$BENCH/ledger"; test "$(wc -l < "$BENCH/ledger")" = 2
            """
        case .probe:
            """
                  - name: doubtful
                    run: echo step >> "$BENCH/ledger"; kill -KILL $$
                    probe: echo probe >> "$BENCH/ledger"
            """
        case .cancel:
            """
                  - name: long
                    kill_after: 100ms
                    run: sleep 60
            """
        }
    }

    /// Whether it is in these entries.
    func isIn(_ entries: [ProposedEntry]) -> Bool {
        entries.contains { entry in
            switch (self, entry.fact) {
            case (.firstStep, .attemptStarted(let fact)): fact.step == "first"
            case (.nextStep, .attemptStarted(let fact)): fact.step == "second"
            case (.retry, .attemptStarted(let fact)): fact.attempt == 2
            case (.probe, .attemptInDoubt), (.cancel, .cancelRequested): true
            default: false
            }
        }
    }

    /// What the ledger holds when it has not begun, and when all is done.
    var before: [String] {
        switch self {
        case .firstStep, .cancel: []
        case .nextStep: ["first"]
        case .retry: ["try"]
        case .probe: ["step"]
        }
    }
    var after: [String] {
        switch self {
        case .firstStep, .nextStep: ["first", "second"]
        case .retry: ["try", "try"]
        case .probe: ["step", "probe"]
        case .cancel: []
        }
    }

    var end: RunStatus { self == .cancel ? .cancelled : .completed }
}

@Suite("P1: no effect begins before its intent is durable", .timeLimit(.minutes(5)))
struct IntentFirstTests {
    let bench: EngineBench

    init() throws {
        bench = try EngineBench()
    }

    /// Nothing has begun but what is in the journal of `intended`, and nothing is told that is not.
    private func expectNothingBegan(_ intent: Intent, intended: Set<String>) throws {
        #expect(try bench.begun().isSubset(of: intended), "an attempt or a probe has begun")
        #expect(try bench.askedToEnd().isEmpty, "an attempt was asked to end")
        #expect(bench.ledger == intent.before)
    }

    /// Has what the intent needs happen beside the driver.
    private func cause(_ intent: Intent) async throws {
        guard intent == .cancel else { return }
        try #require(await bench.recorder.heard { if case .attemptStarted = $0 { true } else { false } })
        let answer = try await bench.engine().ask(
            .cancel(reason: nil), of: EngineBench.run, actor: "user:bob", control: RunControl(),
            observer: bench.recorder)
        #expect(answer == .handedOver)
        bench.clock.wake()
    }

    @Test(
        "While the write of an intent is under way nothing of it begins; once it is durable it does",
        arguments: Intent.allCases)
    func held(_ intent: Intent) async throws {
        let gate = GatedStore(bench.memory) { intent.isIn($0) }
        let ended = try await bench.drive(try bench.request(intent.steps), over: gate) { _ in
            try await cause(intent)
            let entries = try #require(await gate.heldWrite(), "the intent was never written")
            try await expectNothingBegan(intent, intended: bench.intended())
            let told = bench.recorder.facts
            for entry in entries { #expect(!told.contains(entry.fact), "told before it was durable") }
            gate.open()
        }
        #expect(try ended.get().end == .ended(intent.end))
        #expect(bench.ledger == intent.after)
    }

    @Test(
        "When the write of an intent fails nothing of it begins, the error is told, and the next driver goes on",
        arguments: Intent.allCases, FaultyStore.Moment.allCases)
    func failed(_ intent: Intent, _ moment: FaultyStore.Moment) async throws {
        let gate = GatedStore(bench.memory, moment: moment) { intent.isIn($0) }
        let request = try bench.request(intent.steps)
        let ended = try await bench.drive(request, over: gate) { _ in
            try await cause(intent)
            try #require(await gate.heldWrite() != nil, "the intent was never written")
            // What took place and was not heard of is no leave to begin either: it may not be durable.
            if moment == .before { try await expectNothingBegan(intent, intended: bench.intended()) }
            gate.open(.fails(StoreError(.io, "injected: the disk is gone")))
        }
        #expect(throws: EngineError(.store(.io), "injected: the disk is gone")) { try ended.get() }
        let known = Set(
            bench.recorder.facts.compactMap { fact in
                if case .attemptStarted(let fact) = fact { fact.id.text } else { nil }
            })
        try expectNothingBegan(intent, intended: known)

        bench.memory.abandonClaims()
        if try await bench.memory.run(named: EngineBench.run) == nil {
            #expect(intent == .firstStep && moment == .before)
            return
        }
        if intent == .cancel { return }
        #expect(try await bench.resume().get().end == .ended(.completed))
        #expect(bench.ledger == intent.after)
    }

    @Test(
        "A driver whose run was taken over meanwhile writes nothing and begins nothing",
        arguments: Intent.allCases.filter { $0 != .firstStep })
    func fenced(_ intent: Intent) async throws {
        let gate = GatedStore(bench.memory) { intent.isIn($0) }
        let ended = try await bench.drive(try bench.request(intent.steps), over: gate) { _ in
            try await cause(intent)
            try #require(await gate.heldWrite() != nil, "the intent was never written")
            bench.memory.abandonClaims()
            let run = try #require(try await bench.memory.run(named: EngineBench.run))
            _ = try await bench.memory.claim(run.uuid)
            gate.open()
        }
        #expect(throws: EngineError.self) { try ended.get() }
        if case .failure(let error) = ended { #expect(error.code == .store(.staleToken)) }
        try await expectNothingBegan(intent, intended: bench.intended())
        let head = try await bench.head()
        #expect(Int64(bench.recorder.facts.count) == head, "told what is not in the journal, or the other way round")
    }
}
