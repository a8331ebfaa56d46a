import AttemptProtocol
import Glibc
import JSON

/// One look at the folder of an attempt, in the order that makes the verdict true: locks before records, because
/// whoever holds a lock may still write; the exit record last of all before anything is called lost.
struct AttemptInspection: ~Copyable {
    /// What a look can find.
    enum Finding: Sendable, Equatable {
        case verdict(AttemptVerdict)
        /// Nobody has the claim, and whoever takes it as `void` proves that nothing began.
        case unclaimed
        /// Something is between two states, and will be out of it within milliseconds.
        case passing
    }

    let id: AttemptIdentity
    let place: AttemptPlace
    /// Of this process.
    let pidNamespace: String?
    let secrets: [String]
    let folderPath: String
    let folder: Descriptor

    func look() throws(ExecutorError) -> Finding {
        let isClaimFile = try isFile(AttemptFile.claim)
        guard isClaimFile != false, let claimFile = try open(AttemptFile.claim) else {
            if let doubt = try doubtOfProof() { return .verdict(.inDoubt(doubt)) }
            if isClaimFile == false { return try meddled(.recordDamaged) }
            return try hasTraces() ? try meddled(.claimMissing) : .unclaimed
        }
        let isClaimHeld = try isHeld(claimFile, AttemptFile.claim)
        let claim = try record(try bytes(claimFile, AttemptFile.claim) ?? []) { bytes throws(TextRecord.Problem) in
            try Claim(parsing: bytes)
        }
        if isClaimHeld { return reattach(claim) }
        if let exit = try exitRecord() { return .verdict(exit) }
        guard let claim, claim.attemptID == id.attemptID else { return .verdict(.inDoubt(.recordDamaged)) }
        let doubt = try doubtOfProof()
        if claim.holder == .void {
            if let doubt { return .verdict(.inDoubt(doubt)) }
            return try hasTraces() ? try meddled(.claimMissing) : .verdict(.neverBegan(.voided))
        }
        // On another machine, or before a restart, there were other processes and other locks.
        if id.place.hostID != place.hostID { return .verdict(.inDoubt(.otherHost)) }
        if id.place.bootID != place.bootID { return .verdict(.inDoubt(.rebooted)) }
        return try processes(of: claim, doubtOfProof: doubt)
    }

    /// The claim is locked, so its supervisor lives; or it is gone, and the process that it forked has not let go yet.
    private func reattach(_ claim: Claim?) -> Finding {
        guard let claim else { return .passing }
        // Its pid, and those of its command, name other processes here.
        if isForeign(claim) { return .verdict(.stillRunning([])) }
        guard ProcessStatus.isAlive(claim.pid, startTime: claim.startTime) else { return .passing }
        return .verdict(.reattach(SupervisorProcess(pid: claim.pid, startTime: claim.startTime)))
    }

    private func isForeign(_ claim: Claim) -> Bool {
        guard let theirs = claim.pidNamespace, let ours = pidNamespace else { return false }
        return theirs != ours
    }

    /// Something was removed from the folder, so that nothing can be concluded from it but what still lives.
    private func meddled(_ doubt: AttemptVerdict.Doubt) throws(ExecutorError) -> Finding {
        if let session = try session() {
            let members = try members(of: session)
            if !members.isEmpty { return .verdict(.stillRunning(members)) }
        }
        return .verdict(try isHeld(AttemptFile.alive) ? .stillRunning([]) : .inDoubt(doubt))
    }

    /// The supervisor is gone without a record. What of its command is left?
    private func processes(
        of claim: Claim, doubtOfProof doubt: AttemptVerdict.Doubt?
    ) throws(ExecutorError) -> Finding {
        // In this order: once `alive` is free, nobody is left who could complete the session's record.
        let isAlive = try isHeld(AttemptFile.alive)
        guard let session = try session() else {
            if isAlive { return .passing }
            if let doubt { return .verdict(.inDoubt(doubt)) }
            // An empty record is proof. A missing one is none, unless nothing else is there that would have come after
            // it.
            if try isFile(AttemptFile.session) == true { return .verdict(.neverBegan(.supervisorGone)) }
            return .verdict(try hasTraces() ? .inDoubt(.sessionMissing) : .neverBegan(.supervisorGone))
        }
        // Whose processes they are cannot be seen from here, but that there are some.
        if isForeign(claim), isAlive { return .verdict(.stillRunning([])) }
        // A process may slip past a walk through /proc by forking; while `alive` is held it is worth another walk.
        for _ in 0..<(isAlive ? 3 : 1) where !isForeign(claim) {
            let members = try members(of: session)
            if !members.isEmpty { return .verdict(.stillRunning(members)) }
        }
        return .verdict(try exitRecord() ?? .inDoubt(.outcomeLost))
    }

    /// Whether something is there that only a supervisor with the claim makes.
    private func hasTraces() throws(ExecutorError) -> Bool {
        for name in AttemptFile.traces where try isFile(name) != nil { return true }
        guard let file = try open(AttemptFile.session) else { return try isFile(AttemptFile.session) == false }
        return try bytes(file, AttemptFile.session) != []
    }

    /// Whether what has a name is a plain file; nil where nothing has it.
    private func isFile(_ name: String) throws(ExecutorError) -> Bool? {
        var status = stat()
        if fstatat(folder.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 {
            return status.st_mode & S_IFMT == S_IFREG
        }
        guard errno == ENOENT || errno == ENOTDIR else { throw unreadable(.last("stat", name)) }
        return nil
    }

    private func isHeld(_ name: String) throws(ExecutorError) -> Bool {
        guard let file = try open(name) else { return false }
        return try isHeld(file, name)
    }

    func session() throws(ExecutorError) -> CommandSession? {
        guard let file = try open(AttemptFile.session), let bytes = try bytes(file, AttemptFile.session) else {
            return nil
        }
        return SessionRecord(parsing: bytes).map(CommandSession.init)
    }

    func members(of session: CommandSession) throws(ExecutorError) -> [ProcessStatus] {
        do {
            return try session.members()
        } catch {
            throw ExecutorError(
                .attemptFolder, "the processes of this machine cannot be listed: \(error)", cause: error)
        }
    }

    private func exitRecord() throws(ExecutorError) -> AttemptVerdict? {
        guard let file = try open(AttemptFile.exit) else {
            return try isFile(AttemptFile.exit) == nil ? nil : .inDoubt(.recordDamaged)
        }
        let exit = try record(try bytes(file, AttemptFile.exit) ?? []) { bytes throws(TextRecord.Problem) in
            try ExitRecord(parsing: bytes)
        }
        guard let exit, exit.attemptID == id.attemptID else { return .inDoubt(.recordDamaged) }
        let events = exit.events.kept > 0 ? try keptEvents() : []
        return .settled(
            AttemptEnd(
                outcome: exit.outcome, outputs: try outputs(exit.outputs).with(events, secrets: secrets),
                startedAtMilliseconds: exit.startedAtMilliseconds, endedAtMilliseconds: exit.endedAtMilliseconds,
                durationMilliseconds: exit.durationMilliseconds, leftoverProcesses: exit.leftoverProcesses,
                log: exit.log, events: events, eventSummary: exit.events))
    }

    private func keptEvents() throws(ExecutorError) -> [JSONValue] {
        do {
            return try ShellExecutor.keptEvents(in: folder)
        } catch {
            throw unreadable(error)
        }
    }

    private func outputs(
        _ recorded: ExitRecord.Outputs
    ) throws(ExecutorError) -> Result<[String: String], OutputError> {
        switch recorded {
        case .tooLarge(let count): return .failure(OutputFile.tooLarge(count))
        case .unreadable(let number):
            return .failure(
                OutputError(
                    .unreadable,
                    "what the step left at $WORKFLOW_OUTPUT cannot be read (\(SystemError.text(of: number))); "
                        + "append to the file instead of replacing it"))
        case .whole(0, _): return .success([:])
        case .whole(let count, let checksum):
            // A daemon that the step left behind may have gone on appending: what was recorded counts.
            guard let whole = try outputs(first: count), Checksum.of(whole) == checksum else {
                return .failure(
                    OutputError(
                        .changed,
                        "the outputs were changed after the step had ended; let nothing that the step leaves "
                            + "behind write to $WORKFLOW_OUTPUT"))
            }
            do {
                return .success(try OutputFile.parse(whole, secrets: secrets))
            } catch {
                return .failure(error)
            }
        }
    }

    private func outputs(first count: Int) throws(ExecutorError) -> [UInt8]? {
        guard let file = try open(AttemptFile.outputs) else { return nil }
        do {
            return try file.read(at: 0, count: min(count, OutputFile.bytesMax), AttemptFile.outputs)
        } catch {
            throw unreadable(error)
        }
    }

    /// Why the absence of a trace in this folder proves nothing; nil where it does.
    private func doubtOfProof() throws(ExecutorError) -> AttemptVerdict.Doubt? {
        if id.place.hostID != place.hostID { return .otherHost }
        if id.place.bootID != place.bootID { return .rebooted }
        if id.place.storeID != place.storeID { return .otherStore }
        guard let file = try open(AttemptFile.marker) else { return .markerMismatch }
        let marker = try record(try bytes(file, AttemptFile.marker) ?? []) { bytes throws(TextRecord.Problem) in
            try Marker(parsing: bytes)
        }
        return marker == id.marker(folder: try folderName()) ? nil : .markerMismatch
    }

    private func folderName() throws(ExecutorError) -> String {
        do {
            return AttemptIdentity.folderName(try folder.status(folderPath))
        } catch {
            throw unreadable(error)
        }
    }

    /// Nil where there is no plain file of that name.
    private func open(_ name: String) throws(ExecutorError) -> Descriptor? {
        do {
            return try Descriptor.openRegular(name, at: folder.number)
        } catch {
            throw unreadable(error)
        }
    }

    private func bytes(_ file: borrowing Descriptor, _ name: String) throws(ExecutorError) -> [UInt8]? {
        do {
            return try file.readWhole(limit: TextRecord.bytesMax, name)
        } catch {
            throw unreadable(error)
        }
    }

    private func isHeld(_ file: borrowing Descriptor, _ name: String) throws(ExecutorError) -> Bool {
        do {
            return try file.tryLock(LOCK_SH, name) == .held
        } catch {
            throw unreadable(error)
        }
    }

    /// Nil for a damaged record; a newer one stops us, as guessing what it says could start a step twice.
    private func record<Record>(
        _ bytes: [UInt8], _ parse: ([UInt8]) throws(TextRecord.Problem) -> Record
    ) throws(ExecutorError) -> Record? {
        do {
            return try parse(bytes)
        } catch {
            switch error {
            case .damaged: return nil
            case .version(let version):
                throw ExecutorError(
                    .attemptVersion,
                    "\(folderPath) was written by a newer version of workflow (records of version \(version)); resume "
                        + "with that one"
                )
            }
        }
    }

    private func unreadable(_ error: SystemError) -> ExecutorError {
        ExecutorError(
            .attemptFolder,
            "\(folderPath): \(error); \(error.move("make it readable to the user who runs workflow"))", cause: error)
    }
}

extension AttemptIdentity {
    func marker(folder: String) -> Marker {
        Marker(
            attemptID: attemptID, role: role, hostID: place.hostID, bootID: place.bootID, storeID: place.storeID,
            folder: folder)
    }

    static func folderName(_ status: stat) -> String { "\(status.st_dev):\(status.st_ino)" }
}
