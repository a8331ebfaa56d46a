internal import Workflow
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore

/// Whether a command was typed by a person, or is called by something that a step of the same store started.
///
/// The process's ancestors decide. Where they cannot be followed to the first process of the machine (in a container),
/// and for what outlives a killed supervisor, the step's `WORKFLOW_RUN_ID` counts too.
struct StepCaller: Sendable {
    /// The runs whose steps called, the nearest first.
    let runs: [RunRecord]
    /// The nearest supervisor, where one was found.
    let supervisor: StepAncestry.Supervisor?

    static func find(_ session: Session, in process: ProcessEnvironment) async throws(CommandFailure) -> StepCaller {
        let ancestry = StepAncestry.of(
            storeID: session.store.id.text, attemptsFolder: session.workspace.attempts)
        var runs: [RunRecord] = []
        do throws(StoreError) {
            for uuid in ancestry.supervisors.compactMap({ $0.run.flatMap { UniqueID(text: $0) } }) {
                if let run = try await session.store.run(uuid) { runs.append(run) }
            }
            // A carried run has another name in this store.
            if let id = process.variables["WORKFLOW_LOCAL_RUN_ID"] ?? process.variables["WORKFLOW_RUN_ID"],
                let run = try await session.store.run(named: RunID(id)), !runs.contains(where: { $0.uuid == run.uuid })
            {
                runs.append(run)
            }
        } catch {
            throw CommandFailure(error)
        }
        var caller = StepCaller(runs: runs, supervisor: ancestry.supervisors.first, isCertain: ancestry.isComplete)
        if !ancestry.isConsistent || !ancestry.isComplete && session.executor.hasUnseenSupervisors() {
            caller.hiddenAncestors =
                "this process runs in a pid namespace of its own, from which the running steps of this store cannot "
                + "be seen, so that one of them may have started it"
        }
        if process.typist.isMapped {
            let identity = try await CommandFailure.telling { () async throws(EngineError) in
                try await session.engine.identity()
            }
            if identity == .login {
                caller.unknownPerson =
                    "this process runs in a user namespace (`unshare -U`, a rootless container), where any login can "
                    + "be had; a decision is a person's: type it outside of it, or, where names are to be taken "
                    + "on trust as in containers, have the store's owner say `workflow store set identity=claimed`"
            }
        }
        return caller
    }

    /// Why steps among the ancestors would not have been seen.
    private var hiddenAncestors: String?
    /// Why the person's name says nothing.
    private var unknownPerson: String?

    /// All ancestors were seen: the variable says nothing that they do not.
    private let isCertain: Bool

    /// The run that a run which is started now is a part of: by ancestry, or by the variable where not all can be seen.
    var parent: RunRecord? { supervisor == nil && isCertain ? nil : runs.first }

    var parentRun: ParentRun? {
        parent.map { run in
            let isOfSupervisor = supervisor?.run.map { $0 == run.uuid.text } ?? false
            return ParentRun(
                run: run.id, attempt: isOfSupervisor ? supervisor.flatMap { UniqueID(text: $0.attemptID) } : nil)
        }
    }

    private var isStep: Bool { supervisor != nil || !runs.isEmpty }

    /// Refuses a decision to what a step has started, whichever run it is about.
    ///
    /// - Parameters:
    ///   - act: `approve`, `resolve`, …
    ///   - isOwners: it is the owner's of the store, whom the store's files tell.
    func refuse(_ act: String, isOwners: Bool = false) throws(CommandFailure) {
        if isStep {
            throw CommandFailure(
                .notPermitted, "\(act) is not permitted here: \(who); a decision is a person's: \(Self.move)")
        }
        try refuseUnseen(act)
        if let unknownPerson, !isOwners {
            throw CommandFailure(.notPermitted, "\(act) is not permitted here: \(unknownPerson)")
        }
    }

    private func refuseUnseen(_ act: String) throws(CommandFailure) {
        guard let hiddenAncestors else { return }
        throw CommandFailure(
            .notPermitted, "\(act) is not permitted here: \(hiddenAncestors); a decision is a person's: \(Self.move)")
    }

    /// Refuses to what a step has started what it asks of its own run, or of one that its run is a part of.
    func refuse(_ act: String, of run: RunID) throws(CommandFailure) {
        guard runs.contains(where: { $0.id == run }) else { return try refuseUnseen(act) }
        throw CommandFailure(
            .notPermitted,
            "\(act) of \(run.text) is not permitted here: \(who); no step decides about its own run: \(Self.move)")
    }

    private static let move = "type it in a shell that no step has started"

    private var who: String {
        let run = runs.first.map { " of \($0.id.text)" } ?? ""
        guard let supervisor else { return "this process was started by a step\(run), as its WORKFLOW_RUN_ID says" }
        return "this process was started by a step\(run), whose supervisor has pid \(supervisor.pid)"
    }
}
