/// Where an engine draws ids, salts and jitter from.
package protocol EngineRandom: Sendable {
    func next() -> UInt64
}

/// The system's own.
package struct SystemRandom: EngineRandom {
    package init() {}

    package func next() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}

extension Engine {
    /// What draws numbers for one decision, or for one driver.
    struct Draws: RandomNumberGenerator {
        let source: any EngineRandom

        mutating func next() -> UInt64 { source.next() }
    }

    var draws: Draws { Draws(source: random) }
}
