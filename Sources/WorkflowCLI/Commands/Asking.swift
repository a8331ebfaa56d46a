internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStoreSQLite

/// What `pause`, `cancel` and `resolve` share: ask, and say what came of it.
struct Asking {
    let session: Session
    let console: Console
    let run: RunID
    let actor: Actor

    /// A driver takes a request within a second.
    private static let followTries = 60

    /// - Parameter what: for the message: `cancel`, `pause`, `resolve vpc_creation`.
    func ask(_ request: ControlRequest, what: String) async throws(CommandFailure) -> ExitStatus {
        try await session.closing { () async throws(CommandFailure) in try await answer(request, what) }
    }

    private func answer(_ request: ControlRequest, _ what: String) async throws(CommandFailure) -> ExitStatus {
        let progress = PlainProgress(console: console, isQuiet: false, printsID: false)
        let control = RunControl()
        SignalWatch.deliver(to: control, telling: console)
        progress.expect(try await session.view(of: run).state.program.definition)
        let answer = try await CommandFailure.telling { () async throws(EngineError) in
            var answer = try await session.engine.ask(
                request, of: run, actor: actor, control: control, observer: progress)
            var tries = 0
            while answer == .handedOver, tries < Asking.followTries {
                if let taken = try await session.engine.follow(
                    request, of: run, actor: actor, control: control, observer: progress)
                {
                    answer = taken
                    break
                }
                tries += 1
                try? await Task.sleep(for: .milliseconds(50))
            }
            return answer
        }
        switch answer {
        case .handedOver:
            console.note("\(what): handed to the process that drives \(run.text), which obeys within a second")
        case .kept:
            console.note(
                "\(what): kept for whoever drives \(run.text) next: the secrets that may be in it are not known here")
        case .applied(let status):
            console.note("\(run.text) is \(status.rawValue)")
            if let command = session.commands.resume(try await session.view(of: run)) {
                console.note("To go on:")
                console.note(command)
            }
        }
        return .completed
    }
}
