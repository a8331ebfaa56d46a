import Synchronization

extension ReadinessThread {
    /// Waits until `descriptor` can be read. Returns false when the calling task was cancelled before.
    func readable(_ descriptor: Int32) async -> Bool {
        let wait = ReadinessWait()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard wait.begin(continuation) else { return }
                let token = whenReadable(descriptor) { wait.end(true) }
                if !wait.isPending(with: token) { forget(token) }
            }
        } onCancel: {
            if let token = wait.end(false) { forget(token) }
        }
    }
}

/// One wait for one descriptor, over when either the descriptor or the task's cancellation says so.
private final class ReadinessWait: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Bool, Never>?
        var token: UInt64?
        var isOver = false
    }

    private let state = Mutex(State())

    /// Keeps the token for whoever ends the wait; false when that has happened already.
    func isPending(with token: UInt64) -> Bool {
        state.withLock { state in
            state.token = token
            return !state.isOver
        }
    }

    /// Returns false when it was over before it began.
    func begin(_ continuation: CheckedContinuation<Bool, Never>) -> Bool {
        let isOver = state.withLock { state in
            if !state.isOver { state.continuation = continuation }
            return state.isOver
        }
        if isOver { continuation.resume(returning: false) }
        return !isOver
    }

    @discardableResult
    func end(_ answer: Bool) -> UInt64? {
        let (continuation, token) = state.withLock { state in
            state.isOver = true
            defer { state.continuation = nil }
            return (state.continuation, state.token)
        }
        continuation?.resume(returning: answer)
        return token
    }
}
