import AttemptProtocol
import Glibc
import Synchronization

/// Whether this process was asked to end, by SIGTERM, SIGINT or SIGHUP. A process has one.
struct StopRequest: Sendable {
    private static let asked = Atomic<Bool>(false)

    /// From now on the signals set the flag, and end what waits in the kernel.
    init() {
        // Made here, as a handler must not be the first to touch it.
        StopRequest.asked.store(false, ordering: .relaxed)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in StopRequest.asked.store(true, ordering: .relaxed) }
        for signal in [SIGTERM, SIGINT, SIGHUP] { sigaction(signal, &action, nil) }
    }

    var isAsked: Bool { StopRequest.asked.load(ordering: .relaxed) }

    /// The exit status of a call that was ended so.
    static let status: Int32 = 128 + SIGTERM

    /// False where the signal came first. One that comes right before the wait is seen a second later.
    func sleep(milliseconds: Int64) -> Bool {
        let end = SystemClock.monotonicNanoseconds() + milliseconds * 1_000_000
        while !isAsked {
            let left = (end - SystemClock.monotonicNanoseconds()) / 1_000_000
            if left <= 0 { return true }
            _ = poll(nil, 0, Int32(min(left, 1000)))
        }
        return false
    }
}
