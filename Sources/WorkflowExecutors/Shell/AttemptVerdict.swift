package import AttemptProtocol

/// What the folder of an attempt, the locks in it and the processes of this machine say about the attempt.
package enum AttemptVerdict: Sendable, Equatable {
    /// Its supervisor lives: wait for it.
    case reattach(SupervisorProcess)
    /// It has ended, and this is how.
    case settled(AttemptEnd)
    /// Its supervisor is gone, and what it started still runs; empty where the processes cannot be seen from here.
    /// Nothing else may start for the step.
    case stillRunning([ProcessStatus])
    /// It is proved that it never began, and sure that it never will.
    case neverBegan(NoStart)
    /// It began, or may have, and nobody knows how it ended.
    case inDoubt(Doubt)

    /// How it is known that nothing began.
    package enum NoStart: String, Sendable, CaseIterable {
        /// No supervisor took the claim, and now none can.
        case unclaimed
        /// As above, found out before.
        case voided
        /// The supervisor was gone before the command's process existed or could act.
        case supervisorGone = "supervisor_gone"
    }

    package enum Doubt: String, Sendable, CaseIterable {
        /// It began, and its supervisor ended without a record.
        case outcomeLost = "outcome_lost"
        /// The machine was started anew since.
        case rebooted
        /// It was started on another machine.
        case otherHost = "other_host"
        /// It was started from another store.
        case otherStore = "other_store"
        /// Its folder is gone.
        case folderMissing = "folder_missing"
        /// Its folder is a copy, or its marker is missing or names another attempt.
        case markerMismatch = "marker_mismatch"
        /// What can only be made with its claim is there, and the claim is not.
        case claimMissing = "claim_missing"
        /// It was claimed, and the record of its session is gone.
        case sessionMissing = "session_missing"
        /// A file in its folder is damaged, or no file.
        case recordDamaged = "record_damaged"

        /// Why nobody knows, for people.
        package var message: String {
            switch self {
            case .outcomeLost: "it began, and its supervisor ended before it could record the outcome"
            case .rebooted: "the machine was restarted while it ran"
            case .otherHost: "it was started on another machine"
            case .otherStore: "it was started from another store"
            case .folderMissing: "its folder is gone"
            case .markerMismatch: "its folder is a copy or belongs to another attempt"
            case .claimMissing:
                "its claim is gone from its folder, where other files say that it began or may have: something "
                    + "removed it"
            case .sessionMissing:
                "the record of its processes is gone from its folder, so it may have begun: something removed it"
            case .recordDamaged: "a record in its folder is damaged"
            }
        }
    }
}

/// A supervisor that lives.
package struct SupervisorProcess: Sendable, Hashable {
    package var pid: Int32
    /// In clock ticks since boot.
    package var startTime: UInt64
}
