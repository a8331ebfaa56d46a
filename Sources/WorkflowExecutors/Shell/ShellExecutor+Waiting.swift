package import AttemptProtocol
import Synchronization

/// What waiting for an attempt came to.
package enum AttemptConclusion: Sendable, Equatable {
    case ended(AttemptEnd)
    /// It will not end any more: it never began, or its outcome is in doubt. Of a supervisor that this process started and
    /// that left before its command began, `exit` says why.
    case lost(AttemptVerdict, supervisor: SupervisorExit?)
    /// The calling task was cancelled; the attempt goes on.
    case stoppedWaiting
}

extension ShellExecutor {
    /// Where no event tells of an end (processes that cannot be seen from here), the folder is looked at this often.
    private static let lookInterval = Duration.milliseconds(500)

    /// Waits for the end of an attempt: of one just launched, one whose supervisor goes on from before a crash, or one that
    /// still runs without its supervisor. Any number of tasks may wait. `secrets` are masked in outputs.
    package func conclusion(of id: AttemptIdentity, secrets: [String]) async throws(ExecutorError) -> AttemptConclusion
    {
        let child = children.withLock { $0[id.attemptID] }
        if let child, await !child.ended() { return .stoppedWaiting }
        while true {
            switch try verdict(of: id, secrets: secrets) {
            case .settled(let end): return .ended(end)
            case .neverBegan(let proof): return .lost(.neverBegan(proof), supervisor: child?.supervisorExit)
            case .inDoubt(let doubt): return .lost(.inDoubt(doubt), supervisor: child?.supervisorExit)
            case .reattach(let supervisor):
                guard try await ended(supervisor.pid, supervisor.startTime) else { return .stoppedWaiting }
            case .stillRunning(let processes):
                for process in processes {
                    guard try await ended(process.pid, process.startTime) else { return .stoppedWaiting }
                }
                if processes.isEmpty {
                    do {
                        try await Task.sleep(for: Self.lookInterval)
                    } catch {
                        return .stoppedWaiting
                    }
                }
            }
        }
    }

    private func ended(_ pid: Int32, _ startTime: UInt64) async throws(ExecutorError) -> Bool {
        let process: WatchedProcess?
        do {
            process = try WatchedProcess.other(pid, startTime: startTime, on: thread)
        } catch {
            throw ExecutorError(
                .supervisorFailed,
                "\(error); Linux 5.3 or newer and a free descriptor are needed to wait for a process",
                cause: error)
        }
        return await process?.ended() ?? true
    }
}

extension WatchedProcess {
    var supervisorExit: SupervisorExit? {
        guard let waitStatus, waitStatus & 0x7F == 0 else { return nil }
        return SupervisorExit(rawValue: waitStatus >> 8 & 0xFF)
    }
}
