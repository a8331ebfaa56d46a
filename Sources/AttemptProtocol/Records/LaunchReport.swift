/// What a supervisor says on its standard output, a pipe that it holds open until the attempt is settled.
///
/// It closes the pipe by ending. One that stays for what its command left running says so first: then its end is of no
/// concern to whoever waits for the attempt's.
package enum LaunchReport {
    /// The attempt is settled, and the supervisor stays.
    package static let stays = UInt8(ascii: "S")
}
