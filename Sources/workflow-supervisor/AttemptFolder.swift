import AttemptProtocol
import Glibc

/// The folder of the attempt, held open: all names in it are resolved against this descriptor.
struct AttemptFolder: ~Copyable {
    let path: String
    private let descriptor: Descriptor

    init?(path: String) {
        guard let descriptor = try? Descriptor.open(path, O_RDONLY | O_DIRECTORY) else { return nil }
        self.path = path
        self.descriptor = descriptor
    }

    var number: Int32 { descriptor.number }

    func path(of name: String) -> String { "\(path)/\(name)" }

    /// Whether the engine made this folder for this attempt.
    func belongs(to specification: LaunchSpecification) -> Bool {
        guard let bytes = try? read(AttemptFile.marker, limit: TextRecord.bytesMax),
            let marker = try? Marker(parsing: bytes)
        else { return false }
        return marker.attemptID == specification.attemptID && marker.role == specification.role
    }

    /// The bytes of a file, nil where there is none or it is longer than `limit`.
    func read(_ name: String, limit: Int) throws(SystemError) -> [UInt8]? {
        guard let file = try Descriptor.openIfPresent(name, at: number, O_RDONLY | O_NOFOLLOW) else { return nil }
        return try file.readWhole(limit: limit, name)
    }

    func create(_ name: String, _ flags: Int32 = 0) throws(SystemError) -> Descriptor {
        try Descriptor.open(name, at: number, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | flags)
    }

    /// The record of the session, empty until the command's own process completes it.
    ///
    /// Made before the claim is taken: from then on a missing record says that somebody removed it, and proves nothing.
    func openSession() throws(SystemError) -> Descriptor {
        try Descriptor.open(AttemptFile.session, at: number, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW)
    }

    /// Gives `bytes` the name `name`, synced and whole, over whatever has that name.
    func replace(_ name: String, with bytes: [UInt8]) throws(SystemError) {
        let draft = AttemptFile.draft(of: name, by: getpid())
        _ = unlinkat(number, draft, 0)
        let file = try create(draft, O_EXCL)
        try file.writeAll(bytes, draft)
        guard fdatasync(file.number) == 0 else { throw .last("fdatasync", draft) }
        if renameat(number, draft, number, name) == 0 { return }
        guard [EISDIR, ENOTDIR, ENOTEMPTY, EEXIST].contains(errno) else { throw .last("rename", name) }
        // The step made a folder of that name: it is moved out of the way, as an outcome is not lost to it.
        guard renameat(number, name, number, "\(name).\(getpid()).moved") == 0,
            renameat(number, draft, number, name) == 0
        else { throw .last("rename", name) }
    }

    /// Whether `name` is the name of this very file.
    func isName(_ name: String, of file: borrowing Descriptor) throws(SystemError) -> Bool {
        let own = try file.status(name)
        var named = stat()
        return fstatat(number, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && named.st_dev == own.st_dev
            && named.st_ino == own.st_ino
    }

    /// Takes the name `claim`. Returns its file, locked; nil when somebody else has the name.
    ///
    /// The lock is taken while the file has a private name only: whoever sees a claim that is not locked sees one whose
    /// holder is gone.
    func takeClaim(for specification: LaunchSpecification) throws(SystemError) -> Descriptor? {
        let pid = getpid()
        guard let status = ProcessStatus.of(pid) else { throw .last("read", "/proc/self/stat") }
        let claim = Claim(
            attemptID: specification.attemptID, holder: .supervisor(specification.role), pid: pid,
            startTime: status.startTime, pidNamespace: ProcessStatus.pidNamespace())
        let draft = AttemptFile.draft(of: AttemptFile.claim, by: pid)
        let file = try createDraft(draft)
        try file.writeAll(claim.bytes, draft)
        guard try file.tryLock(LOCK_EX, draft) == .taken else { return nil }
        let linked = linkat(number, draft, number, AttemptFile.claim, 0)
        let error = errno
        _ = unlinkat(number, draft, 0)
        if linked == 0 { return file }
        if error == EEXIST { return nil }
        throw SystemError("link", error, AttemptFile.claim)
    }

    /// A file that nobody else has: an equal name left by a dead process of our pid may be a link to the claim, so it
    /// is removed and never written through.
    private func createDraft(_ name: String) throws(SystemError) -> Descriptor {
        do {
            return try create(name, O_EXCL)
        } catch  where error.number == EEXIST {
            _ = unlinkat(number, name, 0)
            return try create(name, O_EXCL)
        }
    }
}
