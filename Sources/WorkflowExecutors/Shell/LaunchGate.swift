/// Stands between an intent that is durable and its effect, for whoever crashes an engine on purpose
/// (`workflow drill`).
///
/// Both calls block the driver for as long as they like; a driver that is killed inside of one is an engine that died
/// at just that point.
package protocol LaunchGate: Sendable {
    /// The supervisor is about to be started. Returns what it is to run.
    func willLaunch(_ id: AttemptIdentity, _ spec: CommandSpec) -> CommandSpec
    /// It has been started.
    ///
    /// - Parameter folder: the attempt's.
    func didLaunch(_ id: AttemptIdentity, _ spec: CommandSpec, folder: String)
}
