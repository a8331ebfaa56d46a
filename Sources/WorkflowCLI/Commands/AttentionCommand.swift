internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore
internal import WorkflowViews

struct AttentionCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "attention",
        abstract: "Show what waits for somebody, and the command that settles it.",
        discussion: """
              workflow attention
              workflow attention -o json

            Steps in doubt or drifted, approvals, signals, runs and steps that queue for a lock, steps that are tried \
            again, runs that no process drives or that a person has stopped, and locks that such runs hold. Failed and \
            paused runs are not among them: `workflow list --status failed,paused`. Exit status 3 where there is \
            anything, 0 where nothing is.
            """)

    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        let items = try await CommandFailure.telling { () async throws(EngineError) in
            try await session.engine.attention()
        }
        let list = AttentionList(items: items, commands: session.commands, screen: console.outputScreen)
        if output.format != .text {
            console.data(list.document.text(as: output.format))
        } else if items.isEmpty {
            console.note("nothing waits for anybody")
        } else {
            for line in list.lines() { console.told(line) }
        }
        if output.format == .text { try await tellOthers(session, console) }
        return items.isEmpty ? .completed : .waiting
    }

    /// Failed and paused runs wait for nothing, but a person may not know of them.
    private func tellOthers(_ session: Session, _ console: Console) async throws(CommandFailure) {
        var counts: [String] = []
        for (status, word) in [(RunStatus.failed, "failed"), (.paused, "paused")] {
            let runs = try await CommandFailure.telling { () async throws(EngineError) in
                try await session.engine.runs(RunFilter(statuses: [status], limit: Self.countMax + 1))
            }
            if runs.count > Self.countMax { counts.append("more than \(Self.countMax) \(word)") }
            if (1...Self.countMax).contains(runs.count) { counts.append("\(runs.count) \(word)") }
        }
        guard !counts.isEmpty else { return }
        console.note("")
        console.note("Runs that wait for nothing: \(counts.joined(separator: ", ")). To see them:")
        console.note(session.commands.list(["--status", "failed,paused"]))
    }

    private static let countMax = 999
}
