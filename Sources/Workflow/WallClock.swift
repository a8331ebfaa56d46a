internal import Glibc
package import WorkflowCore
internal import WorkflowEngine

/// The machine's clocks: wall time for people, monotonic time for waits.
package struct WallClock: EngineClock {
    package init() {}

    package func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(millisecondsSinceEpoch: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    package func sleep(for wait: Milliseconds) async {
        try? await Task.sleep(for: wait.duration, clock: .continuous)
    }
}
