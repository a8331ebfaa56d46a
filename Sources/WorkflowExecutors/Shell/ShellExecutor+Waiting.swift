package import AttemptProtocol
import Synchronization

/// What waiting for an attempt came to.
package enum AttemptConclusion: Sendable, Equatable {
    case ended(AttemptEnd)
    /// It will not end any more: it never began, or its outcome is in doubt. Of a supervisor that this process started
    /// and that left before its command began, `exit` says why.
    case lost(AttemptVerdict, supervisor: SupervisorExit?)
    /// Its supervisor is gone, and these processes of its command still run; none where they cannot be seen from here.
    case orphaned([ProcessStatus])
    /// The calling task was cancelled; the attempt goes on.
    case stoppedWaiting
}

extension ShellExecutor {
    /// Where no event tells of an end (processes that cannot be seen from here), the folder is looked at this often.
    private static let lookInterval = Duration.milliseconds(500)

    /// How often it is asked whether a supervisor that lives still has its attempt.
    private static let releaseInterval = Duration.milliseconds(250)

    /// The first pause where something is between two states, which normally lasts milliseconds.
    private static let passingInterval = Duration.milliseconds(2)

    /// Waits for the end of an attempt: of one just launched, or of one whose supervisor goes on from before a crash.
    /// What still runs without its supervisor is waited for with `followingLeftovers`, and otherwise told as
    /// `.orphaned` at once. Any number of tasks may wait. `secrets` are masked in outputs.
    package func conclusion(
        of id: AttemptIdentity, secrets: [String], followingLeftovers: Bool
    ) async throws(ExecutorError) -> AttemptConclusion {
        let child = children.withLock { $0[id.attemptID] }
        if let child, await !child.ended() { return .stoppedWaiting }
        var passingSince: Int64?
        var interval = Self.passingInterval
        while true {
            let verdict = try verdictNow(of: id, secrets: secrets)
            if verdict != nil {
                passingSince = nil
                interval = Self.passingInterval
            }
            switch verdict {
            case .settled(let end): return .ended(end)
            case .neverBegan(let proof): return .lost(.neverBegan(proof), supervisor: child?.supervisorExit)
            case .inDoubt(let doubt): return .lost(.inDoubt(doubt), supervisor: child?.supervisorExit)
            case .reattach(let supervisor):
                guard try await letGo(supervisor) else { return .stoppedWaiting }
            case .stillRunning(let processes):
                guard followingLeftovers else { return .orphaned(processes) }
                if processes.isEmpty {
                    do { try await Task.sleep(for: Self.lookInterval) } catch { return .stoppedWaiting }
                }
                guard try await ended(processes, drainingEventsOf: id) else { return .stoppedWaiting }
            case nil:
                let now = SystemClock.monotonicNanoseconds()
                let since = passingSince ?? now
                passingSince = since
                if !followingLeftovers, now - since > passing.clampedNanoseconds { return .orphaned([]) }
                do {
                    try await Task.sleep(for: interval)
                } catch {
                    return .stoppedWaiting
                }
                interval = min(interval * 2, Self.lookInterval)
            }
        }
    }

    /// Waits until a supervisor that is not our child has ended, or may have let go of its attempt: one that stays does
    /// not tell strangers. False when the calling task was cancelled.
    private func letGo(_ supervisor: SupervisorProcess) async throws(ExecutorError) -> Bool {
        guard let process = try watched(supervisor.pid, supervisor.startTime) else { return true }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await process.ended() }
            group.addTask { try? await Task.sleep(for: Self.releaseInterval) }
            await group.next()
            group.cancelAll()
        }
        return !Task.isCancelled
    }

    /// Waits until all have ended; false when the calling task was cancelled before.
    private func ended(
        _ processes: [ProcessStatus], drainingEventsOf id: AttemptIdentity
    ) async throws(ExecutorError) -> Bool {
        let result = await withTaskGroup(of: Void.self) { group -> Result<Bool, ExecutorError> in
            group.addTask { await self.drain(id) }
            defer { group.cancelAll() }
            do throws(ExecutorError) {
                for process in processes {
                    guard try await self.ended(process.pid, process.startTime) else { return .success(false) }
                }
                return .success(true)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Takes the events of a step without its supervisor, until the task is cancelled.
    private func drain(_ id: AttemptIdentity) async {
        let path = "\(folders.path(of: id.attemptID))/\(AttemptFile.eventPipe)"
        while !Task.isCancelled {
            Self.drain(path)
            try? await Task.sleep(for: Self.releaseInterval)
        }
    }

    private func ended(_ pid: Int32, _ startTime: UInt64) async throws(ExecutorError) -> Bool {
        try await watched(pid, startTime)?.ended() ?? true
    }

    /// Nil where it has ended already.
    func watched(_ pid: Int32, _ startTime: UInt64) throws(ExecutorError) -> WatchedProcess? {
        try thread.start()
        do {
            return try WatchedProcess.other(pid, startTime: startTime, on: thread)
        } catch {
            throw ExecutorError(
                .supervisorFailed,
                "\(error); \(error.move("Linux 5.3 or newer is needed to wait for a process"))",
                cause: error)
        }
    }
}

extension WatchedProcess {
    var supervisorExit: SupervisorExit? {
        guard let waitStatus, waitStatus & 0x7F == 0 else { return nil }
        return SupervisorExit(rawValue: waitStatus >> 8 & 0xFF)
    }
}
