/// The secret of a store that runs hash their environment with: 32 random bytes.
///
/// The hashes are in journals, evidence and exports. Without the key no value can be tried against them, however few
/// values there are to try.
package struct EnvironmentKey: Sendable, Equatable {
    package static let length = 32

    package let bytes: [UInt8]

    /// nil for another number of bytes than `length`.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == EnvironmentKey.length else { return nil }
        self.bytes = bytes
    }

    private init(drawnFrom random: inout SystemRandomNumberGenerator) {
        bytes = (0..<EnvironmentKey.length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    /// A new one, of the system's random numbers.
    package static func random() -> EnvironmentKey {
        var random = SystemRandomNumberGenerator()
        return EnvironmentKey(drawnFrom: &random)
    }
}
