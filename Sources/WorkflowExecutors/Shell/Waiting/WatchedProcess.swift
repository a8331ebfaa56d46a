import AttemptProtocol
import CSystem
import Glibc
import Synchronization

/// A process whose end can be waited for, whether it is our child or not.
///
/// A supervisor has ended, for those who wait, when it has settled its attempt and let go of it: it may stay as the
/// parent of what the command left running.
final class WatchedProcess: Sendable {
    private struct State {
        var hasEnded = false
        /// It is a child, and its status has been taken: its pid may be another's by now.
        var isReaped = false
        /// The status of `waitpid(2)`, for a child.
        var waitStatus: Int32?
        var waiters: [Int: CheckedContinuation<Bool, Never>] = [:]
        var nextWaiter = 0
        var cancelled: Set<Int> = []
    }

    let pid: Int32
    private let isChild: Bool
    private let exit: String?
    /// Becomes readable when the process ends: its own descriptor or, of a supervisor that is our child, the pipe of
    /// its report. Nil for a child that is asked for, again and again.
    private let descriptor: Descriptor?
    private let state = Mutex(State())
    private let report = Mutex(SupervisorReport())
    /// Takes each value that the step has masked.
    private let learn: @Sendable (String) -> Void

    /// How often a child without a descriptor is asked whether it has ended.
    private static let askInterval = Duration.milliseconds(20)

    /// Watches a supervisor that is our child by the pipe of its report, and reaps it when it has ended.
    static func child(
        _ pid: Int32, report: consuming Descriptor, on thread: ReadinessThread,
        learn: @escaping @Sendable (String) -> Void
    ) -> WatchedProcess {
        let process = WatchedProcess(pid: pid, isChild: true, descriptor: report, learn: learn)
        process.watch(on: thread)
        return process
    }

    /// A child of which nothing but its pid is known: it is asked for, and reaped, while somebody waits for it.
    ///
    /// - Parameter exit: the record with which a supervisor settles its attempt; it may stay then.
    static func childWithoutDescriptor(_ pid: Int32, exit: String? = nil) -> WatchedProcess {
        WatchedProcess(pid: pid, isChild: true, descriptor: nil, exit: exit)
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

    private init(
        pid: Int32, isChild: Bool, descriptor: consuming Descriptor?, exit: String? = nil,
        learn: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.learn = learn
        self.exit = exit
        self.pid = pid
        self.isChild = isChild
        self.descriptor = descriptor
    }

    /// The status of `waitpid(2)` of a child that has ended.
    var waitStatus: Int32? { state.withLock { $0.waitStatus } }

    var hasEnded: Bool { descriptor == nil ? ask() : state.withLock { $0.hasEnded } }

    /// Sends a signal to this process and no other; to none if it has ended.
    func signal(_ number: Int32) {
        if isChild {
            // Not reaped: its pid is its own until then.
            state.withLock { state in
                if !state.isReaped { _ = kill(pid, number) }
            }
        } else if let process = descriptorNumber {
            _ = csystem_signal_process(process, number)
        }
    }

    /// Reaps a child that had stayed, if it has ended by now. Returns whether nothing of it is left.
    func reapIfEnded() -> Bool {
        state.withLock { state in
            guard isChild, !state.isReaped else { return true }
            var status: Int32 = 0
            let answer = waitpid(pid, &status, WNOHANG)
            state.isReaped = answer == pid || answer < 0 && errno == ECHILD
            return state.isReaped
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
        thread.whenReadable(number) { self.noticeReadable(number, on: thread) }
    }

    private func noticeReadable(_ number: Int32, on thread: ReadinessThread) {
        guard isChild else { return noticeEnd(stays: false) }
        switch report.withLock({ $0.read(number, learn: learn) }) {
        case .open: watch(on: thread)
        case .ended: noticeEnd(stays: false)
        case .stays: noticeEnd(stays: true)
        }
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
            if answer == 0, let exit, access(exit, F_OK) == 0 {
                state.hasEnded = true
                return true
            }
            if answer == 0 || answer < 0 && errno == EINTR { return false }
            state.hasEnded = true
            state.isReaped = true
            if answer == pid { state.waitStatus = status }
            return true
        }
    }

    private func noticeEnd(stays: Bool) {
        var status: Int32 = 0
        // One that closed its report without a word is ending: its status is there within microseconds.
        let isReaped = isChild && !stays && waitpid(pid, &status, 0) == pid
        let waiters = state.withLock { state in
            state.hasEnded = true
            state.isReaped = isReaped
            if isReaped { state.waitStatus = status }
            defer { state.waiters.removeAll() }
            // All are woken; their order among each other means nothing.
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: true) }
    }
}
