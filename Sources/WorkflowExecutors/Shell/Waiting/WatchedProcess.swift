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
    /// Nil where none was left for a child: then it is asked for, again and again.
    private let descriptor: Descriptor?
    private let state = Mutex(State())

    /// How often a child without a descriptor is asked whether it has ended.
    private static let askInterval = Duration.milliseconds(20)

    /// Watches a child, and reaps it when it has ended. Never fails, as a child that runs must not be lost sight of: without
    /// a descriptor it is asked for, and reaped, while somebody waits for it.
    static func child(_ pid: Int32, on thread: ReadinessThread) -> WatchedProcess {
        let number = csystem_process_descriptor(pid)
        guard number >= 0 else { return childWithoutDescriptor(pid) }
        let process = WatchedProcess(pid: pid, isChild: true, descriptor: Descriptor(adopting: number))
        process.watch(on: thread)
        return process
    }

    static func childWithoutDescriptor(_ pid: Int32) -> WatchedProcess {
        WatchedProcess(pid: pid, isChild: true, descriptor: nil)
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

    private init(pid: Int32, isChild: Bool, descriptor: consuming Descriptor?) {
        self.pid = pid
        self.isChild = isChild
        self.descriptor = descriptor
    }

    /// The status of `waitpid(2)` of a child that has ended.
    var waitStatus: Int32? { state.withLock { $0.waitStatus } }

    var hasEnded: Bool { descriptor == nil ? ask() : state.withLock { $0.hasEnded } }

    /// Sends a signal to this process and no other; to none if it has ended.
    func signal(_ number: Int32) {
        switch descriptor {
        case .some(let descriptor): _ = csystem_signal_process(descriptor.number, number)
        // Our child, and not reaped: its pid is its own until then.
        case .none:
            state.withLock { state in
                if !state.hasEnded { _ = kill(pid, number) }
            }
        }
    }

    /// Returns true when the process has ended, false when the calling task was cancelled before.
    func ended() async -> Bool {
        if descriptor == nil { return await askedUntilEnded() }
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
        guard let number = descriptorNumber else { return }
        thread.whenReadable(number) { self.noticeEnd() }
    }

    private var descriptorNumber: Int32? {
        switch descriptor {
        case .some(let descriptor): descriptor.number
        case .none: nil
        }
    }

    private func askedUntilEnded() async -> Bool {
        while !ask() {
            do {
                try await Task.sleep(for: Self.askInterval)
            } catch {
                return false
            }
        }
        return true
    }

    private func ask() -> Bool {
        // Under the lock: only one of several waiters gets the status.
        state.withLock { state in
            if state.hasEnded { return true }
            var status: Int32 = 0
            let answer = waitpid(pid, &status, WNOHANG)
            if answer == 0 || answer < 0 && errno == EINTR { return false }
            state.hasEnded = true
            if answer == pid { state.waitStatus = status }
            return true
        }
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
