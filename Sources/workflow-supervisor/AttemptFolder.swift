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

    /// Takes the name `claim`. Returns its file, locked; nil when somebody else has the name.
    ///
    /// The lock is taken while the file has a private name only: whoever sees a claim that is not locked sees one whose
    /// holder is gone.
    func takeClaim(for specification: LaunchSpecification) throws(SystemError) -> Descriptor? {
        let pid = getpid()
        guard let status = ProcessStatus.of(pid) else { throw .last("read", "/proc/self/stat") }
        let claim = Claim(
            attemptID: specification.attemptID, holder: .supervisor(specification.role), pid: pid,
            startTime: status.startTime)
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

    /// A file that nobody else has: an equal name left by a dead process of our pid may be a link to the claim, so it is
    /// removed and never written through.
    private func createDraft(_ name: String) throws(SystemError) -> Descriptor {
        do {
            return try create(name, O_EXCL)
        } catch  where error.number == EEXIST {
            _ = unlinkat(number, name, 0)
            return try create(name, O_EXCL)
        }
    }
}
