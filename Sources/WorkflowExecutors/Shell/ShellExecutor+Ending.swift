package import AttemptProtocol
import Glibc
import Synchronization

/// Ending what a supervisor left behind when it was killed.
extension ShellExecutor {
    /// Processes that SIGKILL does not end within this time hang in the kernel.
    private static let killNanoseconds: Int64 = 5_000_000_000
    /// Longer grace counts as this: an hour.
    private static let graceMax: Int64 = 3_600_000_000_000
    private static let lookInterval = Duration.milliseconds(10)
    /// A process may slip past a walk through /proc by forking.
    private static let walks = 3

    /// Ends what still runs of an attempt whose supervisor is gone, as the supervisor would have: the signal of `stop`
    /// to whom it is for, and after `grace` SIGKILL to whom that is for. Once the command itself has ended, what it
    /// left is ended by SIGTERM and SIGKILL. Returns the members that survive that, among them such as we may not
    /// signal, and those of a command that may not be killed, which is marked as not ending; none where it is proved
    /// that nothing of the session is left. Throws where that cannot be known: for an attempt of another machine,
    /// without its folder, or with a supervisor that lives.
    ///
    /// Lasts at most `grace` and, after SIGKILL, five seconds, and goes on to its end when the task is cancelled.
    package func endStillRunning(
        _ id: AttemptIdentity, stop: StopOrder, grace: Duration
    ) async throws(ExecutorError) -> [ProcessStatus] {
        guard id.place.hostID == place.hostID else { throw hidden(id, "it was started on another machine") }
        // No process survives a restart.
        if id.place.bootID != place.bootID { return [] }
        switch try await settledVerdict(of: id) {
        case .neverBegan, .inDoubt(.outcomeLost), .inDoubt(.rebooted): return []
        case .stillRunning([]): throw hidden(id, "they live where they cannot be seen from here, or hang in the kernel")
        case .reattach(let supervisor):
            throw hidden(id, "its supervisor \(supervisor.pid) lives and watches them: ask it to cancel")
        case .inDoubt(let doubt) where doubt != .recordDamaged: throw hidden(id, doubt.message)
        case .stillRunning, .settled, .inDoubt: break
        }
        do throws(SystemError) {
            if let session = try commandSession(of: id) {
                let survivors = try await end(session, stop, grace: grace)
                if stop.kill == .never, !survivors.isEmpty { noteNotEnding(id) }
                return survivors
            }
        } catch {
            throw ExecutorError(.attemptFolder, "the processes of the attempt cannot be ended: \(error)", cause: error)
        }
        throw hidden(id, "the record of its session is gone")
    }

    /// Ends a supervisor that does not do its work, with SIGKILL: its command goes on without it, and can be ended by
    /// `endStillRunning`. Returns its pid; nil where none lives.
    ///
    /// Lasts until it is gone, at most five seconds.
    package func endSupervisor(of id: AttemptIdentity) async throws(ExecutorError) -> Int32? {
        let process: WatchedProcess?
        if let child = children.withLock({ $0[id.attemptID] }), !child.hasEnded {
            process = child
        } else if case .reattach(let supervisor) = try verdictNow(of: id, secrets: []) {
            process = try watched(supervisor.pid, supervisor.startTime)
        } else {
            process = nil
        }
        guard let process else { return nil }
        process.signal(SIGKILL)
        let killedAt = SystemClock.monotonicNanoseconds()
        while !process.hasEnded, SystemClock.monotonicNanoseconds() - killedAt < Self.killNanoseconds {
            await Self.pause(Self.lookInterval)
        }
        return process.pid
    }

    private func end(
        _ session: CommandSession, _ stop: StopOrder, grace: Duration
    ) async throws(SystemError) -> [ProcessStatus] {
        let killAt = SystemClock.monotonicNanoseconds() + min(max(grace.clampedNanoseconds, 0), Self.graceMax)
        if stop.target == .leader, let leader = try session.leader() {
            session.signal(stop.signal, to: [leader])
        } else {
            try session.signal(try session.leader() == nil ? SIGTERM : stop.signal)
        }
        // A stopped process would not hear it.
        try session.signal(SIGCONT)
        // Counted from the signal, not from when it was due: on a busy machine this task may come late.
        var killedAt: Int64?
        while true {
            let leader = try session.leader()
            let now = SystemClock.monotonicNanoseconds()
            if now >= killAt {
                switch (stop.kill, leader) {
                case (.never, _?): return try survivors(of: session)
                case (.leader, let leader?): session.signal(SIGKILL, to: [leader])
                case (.group, _), (_, nil): try session.signal(SIGKILL)
                }
                killedAt = killedAt ?? now
            }
            let left = try survivors(of: session)
            if left.isEmpty { return [] }
            if let killedAt, now >= killedAt + Self.killNanoseconds { return left }
            await Self.pause(Self.lookInterval)
        }
    }

    /// For those who ask what needs somebody; without it the attempt is shown as running.
    private func noteNotEnding(_ id: AttemptIdentity) {
        let path = "\(folders.path(of: id.attemptID))/\(AttemptFile.notEnding)"
        _ = try? Descriptor.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode: 0o600)
    }

    private func survivors(of session: CommandSession) throws(SystemError) -> [ProcessStatus] {
        for _ in 1..<Self.walks {
            let members = try session.members()
            if !members.isEmpty { return members }
        }
        return try session.members()
    }

    private func commandSession(of id: AttemptIdentity) throws(SystemError) -> CommandSession? {
        let path = folders.path(of: id.attemptID)
        let folder = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
        guard let file = try Descriptor.openRegular(AttemptFile.session, at: folder.number) else { return nil }
        return SessionRecord(parsing: try file.readWhole(limit: 128, path) ?? []).map(CommandSession.init)
    }

    private func settledVerdict(of id: AttemptIdentity) async throws(ExecutorError) -> AttemptVerdict {
        let givenUpAt = SystemClock.monotonicNanoseconds() + passing.clampedNanoseconds
        while true {
            if let verdict = try verdictNow(of: id, secrets: []) { return verdict }
            if SystemClock.monotonicNanoseconds() > givenUpAt { return .stillRunning([]) }
            await Self.pause(Self.lookInterval)
        }
    }

    /// Sleeps also in a task that was cancelled: what has begun to end is seen to its end.
    private static func pause(_ duration: Duration) async {
        await Task { try? await Task.sleep(for: duration) }.value
    }

    private func hidden(_ id: AttemptIdentity, _ reason: String) -> ExecutorError {
        ExecutorError(
            .attemptFolder,
            "whether processes of the attempt \(id.attemptID) are left cannot be known: \(reason); look for them with "
                + "ps, and resolve the step once they are gone")
    }
}
