internal import JSON
package import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowExecutors
internal import WorkflowStore

// Taking a run in that another machine, or another store, has carried here.

extension Engine {
    /// The largest checkpoint file that is read, in bytes.
    package static let checkpointFileBytesMax = CheckpointFile.bytesMax

    /// Whether a file is a checkpoint that can be taken in, as far as can be told without a store.
    package static func check(checkpointFile bytes: [UInt8], name: String) throws(EngineError) {
        _ = try CheckpointFile(bytes, name: name)
    }

    /// Makes a run of a checkpoint file, or finds the one that it was made into before.
    ///
    /// Nothing of it is started: it is resumed like any other.
    package func take(
        in bytes: [UInt8], name: String, actor: Actor
    ) async throws(EngineError) -> RunID {
        let file = try CheckpointFile(bytes, name: name)
        let actor = try await known(actor)
        let uuid = file.identity
        func invalid(_ problem: String) -> EngineError {
            EngineError(.checkpointFileInvalid, "\(name) is not a checkpoint that can be resumed: \(problem)")
        }
        let definitions: [String: StoredDefinition]
        do {
            definitions = try file.loadedDefinitions()
        } catch {
            throw invalid(error.message)
        }
        let known = try await translated { () async throws(StoreError) in try await store.run(uuid) }
        if let known { return known.id }
        var random = draws
        let secrets = definitions.values.flatMap(\.definition.secrets)
        let context = try await inheritedContext(secrets: secrets).record(using: &random)
        var journal = CarriedJournal(
            file: file, uuid: uuid, context: context,
            engineVersion: environment.engineVersion, actor: actor)
        let (state, proposed, first): (RunState, [ProposedEntry], StoredDefinition)
        do {
            (state, proposed, first) = try journal.replay(definitions)
        } catch {
            throw invalid(error.message)
        }
        let run = NewRun(
            uuid: uuid, id: nil, workflow: first.definition.name, definition: first,
            labels: state.created?.labels ?? [:], createdBy: actor.name,
            host: environment.host.name, engineVersion: environment.engineVersion, createdAt: clock.now(),
            forkedFrom: journal.origin, furtherDefinitions: definitions.values.sorted { $0.hash < $1.hash })
        do throws(StoreError) {
            let made = try await store.createRun(run, entries: proposed, projection: state.projection)
            await store.release(made.claim)
            return made.record.id
        } catch {
            // Another process took the same file in at the same time.
            if error.code == .runExists,
                let made = try await translated({ () async throws(StoreError) in try await store.run(uuid) })
            {
                return made.id
            }
            throw EngineError(error)
        }
    }
}

extension Engine {
    /// Says no to a file that no store would take in, before the run that it is made of ends for it.
    func refuseUnfit(_ file: CheckpointFile) async throws(EngineError) {
        var random = draws
        let context = try await inheritedContext(secrets: []).record(using: &random)
        var journal = CarriedJournal(
            file: file, uuid: file.identity, context: context, engineVersion: environment.engineVersion,
            actor: engineActor)
        do {
            _ = try journal.replay(try file.loadedDefinitions())
        } catch {
            throw EngineError(
                .journalContradiction,
                "\(file.run.text) cannot be handed over, and stays here: its file would be refused, for "
                    + "\(error.message)"
            )
        }
    }
}

extension CheckpointFile {
    /// By hash.
    fileprivate func loadedDefinitions() throws(CarriedJournal.Problem) -> [String: StoredDefinition] {
        var loaded: [String: StoredDefinition] = [:]
        for record in definitions {
            let stored: StoredDefinition
            do throws(DefinitionError) {
                stored = try DefinitionLoader().load(canonicalJSON: record.canonicalJSON, source: record.source)
            } catch {
                throw CarriedJournal.Problem(message: "its definition cannot be read: \(error.message)")
            }
            guard stored.hash == record.hash else {
                throw CarriedJournal.Problem(message: "its definition was changed")
            }
            loaded[record.hash] = stored
        }
        return loaded
    }
}

/// The journal of a run that is taken in: that of the file, begun here and now.
private struct CarriedJournal {
    let file: CheckpointFile
    let uuid: UniqueID
    let context: ExecutionContext
    let engineVersion: String
    let actor: Actor

    /// `RUN@CHECKPOINT`, as the store that it comes from names them.
    var origin: String { "\(file.run.text)@\(file.checkpoint.text)" }

    struct Problem: Error {
        let message: String
    }

    /// Folds the entries as a run of this store would, which shows whether they can follow each other.
    mutating func replay(
        _ definitions: [String: StoredDefinition]
    ) throws(Problem) -> (RunState, [ProposedEntry], StoredDefinition) {
        var facts: [(at: Timestamp, actor: Actor, fact: Fact)] = []
        do throws(StoreError) {
            for raw in file.entries {
                let entry = try raw.decoded(of: file.run)
                facts.append((entry.at, entry.actor, entry.fact))
            }
        } catch {
            throw Problem(message: error.message)
        }
        guard case .runCreated(var created)? = facts.first?.fact,
            let first = definitions[created.definitionHash]
        else { throw Problem(message: "its first entry creates no run of a definition in it") }
        guard created.workflow == first.definition.name else {
            throw Problem(message: "its first entry creates a run of another workflow than its definition")
        }
        guard facts.last?.fact.checkpoint == file.checkpoint else {
            throw Problem(message: "its last entry does not save \(file.checkpoint.text)")
        }
        created.origin = created.origin ?? RunOrigin(run: file.run.text, uuid: created.run)
        created.run = uuid
        created.context = context
        created.engineVersion = engineVersion
        created.forkedFrom = origin
        facts[0] = (facts[0].at, actor, .runCreated(created))
        facts += file.unfinished.map { ($0.at, $0.actor, $0.fact) }
        var state = RunState(Program(first.definition))
        for (hash, stored) in definitions { state.learn(Program(stored.definition), hash: hash) }
        var proposed: [ProposedEntry] = []
        do throws(JournalContradiction) {
            for (offset, (at, actor, fact)) in facts.enumerated() {
                if offset < file.entries.count {
                    try state.refuseImplausible(fact)
                } else {
                    try state.refuseImplausibleUnfinished(fact)
                }
                proposed.append(try take(fact, at: at, by: actor, into: &state))
            }
            let last = proposed.last?.at ?? facts[0].at
            proposed.append(try take(.carriedOver(CarriedOver(forkedFrom: origin)), at: last, by: actor, into: &state))
            for (number, attempt) in state.runningAttempts {
                let name = state.name(ofStep: number)
                let doubt = AttemptInDoubt(
                    step: name, attempt: attempt.number,
                    reason: "it had begun, and had not ended, where the run was carried over from (\(origin))")
                proposed.append(
                    try take(
                        .attemptInDoubt(doubt), at: last, by: engineActor, into: &state))
            }
        } catch {
            throw Problem(message: error.message)
        }
        return (state, proposed, first)
    }

    /// Checkpoints get names of this store.
    private func take(
        _ fact: Fact, at: Timestamp, by actor: Actor, into state: inout RunState
    ) throws(JournalContradiction) -> ProposedEntry {
        var subject: CheckpointSubject?
        if fact.checkpoint != nil, let step = fact.stepEnded, let number = state.number(ofStep: step) {
            subject = CheckpointSubject(step: step, stage: state.stageName(ofStep: number))
        }
        try state.apply(Entry(sequence: state.head + 1, at: at, actor: actor, fact: fact))
        return ProposedEntry(at: at, actor: actor, fact: fact, checkpoint: subject)
    }
}

extension Fact {
    /// The step that has succeeded or was skipped.
    fileprivate var stepEnded: String? {
        switch self {
        case .stepSucceeded(let fact): fact.step
        case .stepSkipped(let fact): fact.step
        default: nil
        }
    }

    /// What the entry saves.
    fileprivate var checkpoint: CheckpointID? {
        switch self {
        case .stepSucceeded(let fact): fact.checkpoint
        case .stepSkipped(let fact): fact.checkpoint
        default: nil
        }
    }
}
