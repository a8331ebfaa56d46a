import Glibc

/// The two clocks of an attempt.
package enum SystemClock {
    /// Nanoseconds on the monotonic clock: lengths of time, untouched by whoever sets the wall clock.
    package static func monotonicNanoseconds() -> Int64 {
        nanoseconds(CLOCK_MONOTONIC)
    }

    /// Milliseconds since 1970 UTC, for people.
    package static func wallMilliseconds() -> Int64 {
        nanoseconds(CLOCK_REALTIME) / 1_000_000
    }

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        _ = clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
