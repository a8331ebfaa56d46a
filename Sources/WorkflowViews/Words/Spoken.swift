package import WorkflowCore

// Times as people say them, beside the exact ones.

extension Milliseconds {
    /// Two units at most: `480ms`, `3.2s`, `45s`, `4m 12s`, `3h 5m`, `2d 4h`. A negative length is none.
    package var spoken: String {
        let milliseconds = max(count, 0)
        let seconds = milliseconds / 1000
        switch milliseconds {
        case ..<1000: return "\(milliseconds)ms"
        case ..<10_000: return "\(seconds).\(milliseconds % 1000 / 100)s"
        case ..<60_000: return "\(seconds)s"
        case ..<3_600_000: return Self.pair(seconds / 60, "m", seconds % 60, "s")
        case ..<86_400_000: return Self.pair(seconds / 3600, "h", seconds / 60 % 60, "m")
        default: return Self.pair(seconds / 86_400, "d", seconds / 3600 % 24, "h")
        }
    }

    /// One unit, for columns: `now`, `45s`, `12m`, `3h`, `2d`.
    package var spokenBriefly: String {
        let seconds = max(count, 0) / 1000
        switch seconds {
        case 0: return "now"
        case ..<60: return "\(seconds)s"
        case ..<3600: return "\(seconds / 60)m"
        case ..<172_800: return "\(seconds / 3600)h"
        default: return "\(seconds / 86_400)d"
        }
    }

    private static func pair(_ large: Int64, _ largeUnit: String, _ small: Int64, _ smallUnit: String) -> String {
        small == 0 ? "\(large)\(largeUnit)" : "\(large)\(largeUnit) \(small)\(smallUnit)"
    }
}

extension Timestamp {
    /// `3m 20s ago`, `in 2h`; clocks of two machines may differ a little.
    package func spoken(at now: Timestamp) -> String {
        self > now ? "in \(since(now).spoken)" : "\(now.since(self).spoken) ago"
    }

    /// `10:15:30`; with the day, `2026-02-02 10:15:30`, where one has to be told from another.
    package func clock(withDay: Bool) -> String {
        let text = text
        return (withDay ? text.prefix(10) + " " : "") + text.dropFirst(11).prefix(8)
    }
}
