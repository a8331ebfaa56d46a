internal import ArgumentParser
internal import Dispatch
internal import Synchronization
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore

/// Names out of the store, for a shell that completes a word: the shell's script calls this program back.
///
/// Whatever goes wrong, a missing store above all, offers nothing and says nothing: a person is typing. For the same
/// reason it is bounded in names and in time.
struct StoreCompletion: Sendable {
    enum Kind: Sendable {
        /// Of any status that fits.
        case runs(@Sendable (RunStatus) -> Bool)
        /// Of any status that fits, and in a state that does.
        case runsIn(@Sendable (RunStatus) -> Bool, @Sendable (RunState) -> Bool)
        /// All that there are.
        case checkpoints
        /// Those that `resume` takes without `--rewind`.
        case newestCheckpoints
        /// Of the run that stands before the word.
        case steps(@Sendable (StepStatus) -> Bool)
    }

    private static let namesMax = 200
    /// Whose checkpoints are offered.
    private static let runsLookedAtMax = 20
    /// Runs whose journals are read to see what they wait for.
    private static let journalsReadMax = 200
    private static let patience = DispatchTimeInterval.milliseconds(500)

    let kind: Kind
    /// The command line as far as it goes.
    let words: [String]
    /// What the word begins with.
    let prefix: String

    /// Called on the main thread, before the program does anything.
    func names() -> [Offered] {
        let found = Found()
        let isDone = DispatchSemaphore(value: 0)
        // It ends with the process, which leaves as soon as it has the names, or has waited for long enough.
        Task.detached {
            let names = (try? await search()) ?? []
            found.names.withLock { $0 = names }
            isDone.signal()
        }
        guard isDone.wait(timeout: .now() + Self.patience) == .success else { return [] }
        return found.names.withLock { $0 }
    }

    private final class Found: Sendable {
        let names = Mutex<[Offered]>([])
    }

    private func search() async throws -> [Offered] {
        let session = try Session.open(storeOption, .readOnly, in: try ProcessEnvironment.current())
        let names: [Offered]
        switch kind {
        case .runs(let fits):
            names = try await session.store.runs(RunFilter(statuses: RunStatus.allCases.filter(fits), limit: 10_000))
                .map(Offered.init)
        case .runsIn(let fits, let matches):
            var found: [Offered] = []
            let statuses = RunStatus.allCases.filter(fits)
            for record in try await session.store.runs(RunFilter(statuses: statuses, limit: Self.journalsReadMax)) {
                if let state = try? await session.engine.state(of: record), matches(state) {
                    found.append(Offered(record))
                }
            }
            names = found
        case .checkpoints:
            var all: [Offered] = []
            for run in try await session.store.runs(RunFilter(limit: Self.runsLookedAtMax)) {
                all += try await session.store.checkpoints(of: run.uuid).reversed().map {
                    Offered(name: $0.id.text, description: "\($0.step) of \(run.id.text)")
                }
            }
            names = all
        case .newestCheckpoints:
            let statuses = RunStatus.allCases.filter(\.canBeResumed)
            names = try await session.store.runs(RunFilter(statuses: statuses, limit: 10_000))
                .compactMap { run in
                    run.checkpoint.map { Offered(name: $0.text, description: "\(run.id.text), \(run.workflow)") }
                }
        case .steps(let fits):
            guard let run = try await run(in: session) else { return [] }
            let state = try await session.view(of: run).state
            names = state.stepsInOrder().filter { fits(state.status(ofStep: $0)) }.map {
                Offered(name: state.name(ofStep: $0), description: state.status(ofStep: $0).rawValue)
            }
        }
        return Array(names.lazy.filter { isOffered($0.name) }.prefix(Self.namesMax))
    }

    /// Whether a name begins with what was typed, whose quotes are the shell's. One with control characters is not
    /// offered: a shell reads names as lines, and shows them.
    private func isOffered(_ name: String) -> Bool {
        let typed = prefix.drop { $0 == "\"" || $0 == "'" }.filter { $0 != "\\" }
        return name.utf8.starts(with: typed.utf8) && SafeText.name(name) == name
    }

    /// The first word that names a run.
    private func run(in session: Session) async throws -> RunID? {
        for word in words.dropFirst(2) where RunID.isValid(word) {
            if let run = try await session.store.run(named: RunID(word)) { return run.id }
        }
        return nil
    }

    private var storeOption: String? {
        for (index, word) in words.enumerated() {
            if word == "--store", index + 1 < words.count { return words[index + 1] }
            if word.hasPrefix("--store=") { return String(word.dropFirst("--store=".count)) }
        }
        return nil
    }
}

extension CompletionKind {
    static let anyRun = store(.runs { _ in true })
    static let resumableRun = store(.runs(\.canBeResumed))
    /// What `cancel` ends.
    static let endableRun = store(.runs { !$0.hasEnded || $0 == .failed })
    static let pausableRun = store(.runs { !$0.hasEnded && $0 != .paused })
    static let runToApprove = store(
        .runsIn({ !$0.hasEnded }, { $0.awaited.contains { $0.kind == .approval } }))
    static let runToResolve = store(
        .runsIn(
            \.canBeResumed,
            { state in
                !state.stepsInDoubt.isEmpty || !state.drifted.isEmpty
                    || state.stepsInOrder().contains { state.status(ofStep: $0) == .failed }
            }))
    /// A signal is kept for the step that will ask for it.
    static let runToSignal = store(.runsIn({ !$0.hasEnded }, { $0.program.lines.contains { $0.step.asksForSignal } }))
    static let anyCheckpoint = store(.checkpoints)
    static let newestCheckpoint = store(.newestCheckpoints)
    static let anyStep = store(.steps { _ in true })
    static let waitingStep = store(.steps { $0 == .waiting })
    static let undecidedStep = store(.steps { [.inDoubt, .failed, .waiting].contains($0) })

    private static func store(_ kind: StoreCompletion.Kind) -> CompletionKind {
        .custom { words, _, prefix in
            StoreCompletion(kind: kind, words: words, prefix: prefix).names().map(\.text)
        }
    }
}

extension Offered {
    fileprivate init(_ run: RunRecord) {
        self.init(name: run.id.text, description: "\(run.workflow), \(run.projection.status.rawValue)")
    }
}

extension Step {
    fileprivate var asksForSignal: Bool {
        if case .signal = action { return true }
        return false
    }
}
