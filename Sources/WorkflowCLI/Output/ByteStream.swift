internal import Dispatch
internal import Glibc
internal import Synchronization

/// Standard output or standard error: written in order, and never a reason to stop.
///
/// A terminal that was halted (Ctrl-S), or a pipe that nobody reads, keeps `write(2)` for as long as it likes. What
/// must not wait for that is given to a thread of the stream's own: everything on standard error, and standard output
/// of a command that drives a run. Lines for people are bounded: where too many wait, further ones are left out and
/// counted.
///
/// Once the other end is closed, everything further goes nowhere, in silence. Any other failure of standard output is
/// told once, and the program's exit status says it too.
final class ByteStream: Sendable {
    private struct State {
        /// Not given to the system yet.
        var waiting: [UInt8] = []
        var leftOutLines = 0
        var isDraining = false
        /// Whoever writes goes on at once, and the stream's thread waits for the reader.
        var isAside: Bool
        /// Why nothing goes out any more.
        var failure: Int32?
        /// How much the system has taken so far, and how much it was when somebody waited in vain for more.
        var takenBytes = 0
        var stalledAt: Int?
        var waiters: [DispatchSemaphore] = []
        var lineTaker: (@Sendable (String) -> Void)?
        /// Colours are kept although this may be no terminal.
        var keepsColours = false
    }

    /// Lines for people that may wait.
    private static let waitingBytesMax = 256 << 10
    /// Whoever wants what was written before to be read before waits for it for so long.
    private static let orderPatience = DispatchTimeInterval.milliseconds(100)

    let descriptor: Int32
    /// Lines may be left out.
    private let isForPeople: Bool
    private let state: Mutex<State>
    /// Held while something is given to the system, by one at a time.
    private let writing = Mutex(())
    private let queue: DispatchQueue

    static let output = ByteStream(STDOUT_FILENO, isForPeople: false, "workflow.output")
    static let error = ByteStream(STDERR_FILENO, isForPeople: true, "workflow.error")

    private init(_ descriptor: Int32, isForPeople: Bool, _ label: String) {
        self.descriptor = descriptor
        self.isForPeople = isForPeople
        state = Mutex(State(isAside: isForPeople))
        queue = DispatchQueue(label: label)
    }

    /// Whether nothing goes out any more: nobody reads, or the device refused a write.
    var isClosed: Bool { failure != nil }

    /// The error of the write that failed; `EPIPE` where nobody reads any longer.
    var failure: Int32? { state.withLock { $0.failure } }

    /// Something was refused that nobody has chosen not to read.
    var hasLost: Bool { failure.map { $0 != EPIPE } ?? false }

    /// Not everything that was written has been taken yet.
    var isBusy: Bool { state.withLock { $0.isDraining } }

    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// How wide the terminal is; nil where there is none, or it does not tell.
    var terminalColumns: Int? {
        var size = winsize()
        guard isTerminal, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// From now on whoever writes does not wait for the reader.
    func writeAside() { state.withLock { $0.isAside = true } }

    /// From now on this program's colours go out also where there is no terminal.
    func keepColours() { state.withLock { $0.keepsColours = true } }

    /// Returns whether everything was taken, as far as it is known.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        // What was said before shall stand before on a terminal that has both.
        if !isForPeople { ByteStream.error.flush(within: Self.orderPatience) }
        let isAside = state.withLock { state in
            guard state.isAside, state.failure == nil else { return state.isAside }
            state.waiting += bytes
            startDraining(&state)
            return true
        }
        if !isAside { return writeNow(bytes) }
        if !isForPeople { flush(within: Self.orderPatience) }
        return !isClosed
    }

    /// A line for people, or more than one.
    func line(_ text: String) {
        let (taker, keepsColours) = state.withLock { ($0.lineTaker, $0.keepsColours) }
        if let taker { return taker(text) }
        let bytes = Array((SafeText.lines(text, keepsColours: keepsColours || isTerminal) + "\n").utf8)
        guard isForPeople else {
            write(bytes)
            return
        }
        state.withLock { state in
            guard state.failure == nil else { return }
            guard state.waiting.count + bytes.count <= Self.waitingBytesMax else {
                state.leftOutLines += 1
                return
            }
            Self.tellLeftOut(&state)
            state.waiting += bytes
            startDraining(&state)
        }
    }

    /// A line that is written before this returns: for a process that may have no thread.
    func lineNow(_ text: String) {
        writeNow(Array((SafeText.lines(text, keepsColours: isTerminal) + "\n").utf8))
    }

    /// From now on lines go to `taker`, who owns the screen; nil: they are written again.
    func lead(linesTo taker: (@Sendable (String) -> Void)?) {
        state.withLock { $0.lineTaker = taker }
    }

    /// Waits until everything is taken, and no longer than `patience` without progress. Returns at once where somebody
    /// has waited in vain since the last progress.
    @discardableResult
    func flush(within patience: DispatchTimeInterval) -> Bool {
        var before: Int?
        while true {
            let (waiter, isStalled) = state.withLock { state -> (DispatchSemaphore?, Bool) in
                guard state.isDraining else { return (nil, false) }
                if before == state.takenBytes { state.stalledAt = before }
                guard state.stalledAt != state.takenBytes else { return (nil, true) }
                before = state.takenBytes
                let waiter = DispatchSemaphore(value: 0)
                state.waiters.append(waiter)
                return (waiter, false)
            }
            guard let waiter else { return !isStalled }
            if waiter.wait(timeout: .now() + patience) == .success { return true }
        }
    }

    /// The same for whoever can wait no later: also where others have waited in vain.
    @discardableResult
    func flushAnyway(within patience: DispatchTimeInterval) -> Bool {
        state.withLock { $0.stalledAt = nil }
        return flush(within: patience)
    }

    // MARK: - The stream's thread

    private func startDraining(_ state: inout State) {
        guard !state.isDraining else { return }
        state.isDraining = true
        queue.async { self.drain() }
    }

    private func drain() {
        while true {
            let bytes = state.withLock { state -> [UInt8]? in
                if state.failure != nil { state.waiting = [] }
                Self.tellLeftOut(&state)
                guard !state.waiting.isEmpty else {
                    state.isDraining = false
                    for waiter in state.waiters { waiter.signal() }
                    state.waiters = []
                    return nil
                }
                defer { state.waiting = [] }
                return state.waiting
            }
            guard let bytes else { return }
            writeNow(bytes)
        }
    }

    private static func tellLeftOut(_ state: inout State) {
        guard state.leftOutLines > 0 else { return }
        let count = state.leftOutLines
        state.leftOutLines = 0
        guard state.failure == nil else { return }
        let lines = count == 1 ? "1 line is left out here" : "\(count) lines are left out here"
        state.waiting += Array("(\(lines): nothing was read for too long)\n".utf8)
    }

    @discardableResult
    private func writeNow(_ bytes: [UInt8]) -> Bool {
        guard !isClosed else { return false }
        let refusal = writing.withLock { _ in bytes.withUnsafeBytes { send($0) } }
        guard let error = refusal else { return true }
        let isNews = state.withLock { state in
            defer { state.failure = state.failure ?? error }
            return state.failure == nil
        }
        if isNews, error != EPIPE, !isForPeople {
            ByteStream.error.line("error: standard output cannot be written: \(String(cString: strerror(error)))")
        }
        return false
    }

    /// Returns the error that kept it from being taken whole.
    private func send(_ bytes: UnsafeRawBufferPointer) -> Int32? {
        var sent = 0
        while sent < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
            if count >= 0 {
                sent += count
                state.withLock { $0.takenBytes += count }
            } else if errno == EAGAIN {
                // Somebody made the other end non-blocking: wait for room.
                var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&room, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return nil
    }
}
