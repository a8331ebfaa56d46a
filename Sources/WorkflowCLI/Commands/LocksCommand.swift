internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowViews

struct LocksCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "locks",
        abstract: "Show the locks and concurrency groups that runs hold, who waits for them, and what frees them.",
        discussion: """
              workflow locks
              workflow locks -o json

            A lock belongs to its run, and stays held when no process drives that: then the commands are printed that \
            free it.
            """)

    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        let (holders, waiters) = try await CommandFailure.telling { () async throws(EngineError) in
            (try await session.engine.lockHolders(), try await session.engine.lockWaiters())
        }
        if output.format != .text {
            let documents = holders.map { document($0, waiters[$0.holding.name] ?? [], session.commands) }
            console.data(Document.list(documents).text(as: output.format))
        } else if holders.isEmpty {
            console.note("no run holds a lock or a concurrency group")
        } else {
            for (index, holder) in holders.enumerated() {
                if index > 0 { console.data("") }
                let told = lines(holder, waiters[holder.holding.name] ?? [], session.commands, console.outputScreen)
                for line in told { console.told(line) }
            }
        }
        return .completed
    }

    private func lines(
        _ holder: LockHolder, _ waiters: [LockWaiter], _ commands: CommandTexts, _ screen: Screen
    ) -> [String] {
        let name = holder.holding.name
        let what = name.kind == .concurrency ? "concurrency group" : "lock"
        let whose = holder.run.text + (holder.step.map { ", step \($0)" } ?? "")
        let since = holder.holding.since
        var lines = [
            "\(what) \(shown(name.name)): \(shown(whose)), since \(since.text), \(since.spoken(at: screen.now)); "
                + shown(holder.hindrance ?? "a process drives it")
        ]
        lines += waiters.prefix(20).map {
            let step = $0.step.map { ", step \($0)" } ?? ""
            return "  \($0.run.text)\(shown(step)) waits for it" + ($0.since.map { " since \($0.text)" } ?? "")
                + ($0.isDriven ? "" : "; no process drives it")
        }
        if waiters.count > 20 { lines.append("  and \(waiters.count - 20) more; -o json has all") }
        return lines + holder.commands(suffix: commands.suffix).map { "    " + $0 }
    }

    private func document(_ holder: LockHolder, _ waiters: [LockWaiter], _ commands: CommandTexts) -> Document {
        guard case .map(let members) = WaitDocument.holder(holder, commands) else { return .null }
        return .map(
            members + [
                WaitDocument.member("command", .text(holder.commands(suffix: commands.suffix).first)),
                WaitDocument.member(
                    "waiters",
                    .list(
                        waiters.map {
                            .members([
                                "run": .string($0.run.text), "step": .text($0.step), "since": .text($0.since?.text),
                                "driven": .bool($0.isDriven),
                            ])
                        })),
            ])
    }

    private func shown(_ text: String) -> String { DisplayLine.text(Array(text.utf8)) }
}
