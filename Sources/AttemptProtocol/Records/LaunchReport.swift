/// What a supervisor says on its standard output, a pipe that it holds open until the attempt is settled.
///
/// It closes the pipe by ending. One that stays for what its command left running says so first: then its end is of no
/// concern to whoever waits for the attempt's.
package enum LaunchReport {
    /// The attempt is settled, and the supervisor stays.
    package static let stays = UInt8(ascii: "S")
    /// The step had a value masked: its length follows (4, little-endian) and its bytes. It goes through no disk, so
    /// that whoever started the attempt masks it too in what it starts next.
    package static let mask = UInt8(ascii: "M")

    /// The bytes that report a mask.
    package static func mask(_ value: String) -> [UInt8] {
        let length = UInt32(truncatingIfNeeded: value.utf8.count)
        return [mask] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + value.utf8
    }
}
