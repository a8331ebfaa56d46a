import AttemptProtocol
import Glibc

/// Finding out what became of an attempt.
extension ShellExecutor {
    /// What is true of an attempt, whoever started it. Takes the claim of one that nobody has claimed, so that nobody
    /// will. Asked again, it says the same or what has happened since. `secrets` are masked in outputs.
    ///
    /// Blocks for milliseconds; for up to `passing` in one case, a supervisor killed while it was starting its command.
    package func verdict(of id: AttemptIdentity, secrets: [String]) throws(ExecutorError) -> AttemptVerdict {
        try patiently { () throws(ExecutorError) in try verdictNow(of: id, secrets: secrets) }
    }

    /// The same for who only looks: nothing is taken or changed. What nobody has claimed is told as `neverBegan`,
    /// although a supervisor that is just being started may still claim it.
    package func look(at id: AttemptIdentity) throws(ExecutorError) -> AttemptVerdict {
        try patiently { () throws(ExecutorError) in try verdictNow(of: id, secrets: [], takesClaim: false) }
    }

    private func patiently(
        _ look: () throws(ExecutorError) -> AttemptVerdict?
    ) throws(ExecutorError) -> AttemptVerdict {
        let givenUpAt = SystemClock.monotonicNanoseconds() + passing.clampedNanoseconds
        while true {
            if let verdict = try look() { return verdict }
            // Its processes live where they cannot be seen from here, or hang in the kernel.
            if SystemClock.monotonicNanoseconds() > givenUpAt { return .stillRunning([]) }
            _ = usleep(2_000)
        }
    }

    /// One look without waiting: nil where something is between two states, see `passing`.
    func verdictNow(
        of id: AttemptIdentity, secrets: [String], takesClaim: Bool = true
    ) throws(ExecutorError) -> AttemptVerdict? {
        let path = folders.path(of: id.attemptID)
        let folder: Descriptor
        do {
            folder = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
        } catch {
            guard error.number == ENOENT else {
                throw ExecutorError(
                    .attemptFolder, "\(error); \(error.move("make it readable to the user who runs workflow"))",
                    cause: error)
            }
            return .inDoubt(id.place.hostID == place.hostID ? .folderMissing : .otherHost)
        }
        let inspection = AttemptInspection(
            id: id, place: place, pidNamespace: pidNamespace, secrets: secrets, folderPath: path, folder: folder)
        while true {
            switch try inspection.look() {
            case .verdict(let verdict): return verdict
            case .unclaimed:
                guard takesClaim else { return .neverBegan(.unclaimed) }
                if try void(id, inspection.folder) { return .neverBegan(.unclaimed) }
            case .passing: return nil
            }
        }
    }

    private func void(_ id: AttemptIdentity, _ folder: borrowing Descriptor) throws(ExecutorError) -> Bool {
        let claim = Claim(attemptID: id.attemptID, holder: .void, pid: getpid(), startTime: 0)
        do {
            return try AttemptFolders.name(AttemptFile.claim, in: folder, with: claim.bytes)
        } catch {
            throw ExecutorError(
                .attemptFolder,
                "\(folders.path(of: id.attemptID)): \(error); without the claim it cannot be proved that the step "
                    + "never began: "
                    + error.move("check space and permissions") + ", then resume", cause: error)
        }
    }
}
