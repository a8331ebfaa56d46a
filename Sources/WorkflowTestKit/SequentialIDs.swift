package import WorkflowCore

/// Unique ids that are the same in every run of a test: 00000000-0000-4000-8000-000000000001 and on.
package struct SequentialIDs: Sendable, Equatable {
    private var last: UInt64 = 0
    private let series: UInt64

    /// - Parameter series: sources of different series never give the same id.
    package init(series: UInt64 = 0) {
        self.series = series
    }

    package mutating func next() -> UniqueID {
        last += 1
        return UniqueID(randomHigh: series << 16, randomLow: last)
    }
}
