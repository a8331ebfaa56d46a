package import AttemptProtocol

/// Where an attempt was started. Only in the very same place can it be proved that something did not happen.
package struct AttemptPlace: Sendable, Hashable {
    /// `MachineIdentity.machineID` and `MachineIdentity.bootID` of then.
    package var hostID: String
    package var bootID: String
    /// UUID of the store that holds the intent.
    package var storeID: String

    package init(hostID: String, bootID: String, storeID: String) {
        self.hostID = hostID
        self.bootID = bootID
        self.storeID = storeID
    }

    package init(host: MachineIdentity, storeID: String) {
        self.init(hostID: host.machineID, bootID: host.bootID, storeID: storeID)
    }
}

/// One start of one command, as its intent names it.
package struct AttemptIdentity: Sendable, Hashable {
    /// A UUID: names the folder, so it holds nothing but letters, digits and `-`.
    package var attemptID: String
    package var role: AttemptRole
    package var place: AttemptPlace

    package init(attemptID: String, role: AttemptRole, place: AttemptPlace) {
        self.attemptID = attemptID
        self.role = role
        self.place = place
    }

    /// It is to have the step's effect; false for what only looks.
    package var isAttempt: Bool { role == .attempt }

    /// Whether the id can be the name of a folder.
    var hasValidID: Bool {
        (8...64).contains(attemptID.utf8.count)
            && attemptID.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D
            }
    }
}
