internal import Terminal
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore
internal import WorkflowViews

/// Follows a run that any process drives, through the store: `show --watch`.
struct RunWatch {
    /// How often the store is asked for new entries.
    private static let pollEvery = 3
    private static let entriesAtOnce = 5000

    let session: Session
    let console: Console
    let run: RunID
    let form: ProgressForm

    /// Until the run has ended, is paused or was interrupted, or the looking is ended by a signal. A run that waits for
    /// somebody may go on at any moment, driven by another process.
    func follow() async throws(CommandFailure) -> ExitStatus {
        let control = RunControl()
        SignalWatch.deliver(to: control, telling: nil)
        let view = try await session.view(of: run)
        if form.isTree(on: console.output, console) {
            try await followOnScreen(view, control)
        } else {
            try await followInLines(view, control)
        }
        if control.isStopped { return .interrupt }
        let account = try await session.account(of: run)
        let waiting = waiting(account)
        for line in waiting.lines() { console.told(line) }
        if let command = session.commands.resume(account.view), !account.view.isDriven {
            for line in ["", waiting.needsAnswer ? "Then go on:" : "To go on:", command] { console.data(line) }
        }
        return .completed
    }

    private func waiting(_ account: RunAccount) -> WaitingList {
        WaitingList(
            account: account, commands: session.commands, tails: OutputTails(environment: session.environment),
            screen: console.outputScreen)
    }

    private func followOnScreen(_ view: RunView, _ control: RunControl) async throws(CommandFailure) {
        let screen = LiveScreen(console.output, console.traits)
        var drawing = RunDrawing(
            ProgressModel(view.state), screen: screen, traits: console.traits, session: session)
        let plain = PlainProgress(console: console, isQuiet: false, printsID: false, stream: console.output)
        plain.expect(view)
        drawing.open()
        defer { screen.close() }
        var isDriven = view.isDriven
        var turn = 0
        while !control.isStopped, !console.output.isClosed {
            var hasNews = turn == 0
            var isOver = false
            if turn % Self.pollEvery == 0 {
                let news = try await self.news(view.record.uuid, after: drawing.model.state.head)
                for entry in news.entries {
                    drawing.apply(entry)
                    if entry.fact.staysToBeRead { plain.observe(.entry(entry, run: run)) }
                }
                hasNews = hasNews || !news.entries.isEmpty || news.isDriven != isDriven
                isDriven = news.isDriven
                isOver = news.isLast && !drawing.model.state.mayGoOn
            }
            let isAbandoned = !isDriven && drawing.model.state.status == .running
            await drawing.update(run, workflow: view.record.workflow, hasNews: hasNews, isAbandoned: isAbandoned)
            if isOver {
                // The size has just changed.
                guard screen.isDisturbed else { return }
                return await drawing.update(
                    run, workflow: view.record.workflow, hasNews: true, isAbandoned: isAbandoned)
            }
            turn += 1
            try? await Task.sleep(for: RunDrawing.interval, clock: .continuous)
        }
    }

    private func followInLines(_ view: RunView, _ control: RunControl) async throws(CommandFailure) {
        let plain = PlainProgress(console: console, isQuiet: false, printsID: false, stream: console.output)
        plain.expect(view)
        console.data("\(run.text): \(view.record.workflow) is \(view.state.status.rawValue)")
        var head = view.state.head
        /// The entry at which it was told what the run waits for.
        var toldAt: Int64 = -1
        while !control.isStopped, !console.output.isClosed {
            // Whoever does not read what there is gets no more.
            if console.output.isBusy {
                try? await Task.sleep(for: RunDrawing.interval, clock: .continuous)
                continue
            }
            let news = try await self.news(view.record.uuid, after: head)
            for entry in news.entries {
                head = entry.sequence
                plain.observe(.entry(entry, run: run))
            }
            if news.isLast, head > 1, head != toldAt {
                let account = try await session.account(of: run)
                guard account.view.state.mayGoOn else { return }
                toldAt = head
                for line in waiting(account).lines() { console.told(line) }
            }
            try? await Task.sleep(for: RunDrawing.interval * Self.pollEvery, clock: .continuous)
        }
    }

    private struct News {
        var entries: [Entry]
        var isDriven: Bool
        /// Nothing more comes by itself.
        var isLast: Bool
    }

    private func news(_ uuid: UniqueID, after head: Int64) async throws(CommandFailure) -> News {
        do throws(StoreError) {
            // Asked first: whoever is gone now has written all that there will be.
            let isDriven = try await session.store.isClaimed(uuid)
            let entries = try await session.store.entries(
                of: uuid, after: head, through: nil, limit: Self.entriesAtOnce)
            return News(
                entries: entries, isDriven: isDriven, isLast: !isDriven && entries.count < Self.entriesAtOnce)
        } catch {
            throw CommandFailure(error)
        }
    }
}

extension RunState {
    /// No process drives it, and it was left because it waited for somebody: another process may go on with it.
    fileprivate var mayGoOn: Bool {
        switch status {
        case .pending, .waiting: true
        case .running, .rollingBack: leftBecause == "waiting"
        case .paused, .completed, .failed, .cancelled, .rolledBack, .moved: false
        }
    }
}
