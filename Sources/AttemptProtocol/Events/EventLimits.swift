/// What an attempt may report through `$WORKFLOW_EVENTS`. What is beyond a limit is counted and named, never taken in
/// part.
package enum EventLimits {
    /// One event: its line without the line feed.
    package static let lineBytesMax = 65_536
    /// Kept events of an attempt.
    package static let keptMax = 10_000
    /// All `record` events of an attempt together, as they are kept.
    package static let recordBytesMax = 4 << 20
    /// All other kept events of an attempt together.
    package static let otherBytesMax = 4 << 20
    /// All values of `mask` events of an attempt together.
    package static let maskBytesMax = 1 << 18
    /// Mask values of an attempt: each one is looked for in all that follows.
    package static let masksMax = 1_000
    /// One artifact.
    package static let artifactBytesMax: Int64 = 1 << 30
    /// All artifacts of a run.
    package static let runArtifactBytesMax: Int64 = 10 << 30
    /// How long artifacts may be copied once the step has ended: less than a driver waits for its supervisor.
    package static let lastCopiesNanoseconds: Int64 = 10_000_000_000
    /// A kept event is on the disk at most so long after it was taken.
    package static let syncNanoseconds: Int64 = 100_000_000
    /// Progress is shown at most this often.
    package static let progressNanoseconds: Int64 = 100_000_000
    /// What a step can leave in the pipe between two looks, whatever size it gave the pipe.
    package static let drainBytesMax = 2 << 20
}
