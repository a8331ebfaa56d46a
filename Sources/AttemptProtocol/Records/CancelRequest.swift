/// Asks a supervisor to end its command: SIGTERM to the process group at once, SIGKILL to all that is left after the
/// grace.
package struct CancelRequest: Sendable, Equatable {
    /// 0 ends the command with SIGKILL at once.
    package var graceMilliseconds: Int64
    /// A person wants SIGKILL at the end of the grace, also where the attempt's own order is to kill nothing.
    package var kills: Bool

    package init(graceMilliseconds: Int64, kills: Bool = false) {
        self.graceMilliseconds = graceMilliseconds
        self.kills = kills
    }

    package var bytes: [UInt8] {
        var record = TextRecord(kind: "cancel")
        record.set("grace_ms", graceMilliseconds)
        if kills { record.set("kill", "yes") }
        return record.bytes
    }

    package init(parsing bytes: [UInt8]) throws(TextRecord.Problem) {
        let record = try TextRecord(kind: "cancel", parsing: bytes)
        let grace: Int64 = try record.integer("grace_ms")
        guard grace >= 0 else { throw .damaged }
        self.init(graceMilliseconds: grace, kills: (try? record.text("kill")) == "yes")
    }
}
