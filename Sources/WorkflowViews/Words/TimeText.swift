package import WorkflowCore

/// Lengths of time as people read them at a glance.
package enum TimeText {
    /// `0.3s`, `12.3s`, `1m 02s`, `2h 05m`, `3d 4h`: how long something took.
    package static func took(_ length: Milliseconds) -> String {
        let tenths = max(0, length.count) / 100
        return tenths < 600 ? "\(tenths / 10).\(tenths % 10)s" : passing(length)
    }

    /// The same in whole seconds: what goes on changes once a second.
    package static func passing(_ length: Milliseconds) -> String {
        let seconds = max(0, length.count) / 1000
        switch seconds {
        case ..<60: return "\(seconds)s"
        case ..<3600: return "\(seconds / 60)m \(two(seconds % 60))s"
        case ..<86_400: return "\(seconds / 3600)h \(two(seconds / 60 % 60))m"
        default: return "\(seconds / 86_400)d \(seconds / 3600 % 24)h"
        }
    }

    /// What is left of a wait, rounded up: it never says 0 while there is something left.
    package static func left(_ length: Milliseconds) -> String {
        passing(Milliseconds(max(0, length.count) + 999))
    }

    /// An estimate in one figure: `about 3m`.
    package static func about(_ length: Milliseconds) -> String {
        let seconds = max(0, length.count + 999) / 1000
        switch seconds {
        case ..<10: return "a few seconds"
        case ..<55: return "about \((seconds + 9) / 10 * 10)s"
        case ..<5400: return "about \((seconds + 59) / 60)m"
        case ..<172_800: return "about \((seconds + 3599) / 3600)h"
        default: return "about \((seconds + 86_399) / 86_400)d"
        }
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : String(number) }
}
