internal import Synchronization
internal import WorkflowStore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A file or folder that processes agree by: `flock(2)` on a descriptor of our own.
///
/// Such a lock belongs to the open file, not to the process, so that two claims in one process exclude each other as
/// well. It ends when the descriptor is closed, at the latest with the process. The descriptor is close-on-exec: no
/// step inherits a claim.
///
/// Anybody can remove a lock file ("a stale lock"). A lock counts only while its file has the name that others open:
/// each attempt compares the two, and goes over to the file of that name where they differ, so that later comers meet
/// there. A file that moved with its folder is still the right one. What the holder of a removed file and a newcomer
/// could do to each other in between, no lock file can keep apart: that is the work of SQLite's own locks and of the
/// fencing token.
final class FileLock: Sendable {
    enum Kind: Sendable { case shared, exclusive }

    private enum Opening: Sendable {
        /// Made if it is missing.
        case make
        /// Looked at: there may be none.
        case look
        case folder

        var flags: CInt {
            switch self {
            case .make: O_RDWR | O_CREAT | O_CLOEXEC
            case .look: O_RDONLY | O_CLOEXEC
            case .folder: O_RDONLY | O_DIRECTORY | O_CLOEXEC
            }
        }
    }

    let path: String
    private let opening: Opening
    /// The folder in which the file was opened.
    private let parent: FileIdentity?
    private let descriptor: Mutex<CInt>

    /// Opens the file, made if it is missing. Nothing is locked yet.
    convenience init(_ path: String) throws(StoreError) {
        self.init(path, .make, try FileLock.opened(path, .make))
    }

    /// Opens the file to ask who holds it; nil when there is none, so nobody does.
    convenience init?(existing path: String) throws(StoreError) {
        let descriptor = open(path, Opening.look.flags)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .file("open the lock file", path, errno)
        }
        self.init(path, .look, descriptor)
    }

    /// Opens a folder, which is harder to lose than a file in it.
    convenience init(folder path: String) throws(StoreError) {
        self.init(path, .folder, try FileLock.opened(path, .folder))
    }

    private init(_ path: String, _ opening: Opening, _ descriptor: CInt) {
        self.path = path
        self.opening = opening
        parent = FileIdentity(of: StoreFolder(path: path).parent)
        self.descriptor = Mutex(descriptor)
    }

    deinit {
        // Not left to closing: a child that was forked and has not begun its program yet still has the file open.
        descriptor.withLock { descriptor in
            flock(descriptor, LOCK_UN)
            close(descriptor)
        }
    }

    private static func opened(_ path: String, _ opening: Opening) throws(StoreError) -> CInt {
        let descriptor = open(path, opening.flags, 0o600)
        guard descriptor >= 0 else { throw .file("open the lock file", path, errno) }
        return descriptor
    }

    /// Takes the lock, or changes its kind, if nobody stands against it. When it fails, a lock held before is gone,
    /// unless its file lost the name: then it stays, for what it is worth.
    func attempt(_ kind: Kind) throws(StoreError) -> Bool {
        try take(kind) != .refused
    }

    /// Goes over to the file of the name where the one that is locked has lost it. Returns whether it did: then the
    /// file says nothing yet.
    func regain(_ kind: Kind) throws(StoreError) -> Bool {
        try take(kind) == .takenElsewhere
    }

    private enum Outcome { case taken, takenElsewhere, refused }

    private func take(_ kind: Kind) throws(StoreError) -> Outcome {
        try descriptor.withLock { (held) throws(StoreError) in
            guard try lock(held, kind) else { return .refused }
            var outcome = Outcome.taken
            while !isCurrent(held) {
                // Nobody holds what is not there.
                if opening == .look, PathKind(of: path) == .nothing { return outcome }
                let next = try FileLock.opened(path, opening)
                guard try lock(next, kind) else {
                    close(next)
                    return .refused
                }
                flock(held, LOCK_UN)
                close(held)
                held = next
                outcome = .takenElsewhere
            }
            return outcome
        }
    }

    /// Whether the open file is the one that others open by its name, or moved with its folder.
    private func isCurrent(_ descriptor: CInt) -> Bool {
        guard let open = FileIdentity(of: descriptor) else { return false }
        return open == FileIdentity(of: path) || parent != FileIdentity(of: StoreFolder(path: path).parent)
    }

    private func lock(_ descriptor: CInt, _ kind: Kind) throws(StoreError) -> Bool {
        while true {
            if flock(descriptor, (kind == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 { return true }
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK: return false
            default: throw .file("lock", path, errno)
            }
        }
    }

    /// Takes the lock, waiting until `milliseconds` have passed. Blocks the thread.
    func attempt(_ kind: Kind, forMilliseconds milliseconds: Int) throws(StoreError) -> Bool {
        let end = monotonicMilliseconds() + Int64(milliseconds)
        while true {
            if try attempt(kind) { return true }
            guard monotonicMilliseconds() < end else { return false }
            usleep(1000)
        }
    }

    private func monotonicMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    func unlock() {
        _ = descriptor.withLock { flock($0, LOCK_UN) }
    }

    /// Makes `text` all that the file says, such as who holds the lock: the lock alone decides. Not synced.
    func write(_ text: String) {
        // First the text: whoever dies in between leaves no less than was there.
        if write(text, at: 0) { _ = descriptor.withLock { ftruncate($0, off_t(text.utf8.count)) } }
    }

    /// Overwrites a part of what the file says.
    @discardableResult
    func write(_ text: String, at offset: Int) -> Bool {
        var text = text
        return descriptor.withLock { descriptor in
            text.withUTF8 { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) == $0.count }
        }
    }
}
