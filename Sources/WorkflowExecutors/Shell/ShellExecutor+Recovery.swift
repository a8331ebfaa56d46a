import AttemptProtocol
import Glibc

/// Finding out what became of an attempt.
extension ShellExecutor {
    /// Processes that SIGKILL does not end within this time hang in the kernel.
    private static let killNanoseconds: Int64 = 5_000_000_000

    /// What is true of an attempt, whoever started it. Takes the claim of one that nobody has claimed, so that nobody will.
    /// Asked again, it says the same or what has happened since. `secrets` are masked in outputs.
    ///
    /// Blocks for milliseconds; for up to `passing` in one case, a supervisor killed while it was starting its command.
    package func verdict(of id: AttemptIdentity, secrets: [String]) throws(ExecutorError) -> AttemptVerdict {
        let path = folders.path(of: id.attemptID)
        let folder: Descriptor
        do {
            folder = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
        } catch {
            guard error.number == ENOENT else {
                throw ExecutorError(
                    .attemptFolder, "\(error); make it readable to the user who runs workflow", cause: error)
            }
            return .inDoubt(id.place.hostID == place.hostID ? .folderMissing : .otherHost)
        }
        let inspection = AttemptInspection(
            id: id, place: place, secrets: secrets, folderPath: path, folder: folder)
        let givenUpAt = SystemClock.monotonicNanoseconds() + passing.clampedNanoseconds
        while true {
            switch try inspection.look() {
            case .verdict(let verdict): return verdict
            case .unclaimed:
                if try void(id, inspection.folder) { return .neverBegan(.unclaimed) }
            case .passing:
                // Its processes live where they cannot be seen from here, or hang in the kernel.
                if SystemClock.monotonicNanoseconds() > givenUpAt { return .stillRunning([]) }
                _ = usleep(2_000)
            }
        }
    }

    /// Ends what still runs of an attempt whose supervisor is gone: SIGTERM to every member of the session, SIGKILL after
    /// `grace` to all that is left. Returns how many processes were there. Blocks until they are gone, at most `grace` and
    /// five seconds.
    @discardableResult
    package func endStillRunning(_ id: AttemptIdentity, grace: Duration) throws(ExecutorError) -> Int {
        guard case .stillRunning(let processes) = try verdict(of: id, secrets: []), !processes.isEmpty else { return 0 }
        let path = folders.path(of: id.attemptID)
        do throws(SystemError) {
            let folder = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
            guard let file = try Descriptor.openIfPresent(AttemptFile.session, at: folder.number, O_RDONLY),
                let record = SessionRecord(parsing: try file.readWhole(limit: 128, path) ?? [])
            else { return 0 }
            let session = CommandSession(record)
            let (killAt, _) = SystemClock.monotonicNanoseconds().addingReportingOverflow(
                min(grace.clampedNanoseconds, 3_600_000_000_000))
            try session.signal(SIGTERM)
            try session.signal(SIGCONT)
            while true {
                let now = SystemClock.monotonicNanoseconds()
                if now > killAt { try session.signal(SIGKILL) }
                if try session.members().isEmpty || now > killAt + Self.killNanoseconds { break }
                _ = usleep(10_000)
            }
            return processes.count
        } catch {
            throw ExecutorError(.attemptFolder, "the processes of the attempt cannot be ended: \(error)", cause: error)
        }
    }

    private func void(_ id: AttemptIdentity, _ folder: borrowing Descriptor) throws(ExecutorError) -> Bool {
        let claim = Claim(attemptID: id.attemptID, holder: .void, pid: getpid(), startTime: 0)
        do {
            return try AttemptFolders.name(AttemptFile.claim, in: folder, with: claim.bytes)
        } catch {
            throw ExecutorError(
                .attemptFolder,
                "\(folders.path(of: id.attemptID)): \(error); without the claim it cannot be proved that the step never began: "
                    + "check space and permissions", cause: error)
        }
    }
}
