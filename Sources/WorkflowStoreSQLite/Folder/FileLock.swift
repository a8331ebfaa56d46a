internal import WorkflowStore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A file that processes agree by: `flock(2)` on a descriptor of our own.
///
/// Such a lock belongs to the open file, not to the process, so that two claims in one process exclude each other as
/// well. It ends when the descriptor is closed, at the latest with the process. The descriptor is close-on-exec: no step
/// inherits a claim.
final class FileLock: Sendable {
    enum Kind: Sendable { case shared, exclusive }

    let path: String
    private let descriptor: CInt

    /// Opens the file, made if it is missing. Nothing is locked yet.
    init(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file("open the lock file", path, errno) }
        self.path = path
        self.descriptor = descriptor
    }

    /// Opens the file to ask who holds it; nil when there is none, so nobody does.
    init?(existing path: String) throws(StoreError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .file("open the lock file", path, errno)
        }
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        // Not left to closing: a child that was forked and has not begun its program yet still has the file open.
        unlock()
        close(descriptor)
    }

    /// Takes the lock, or changes its kind, if nobody stands against it. When it fails, a lock held before is gone.
    func attempt(_ kind: Kind) throws(StoreError) -> Bool {
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
        flock(descriptor, LOCK_UN)
    }

    /// Makes `text` all that the file says, such as who holds the lock: the lock alone decides. Not synced.
    func write(_ text: String) {
        // First the text: whoever dies in between leaves no less than was there.
        if write(text, at: 0) { ftruncate(descriptor, off_t(text.utf8.count)) }
    }

    /// Overwrites a part of what the file says.
    @discardableResult
    func write(_ text: String, at offset: Int) -> Bool {
        var text = text
        return text.withUTF8 { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) == $0.count }
    }
}
