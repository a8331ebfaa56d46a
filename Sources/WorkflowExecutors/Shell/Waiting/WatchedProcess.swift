import AttemptProtocol
import CSystem
import Glibc
import Synchronization

/// A process whose end can be waited for, whether it is our child or not.
final class WatchedProcess: Sendable {
    private struct State {
        var hasEnded = false
        /// The status of `waitpid(2)`, for a child.
        var waitStatus: Int32?
        var waiters: [Int: CheckedContinuation<Bool, Never>] = [:]
        var nextWaiter = 0
        var cancelled: Set<Int> = []
    }

    let pid: Int32
    private let isChild: Bool
    private let descriptor: Descriptor
    private let state = Mutex(State())

    /// Watches a child, and reaps it as soon as it has ended.
    static func child(_ pid: Int32, on thread: ReadinessThread) throws(SystemError) -> WatchedProcess {
        let number = csystem_process_descriptor(pid)
        guard number >= 0 else { throw .last("pidfd_open", "process \(pid)") }
        let process = WatchedProcess(pid: pid, isChild: true, descriptor: Descriptor(adopting: number))
        process.watch(on: thread)
        return process
    }

    /// Watches any process; nil where it has ended already.
    static func other(_ pid: Int32, startTime: UInt64, on thread: ReadinessThread) throws(SystemError)
        -> WatchedProcess?
    {
        let number = csystem_process_descriptor(pid)
        if number < 0, errno == ESRCH { return nil }
        guard number >= 0 else { throw .last("pidfd_open", "process \(pid)") }
        let descriptor = Descriptor(adopting: number)
        // Looked at after it was opened: now the descriptor holds the process that has this start time, or another one.
        guard ProcessStatus.isAlive(pid, startTime: startTime) else { return nil }
        let process = WatchedProcess(pid: pid, isChild: false, descriptor: descriptor)
        process.watch(on: thread)
        return process
    }

    private init(pid: Int32, isChild: Bool, descriptor: consuming Descriptor) {
        self.pid = pid
        self.isChild = isChild
        self.descriptor = descriptor
    }

    /// The status of `waitpid(2)` of a child that has ended.
    var waitStatus: Int32? { state.withLock { $0.waitStatus } }

    /// Returns true when the process has ended, false when the calling task was cancelled before.
    func ended() async -> Bool {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.hasEnded { return true }
                    if state.cancelled.remove(waiter) != nil { return false }
                    state.waiters[waiter] = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Bool, Never>? in
                if let continuation = state.waiters.removeValue(forKey: waiter) { return continuation }
                if !state.hasEnded { state.cancelled.insert(waiter) }
                return nil
            }
            continuation?.resume(returning: false)
        }
    }

    private func watch(on thread: ReadinessThread) {
        thread.whenReadable(descriptor.number) { self.noticeEnd() }
    }

    private func noticeEnd() {
        var status: Int32 = 0
        let isReaped = isChild && waitpid(pid, &status, WNOHANG) == pid
        let waiters = state.withLock { state in
            state.hasEnded = true
            if isReaped { state.waitStatus = status }
            defer { state.waiters.removeAll() }
            // All are woken; their order among each other means nothing.
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: true) }
    }
}
