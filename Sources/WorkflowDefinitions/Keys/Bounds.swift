/// The numbers that a definition may give, for the compiler and for the schema.
enum Bounds {
    /// Steps, or instances of a step, at once.
    static let parallel = 1...10_000
    /// Rounds of a `repeat`.
    static let rounds = 1...10_000
    /// Returns of a stage to an earlier one.
    static let returns = 1...100
    /// Further attempts.
    static let retries = 0...100
    static let exitCode = 1...255
    static let backoff = 1.0...100.0
    static let jitter = 0.0...1.0
    /// Instances of one step.
    static let itemsMax = 1_000_000
}
