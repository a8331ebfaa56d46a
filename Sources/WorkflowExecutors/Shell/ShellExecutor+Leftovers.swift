package import AttemptProtocol
import Glibc

/// The folder of an attempt that may be nobody's any more, and the processes that still work for it.
package struct AttemptLeftover: Sendable, Equatable {
    package var attemptID: String
    /// What it is for; nil where its marker cannot be read.
    package var role: AttemptRole?
    /// When the folder was last written to, in milliseconds since 1970.
    package var changedAtMilliseconds: Int64
    /// Its supervisor, if that lives.
    package var supervisor: SupervisorProcess?
    /// What its command started and that lives.
    package var processes: [ProcessStatus]
    /// Somebody holds a lock in it. True of every process above, and of some that cannot be seen from here.
    package var isHeld: Bool

    /// All that can be seen to work for it, its supervisor first.
    package var processIDs: [Int32] { (supervisor.map { [$0.pid] } ?? []) + processes.map(\.pid) }

    /// Whether it is a step's attempt, which stands in a journal, and not a probe or the like, which does not.
    package var isOfStep: Bool { role == .attempt }

    /// Nothing works for the attempt, and nothing can begin to: its folder may be removed if no run waits for its end.
    package var isDead: Bool { !isHeld && supervisor == nil && processes.isEmpty }
}

extension ShellExecutor {
    /// Looks at a folder of an attempt without changing anything; nil when it is gone.
    package func leftover(_ attemptID: String) throws(ExecutorError) -> AttemptLeftover? {
        let path = folders.path(of: attemptID)
        do throws(SystemError) {
            guard let folder = try Descriptor.openIfPresent(path, at: AT_FDCWD, O_RDONLY | O_DIRECTORY) else {
                return nil
            }
            let time = try folder.status(path).st_mtim
            var leftover = AttemptLeftover(
                attemptID: attemptID,
                changedAtMilliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000,
                processes: [], isHeld: false)
            leftover.role = try text(AttemptFile.marker, folder).flatMap { try? Marker(parsing: $0) }?.role
            // Locks before records: whoever holds one may still write.
            for name in [AttemptFile.claim, AttemptFile.alive] {
                guard let file = try Descriptor.openRegular(name, at: folder.number) else { continue }
                guard try file.tryLock(LOCK_SH, name) == .held else { continue }
                leftover.isHeld = true
                if name == AttemptFile.claim, let bytes = try text(name, folder),
                    let claim = try? Claim(parsing: bytes),
                    ProcessStatus.isAlive(claim.pid, startTime: claim.startTime)
                {
                    leftover.supervisor = SupervisorProcess(pid: claim.pid, startTime: claim.startTime)
                }
            }
            if let record = try text(AttemptFile.session, folder).flatMap({ SessionRecord(parsing: $0) }) {
                leftover.processes = try CommandSession(record).members()
            }
            return leftover
        } catch {
            throw ExecutorError(.attemptFolder, "\(path) cannot be looked at: \(error)", cause: error)
        }
    }

    /// Removes the folder of an attempt that nobody uses.
    package func removeLeftover(_ attemptID: String) throws(ExecutorError) {
        do {
            try folders.remove(attemptID)
        } catch {
            throw ExecutorError(
                .attemptFolder, "the folder of an attempt that nobody uses cannot be removed: \(error)", cause: error)
        }
    }

    private func text(_ name: String, _ folder: borrowing Descriptor) throws(SystemError) -> [UInt8]? {
        guard let file = try Descriptor.openRegular(name, at: folder.number) else { return nil }
        return try file.readWhole(limit: TextRecord.bytesMax, name)
    }
}
