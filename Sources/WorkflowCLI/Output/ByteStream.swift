internal import Glibc
internal import Synchronization

/// Standard output or standard error: written whole and unbuffered, and never a reason to stop.
///
/// Once the other end is closed, everything further goes nowhere, in silence.
final class ByteStream: Sendable {
    let descriptor: Int32
    private let closed = Mutex(false)
    private let detour = Mutex<(@Sendable (String) -> Void)?>(nil)

    static let output = ByteStream(STDOUT_FILENO)
    static let error = ByteStream(STDERR_FILENO)

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Whether nobody reads any longer.
    var isClosed: Bool { closed.withLock { $0 } }

    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// How wide the terminal is; nil where there is none, or it does not tell.
    var terminalColumns: Int? {
        var size = winsize()
        guard isTerminal, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Returns whether everything was taken.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        closed.withLock { isClosed in
            guard !isClosed else { return false }
            isClosed = !bytes.withUnsafeBytes { send($0) }
            return !isClosed
        }
    }

    func write(_ text: String) { write(Array(text.utf8)) }

    func line(_ text: String) {
        if let taker = detour.withLock({ $0 }) { taker(text) } else { write(text + "\n") }
    }

    /// From now on lines go to `taker`, who owns the screen; nil: they are written again.
    func lead(linesTo taker: (@Sendable (String) -> Void)?) {
        detour.withLock { $0 = taker }
    }

    /// Returns whether everything was taken.
    private func send(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                // Somebody made the other end non-blocking: wait for room.
                var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&room, 1, -1)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}
