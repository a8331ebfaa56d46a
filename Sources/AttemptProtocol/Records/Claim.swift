/// Who may act on an attempt. The name `claim` is taken once and never again, by `link(2)`.
package struct Claim: Sendable, Equatable {
    package enum Holder: Sendable, Equatable {
        /// A supervisor, which holds the file's lock while it lives.
        case supervisor(AttemptRole)
        /// The engine, on resuming: a supervisor that comes late finds the name taken and leaves.
        case void

        package var name: String {
            switch self {
            case .supervisor(let role): role.rawValue
            case .void: "void"
            }
        }
    }

    package var attemptID: String
    package var holder: Holder
    package var pid: Int32
    /// Start of that process in clock ticks since boot.
    package var startTime: UInt64
    /// In which namespace that pid, and those of the command, name a process; nil in claims of earlier versions.
    package var pidNamespace: String?

    package init(
        attemptID: String, holder: Holder, pid: Int32, startTime: UInt64, pidNamespace: String? = nil
    ) {
        self.pidNamespace = pidNamespace
        self.attemptID = attemptID
        self.holder = holder
        self.pid = pid
        self.startTime = startTime
    }

    package var bytes: [UInt8] {
        var record = TextRecord(kind: "claim")
        record.set("attempt", attemptID)
        record.set("role", holder.name)
        record.set("pid", pid)
        record.set("start", startTime)
        if let pidNamespace { record.set("pid_namespace", pidNamespace) }
        return record.bytes
    }

    package init(parsing bytes: [UInt8]) throws(TextRecord.Problem) {
        let record = try TextRecord(kind: "claim", parsing: bytes)
        let name = try record.text("role")
        let holder: Holder
        if name == Holder.void.name {
            holder = .void
        } else if let role = AttemptRole(rawValue: name) {
            holder = .supervisor(role)
        } else {
            throw .damaged
        }
        self.init(
            attemptID: try record.text("attempt"), holder: holder, pid: try record.integer("pid"),
            startTime: try record.integer("start"), pidNamespace: try? record.text("pid_namespace"))
    }
}
