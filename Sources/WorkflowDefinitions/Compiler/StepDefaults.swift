import WorkflowCore

/// What `defaults:` says for every step; nil where it says nothing.
struct StepDefaults {
    var timeout: Milliseconds?
    var killAfter: Milliseconds?
    var retry = RetryFields()
    var onDoubt: DoubtPolicy?
    var isIdempotent: Bool?
    var shell: [String]?
    var workingDirectory: Node?
    var pinnedEnvironment: [String] = []
    var lockTimeout: Milliseconds?
}

/// A `retry:` as written, so that a step's own fields can stand over those of the defaults.
struct RetryFields {
    var limit: Int?
    var delay: Milliseconds?
    var backoff: Double?
    var maxDelay: Milliseconds?
    var jitter: Double?
    var exitCodes: [Int]?
    var codes: [String]?

    /// These fields where they are set, else those of `defaults`.
    func over(_ defaults: RetryFields) -> RetryFields {
        RetryFields(
            limit: limit ?? defaults.limit, delay: delay ?? defaults.delay, backoff: backoff ?? defaults.backoff,
            maxDelay: maxDelay ?? defaults.maxDelay, jitter: jitter ?? defaults.jitter,
            exitCodes: exitCodes ?? defaults.exitCodes, codes: codes ?? defaults.codes)
    }

    /// A longest delay that nobody chose never cuts a delay that somebody did.
    var policy: RetryPolicy {
        let delay = delay ?? RetryPolicy.defaultDelay
        return RetryPolicy(
            limit: limit ?? 0, delay: delay, backoff: backoff ?? 2,
            maxDelay: maxDelay ?? max(RetryPolicy.defaultMaxDelay, delay), jitter: jitter ?? 0,
            exitCodes: exitCodes ?? [], codes: codes ?? [])
    }
}
