#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The time that the calling thread has spent on a processor: what a test may compare on a busy machine.
package enum ProcessorTime {
    /// What the body costs; it must not suspend.
    package static func measure(_ body: () throws -> Void) rethrows -> Duration {
        let before = spent()
        try body()
        return spent() - before
    }

    private static func spent() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }
}
