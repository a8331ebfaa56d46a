package import WorkflowCore

/// The errors about one run, in the words that every store uses.
extension StoreError {
    package static func runExists(_ run: RunID) -> StoreError {
        StoreError(.runExists, "there is a run \(run.text) already; choose another id, or look with `workflow show`")
    }

    package static func noSuchRun(_ run: UniqueID) -> StoreError {
        StoreError(.noSuchRun, "there is no run \(run.text) in this store; `workflow list` names them")
    }

    package static func staleToken(_ run: RunID) -> StoreError {
        StoreError(
            .staleToken,
            "\(run.text) is no longer driven by this process: its claim was given back, or another driver took it")
    }

    /// What an ended run took would be given up by nobody.
    package static func ended(_ run: RunID) -> StoreError {
        StoreError(.invalidEntry, "\(run.text) has ended and takes no locks")
    }

    package static func headMismatch(_ run: RunID, stored: Int64, known: Int64) -> StoreError {
        StoreError(
            .headMismatch,
            "the journal of \(run.text) ends with entry \(stored), not with entry \(known); look with `workflow "
                + "journal \(run.text) --verify`")
    }

    package static func inboxFull(_ run: RunID) -> StoreError {
        StoreError(
            .inboxFull,
            "\(inboxLimit) requests wait for \(run.text) already; its driver has to answer some of them first")
    }
}
