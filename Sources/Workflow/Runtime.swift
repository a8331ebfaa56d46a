internal import AttemptProtocol
internal import WorkflowCore
package import WorkflowEngine
package import WorkflowExecutors
package import WorkflowStore

/// The composition root: an engine over a store that was opened by its URL, with the executors of this machine, the
/// machine's clock and its random numbers. Command line, drill and server put their commands over one of these.
package struct Runtime: Sendable {
    package let opened: OpenStore
    package let executor: ShellExecutor
    package let executors: any ExecutorDirectory
    package let environment: EngineEnvironment
    package let engine: Engine

    package var store: any WorkflowStore { opened.store }

    /// - Parameters:
    ///   - environment: of the process, made for the workspace and host that it is given.
    ///   - executors: what steps may call.
    ///   - gate: stands before every command that is started.
    package init(
        _ opened: OpenStore, executors: any ExecutorDirectory, gate: (any LaunchGate)? = nil,
        environment: (Workspace, MachineIdentity) -> EngineEnvironment
    ) throws(ExecutorError) {
        let host = try MachineIdentity.current()
        self.opened = opened
        self.executors = executors
        self.environment = environment(opened.workspace, host)
        executor = try ShellExecutor(
            attemptsFolder: opened.workspace.attempts, supervisorPath: try SupervisorBinary.besideThisExecutable(),
            place: AttemptPlace(host: host, storeID: opened.store.id.text), gate: gate)
        engine = Engine(
            store: opened.store, executor: executor, environment: self.environment, clock: WallClock(),
            executors: executors)
    }

    /// Lets go of the store. What still runs for one that no other process can open is asked to end: nobody could take
    /// it up.
    package func close() async {
        if !opened.isDurable {
            for id in (try? executor.leftovers()) ?? [] {
                let identity = AttemptIdentity(attemptID: id, role: .attempt, place: executor.place)
                try? executor.requestCancel(identity, grace: Step.defaultKillAfter.duration)
            }
        }
        await opened.close()
    }
}
