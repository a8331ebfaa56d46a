internal import ArgumentParser
internal import Workflow
internal import WorkflowCore
internal import WorkflowStore
internal import WorkflowStoreSQLite

struct StoreAdoptCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Make a copied store one of its own, so that its runs can go on here.",
        discussion: """
              workflow store adopt --reason "the old disk is gone, this is its copy"

            A store whose folder was copied, or moved from another file system, drives nothing (exit status 75): the \
            original has the same runs, and going on in both would do everything twice. Adopt a copy only when nobody \
            goes on with the original. It gets another id, and attempts that had not ended when it was copied are in \
            doubt: what became of them the original knows. A store that lies where it always did is left as it is.
            """)

    @Option(help: ArgumentHelp("Why; kept in the store.", valueName: "text"))
    var reason: String

    @OptionGroup var store: StoreOption

    func validate() throws {
        try PersonOptions.refuse(reason: reason)
    }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        try await refuseToSteps(process)
        do throws(StoreError) {
            let location = try StoreLocation.resolve(
                option: store.url, environment: process.variables["WORKFLOW_STORE"],
                workingFolder: process.workingFolder)
            let adoption = try await SQLiteStore.adopt(
                location, actor: process.actor().name, reason: reason, at: WallClock().now())
            guard let adoption else {
                console.note("\(location.folder.path) lies where it always did: there is nothing to adopt")
                return .completed
            }
            console.note(
                "\(location.folder.path) is the store \(adoption.to.text) now, adopted by \(adoption.actor); before, "
                    + "it was \(adoption.from.text)")
            return .completed
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Before it is adopted, the copy has the id of the original: a step of that one is found too.
    private func refuseToSteps(_ process: ProcessEnvironment) async throws(CommandFailure) {
        let session = try Session.open(store.url, .existing, in: process)
        try await session.closing { () async throws(CommandFailure) in
            try await StepCaller.find(session, in: process).refuse("store adopt", isOwners: true)
        }
    }
}
