/// What a supervised command is for.
package enum AttemptRole: String, Sendable, Hashable, CaseIterable {
    case attempt, probe, verify, undo
}

/// The file that the engine leaves in an attempt's folder before the intent is durable: proof, later on, that this
/// folder is the one in which a supervisor would have left its claim.
package struct Marker: Sendable, Equatable {
    package var attemptID: String
    package var role: AttemptRole
    package var hostID: String
    package var bootID: String
    package var storeID: String
    /// Device and inode of the folder: a copy of it proves nothing.
    package var folder: String

    package init(
        attemptID: String, role: AttemptRole, hostID: String, bootID: String, storeID: String, folder: String
    ) {
        self.attemptID = attemptID
        self.role = role
        self.hostID = hostID
        self.bootID = bootID
        self.storeID = storeID
        self.folder = folder
    }

    package var bytes: [UInt8] {
        var record = TextRecord(kind: "attempt")
        record.set("attempt", attemptID)
        record.set("role", role.rawValue)
        record.set("host", hostID)
        record.set("boot", bootID)
        record.set("store", storeID)
        record.set("folder", folder)
        return record.bytes
    }

    package init(parsing bytes: [UInt8]) throws(TextRecord.Problem) {
        let record = try TextRecord(kind: "attempt", parsing: bytes)
        guard let role = AttemptRole(rawValue: try record.text("role")) else { throw .damaged }
        self.init(
            attemptID: try record.text("attempt"), role: role, hostID: try record.text("host"),
            bootID: try record.text("boot"), storeID: try record.text("store"), folder: try record.text("folder"))
    }
}
