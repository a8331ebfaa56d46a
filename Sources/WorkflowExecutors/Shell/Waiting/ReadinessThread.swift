import AttemptProtocol
import CSystem
import Glibc
import Synchronization

/// One thread that waits, for everybody, until descriptors can be read.
///
/// A thread of its own, because waiting would block a thread of the cooperative pool; one for all, because a run may
/// have hundreds of processes. It starts with `start`, or with the first descriptor, and ends with `stop`.
package final class ReadinessThread: Sendable {
    private struct State {
        var actions: [UInt64: (descriptor: Int32, action: @Sendable () -> Void)] = [:]
        var nextToken: UInt64 = 1
        var isStarted = false
        var isStopped = false
    }

    private static let wakeToken: UInt64 = 0
    private let queue: Int32
    private let wake: Int32
    private let state = Mutex(State())

    package init() throws(ExecutorError) {
        queue = epoll_create1(Int32(EPOLL_CLOEXEC))
        wake = csystem_wake_counter()
        guard queue >= 0, wake >= 0 else {
            let error = errno
            for number in [queue, wake] where number >= 0 { _ = close(number) }
            throw ExecutorError(
                .supervisorFailed,
                "no descriptor is left to wait with (\(SystemError.text(of: error))); "
                    + SystemError.move(error, "raise `ulimit -n`, the limit of open files"))
        }
    }

    deinit {
        _ = close(queue)
        _ = close(wake)
    }

    /// Starts the thread where it does not run yet: whoever is about to begin something that has to be waited for
    /// learns here that it cannot be.
    func start() throws(ExecutorError) {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted && !state.isStopped
        }
        guard isFirst else { return }
        let error = makeThread()
        guard error != 0 else { return }
        state.withLock { $0.isStarted = false }
        throw ExecutorError(
            .supervisorFailed,
            "no thread can be made to wait with (\(SystemError.text(of: error))); "
                + SystemError.move(error, "raise the limit of processes"))
    }

    /// Runs `action` on the thread, once, when `descriptor` can be read; the descriptor stays open until then. After
    /// `stop` it never does.
    func whenReadable(_ descriptor: Int32, _ action: @escaping @Sendable () -> Void) {
        let (token, isFirst) = state.withLock { state -> (UInt64?, Bool) in
            if state.isStopped { return (nil, false) }
            let token = state.nextToken
            state.nextToken += 1
            state.actions[token] = (descriptor, action)
            defer { state.isStarted = true }
            return (token, !state.isStarted)
        }
        guard let token else { return }
        if isFirst { startThread() }
        watch(descriptor, token)
    }

    /// Ends the thread. Wishes that have not come true are dropped.
    package func stop() {
        // Taken out under the lock and let go outside of it: they may own who calls us.
        let dropped = state.withLock { state in
            state.isStopped = true
            defer { state.actions.removeAll() }
            return state.actions
        }
        _ = dropped
        csystem_wake(wake)
    }

    private func watch(_ descriptor: Int32, _ token: UInt64) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | EPOLLONESHOT.rawValue
        event.data.u64 = token
        if epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event) != 0 {
            // Out of kernel memory, or already watched: better to look too early than never.
            fire(token)
        }
    }

    private func fire(_ token: UInt64) {
        guard let wish = state.withLock({ $0.actions.removeValue(forKey: token) }) else { return }
        _ = epoll_ctl(queue, EPOLL_CTL_DEL, wish.descriptor, nil)
        wish.action()
    }

    private func startThread() {
        let error = makeThread()
        // Without a thread nothing that was begun can be seen to its end; the next start finds it all in the folders.
        guard error == 0 else { fatalError("no thread can be made to wait with: error \(error)") }
    }

    /// Returns 0, or the error number.
    private func makeThread() -> Int32 {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let error = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<ReadinessThread>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        guard error == 0 else {
            context.release()
            return error
        }
        _ = pthread_detach(thread)
        watch(wake, Self.wakeToken)
        return 0
    }

    private func run() {
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        while true {
            let count = epoll_wait(queue, &events, Int32(events.count), -1)
            for index in 0..<Int(max(count, 0)) {
                let token = events[index].data.u64
                if token == Self.wakeToken { return }
                fire(token)
            }
        }
    }
}
