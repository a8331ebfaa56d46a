internal import JSON
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowViews

/// Prints the logs of a run's attempts: raw bytes on standard output, headings on standard error.
struct LogPrinter {
    private static let pollInterval = Duration.milliseconds(100)

    let session: Session
    let console: Console
    let run: RunID
    let selection: LogSelection
    /// Of each attempt only so many of the last lines that it had at the beginning.
    var tail: Int?

    /// One attempt's log, read on from where it was left.
    private final class Source {
        var attempt: AttemptLog
        var hasToldLosses = false
        var reader: LogReader

        init(_ attempt: AttemptLog, from position: Int) {
            self.attempt = attempt
            reader = LogReader(path: attempt.path, from: position)
        }
    }

    /// - Parameter follow: until the run has ended, waits for a person, or is driven by nobody.
    /// - Returns: how many attempts there were.
    @discardableResult
    func print(follow: Bool) async throws(CommandFailure) -> Int {
        var sources: [Source] = []
        var known: ExactMap<Source> = [:]
        var heading: String?
        var head: Int64 = -1
        while !console.output.isClosed {
            let record = try await record()
            // Looked at before the logs are read: whoever is gone now has written all that there will be.
            let isOver = follow ? try await isOver(record) : true
            if record.head != head {
                head = record.head
                for attempt in try await attempts() where selection.contains(attempt) {
                    if let source = known[attempt.path] {
                        source.attempt = attempt
                    } else {
                        let source = try begin(attempt, &heading)
                        known[attempt.path] = source
                        sources.append(source)
                    }
                }
            }
            for source in sources {
                try drain(source, &heading)
                tellLosses(source)
            }
            if isOver { return sources.count }
            try? await Task.sleep(for: Self.pollInterval, clock: .continuous)
        }
        return sources.count
    }

    /// Prints the end of what is there, where that is asked for, and goes on behind it.
    private func begin(_ attempt: AttemptLog, _ heading: inout String?) throws(CommandFailure) -> Source {
        guard let tail else { return Source(attempt, from: 0) }
        do throws(ExecutorError) {
            let end = try LogTail.of(attempt.path, lines: tail)
            if !end.bytes.isEmpty {
                let title = self.title(of: attempt)
                console.note(title + (end.isPartial ? " (its end)" : ""))
                heading = title
                console.output.write(end.bytes)
            }
            return Source(attempt, from: end.position)
        } catch {
            throw CommandFailure(error)
        }
    }

    private func title(of attempt: AttemptLog) -> String { "==> \(attempt.step), attempt \(attempt.attempt)" }

    private func drain(_ source: Source, _ heading: inout String?) throws(CommandFailure) {
        do throws(ExecutorError) {
            while !console.output.isClosed, let piece = try source.reader.next() {
                let title = title(of: source.attempt)
                if !(heading?.isSame(as: title) ?? false) { console.note(title) }
                heading = title
                switch piece {
                case .bytes(let bytes): console.output.write(bytes)
                case .omitted(let count):
                    console.note(
                        "==> \(Counted.text(count, "byte was", "bytes were")) dropped here to keep the log's cap")
                }
            }
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Bytes that the cap cost are told where they were dropped.
    private func tellLosses(_ source: Source) {
        guard let losses = source.attempt.losses, !source.hasToldLosses else { return }
        source.hasToldLosses = true
        for sentence in losses.sentences {
            console.note("==> \(source.attempt.step), attempt \(source.attempt.attempt): \(sentence)")
        }
    }

    private func isOver(_ record: RunRecord) async throws(CommandFailure) -> Bool {
        let status = record.projection.status
        if status.hasEnded { return true }
        do throws(StoreError) {
            // A run that was just made has no driver yet.
            return try await !session.store.isClaimed(record.uuid) && status != .pending
        } catch {
            throw CommandFailure(error)
        }
    }

    private func record() async throws(CommandFailure) -> RunRecord {
        do throws(StoreError) {
            if let record = try await session.store.run(named: run) { return record }
        } catch {
            throw CommandFailure(error)
        }
        throw CommandFailure(.notFound, "there is no run \(run.text); `workflow list` names them")
    }

    private func attempts() async throws(CommandFailure) -> [AttemptLog] {
        try await CommandFailure.telling { () async throws(EngineError) in
            try await session.engine.attempts(of: run, step: nil)
        }
    }
}
