import Glibc
import Synchronization

/// The events of the file system, for everybody: one descriptor, as they are counted per user and slow to close.
package final class FileEvents: Sendable {
    private let descriptor: Int32
    private let thread: ReadinessThread
    /// Who listens to which watch.
    private let listeners = Mutex<[Int32: [ObjectIdentifier: Doorbell]]>([:])

    /// Lives until `thread` is stopped.
    package init(thread: ReadinessThread) throws(ExecutorError) {
        descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        guard descriptor >= 0 else {
            throw ExecutorError(
                .log, "logs cannot be followed: inotify gives error \(errno); raise fs.inotify.max_user_instances")
        }
        self.thread = thread
        try thread.start()
        listen()
    }

    deinit {
        _ = close(descriptor)
    }

    /// Rings `bell` whenever something is created in, or written to, the file or folder at `path`. Returns the watch,
    /// nil where there is no such file.
    func watch(_ path: String, _ bell: Doorbell) -> Int32? {
        listeners.withLock { listeners in
            // One file has one watch, whoever asks for it.
            let watch = inotify_add_watch(descriptor, path, UInt32(IN_CREATE | IN_MODIFY))
            guard watch >= 0 else { return nil }
            listeners[watch, default: [:]][ObjectIdentifier(bell)] = bell
            return watch
        }
    }

    func forget(_ watch: Int32, _ bell: Doorbell) {
        listeners.withLock { listeners in
            listeners[watch]?[ObjectIdentifier(bell)] = nil
            guard listeners[watch]?.isEmpty == true else { return }
            listeners[watch] = nil
            _ = inotify_rm_watch(descriptor, watch)
        }
    }

    private func listen() {
        thread.whenReadable(descriptor) {
            for bell in self.takeEvents() { bell.ring() }
            self.listen()
        }
    }

    /// Whom the events that have come concern. All are rung; their order means nothing.
    private func takeEvents() -> [Doorbell] {
        var watches: Set<Int32> = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let head = MemoryLayout<inotify_event>.size
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            var at = 0
            while at + head <= count {
                let event = buffer.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: inotify_event.self) }
                watches.insert(event.wd)
                at += head + Int(event.len)
            }
        }
        // An overflow of the queue has no watch: then everybody looks.
        let isOverflown = watches.contains(-1)
        return listeners.withLock { listeners in
            listeners.filter { isOverflown || watches.contains($0.key) }.flatMap { Array($0.value.values) }
        }
    }
}

/// Wakes one waiting task; rung before anybody waits, it wakes the next who does.
final class Doorbell: Sendable {
    private struct State {
        var isRung = false
        var isCancelled = false
        var waiter: CheckedContinuation<Bool, Never>?
    }

    private let state = Mutex(State())

    func ring() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            state.isRung = state.waiter == nil
            return state.waiter
        }
        waiter?.resume(returning: true)
    }

    /// Waits until it has been rung since the last wait. Returns false, then and ever after, when the calling task is
    /// cancelled.
    func wait() async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.isCancelled { return false }
                    if state.isRung {
                        state.isRung = false
                        return true
                    }
                    state.waiter = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.isCancelled = true
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: false)
        }
    }
}
