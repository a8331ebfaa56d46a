import AttemptProtocol
import Glibc

extension ShellExecutor {
    /// Whether a supervisor of this store lives in another namespace of pids than this process: it may be an ancestor
    /// that cannot be seen from here.
    ///
    /// What cannot be read counts as one.
    package func hasUnseenSupervisors() -> Bool {
        guard let attempts = try? leftovers() else { return true }
        return attempts.contains { attempt in
            guard let folder = try? Descriptor.open(folders.path(of: attempt), O_RDONLY | O_DIRECTORY),
                let file = try? Descriptor.open(AttemptFile.claim, at: folder.number, O_RDONLY | O_NOFOLLOW)
            else { return false }
            guard let held = try? file.tryLock(LOCK_SH, AttemptFile.claim), held == .held else { return false }
            guard let bytes = try? file.readWhole(limit: 65_536, AttemptFile.claim),
                let claim = try? Claim(parsing: bytes)
            else { return true }
            return claim.pidNamespace != pidNamespace
        }
    }
}
