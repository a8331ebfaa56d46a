import AttemptProtocol
import CSystem
import Glibc

/// Writes the exit record, into room that was reserved before the command could start.
struct Settlement: ~Copyable {
    private static let retrySeconds: UInt32 = 1
    /// So often what is no error of the disk is tried.
    private static let triesMax = 5

    private let specification: LaunchSpecification
    private let reserve: Descriptor

    init(in folder: borrowing AttemptFolder, specification: LaunchSpecification) throws(SystemError) {
        let reserve = try folder.create(AttemptFile.exitReserve)
        let error = csystem_reserve(reserve.number, off_t(ExitRecord.bytesReserved))
        guard error == 0 else { throw SystemError("fallocate", error, AttemptFile.exitReserve) }
        self.specification = specification
        self.reserve = reserve
    }

    /// Takes the outputs, then writes the record, syncs it, gives it its name and syncs the folder. On an error of the
    /// disk all of it is tried again for as long as the folder exists, with the claim locked: the outcome is not to be
    /// lost to a full disk. Any other error is of what was done to the folder: after a few tries the attempt is left in
    /// doubt.
    func settle(_ ending: AttemptEnding, in folder: borrowing AttemptFolder) {
        var tries = 0
        while true {
            do {
                try write(ending, in: folder)
                return
            } catch {
                if isRemoved(folder) { return }
                if !Self.passes(error) { tries += 1 }
                if tries == Self.triesMax { return }
                _ = sleep(Self.retrySeconds)
            }
        }
    }

    /// Of the machine, and not of what the step did: it may pass.
    private static func passes(_ error: SystemError) -> Bool {
        [EIO, ENOSPC, EDQUOT, EROFS, EMFILE, ENFILE, ENOMEM, EINTR].contains(error.number)
    }

    private func write(_ ending: AttemptEnding, in folder: borrowing AttemptFolder) throws(SystemError) {
        let outputs = try takeOutputs(in: folder, masks: ending.masks)
        let record = ExitRecord(
            attemptID: specification.attemptID, outcome: ending.outcome, outputs: outputs,
            startedAtMilliseconds: ending.startedAtMilliseconds, endedAtMilliseconds: ending.endedAtMilliseconds,
            durationMilliseconds: ending.durationMilliseconds, leftoverProcesses: ending.leftoverProcesses,
            log: ending.log, events: ending.events
        ).bytes
        try reserve.writeAll(record, at: 0, AttemptFile.exitReserve)
        guard fdatasync(reserve.number) == 0 else { throw .last("fdatasync", AttemptFile.exitReserve) }
        // An earlier try may have got as far as the name.
        if try !folder.isName(AttemptFile.exit, of: reserve) { try name(record, in: folder) }
        guard fsync(folder.number) == 0 else { throw .last("fsync", folder.path) }
    }

    private func name(_ record: [UInt8], in folder: borrowing AttemptFolder) throws(SystemError) {
        if try folder.isName(AttemptFile.exitReserve, of: reserve) {
            if renameat(folder.number, AttemptFile.exitReserve, folder.number, AttemptFile.exit) == 0 { return }
            let error = SystemError.last("rename", AttemptFile.exit)
            if Self.passes(error) { throw error }
        }
        // The reserve has lost its name, or something else has taken that of the record.
        try folder.replace(AttemptFile.exit, with: record)
    }

    /// The outputs as they are now, copied to where nothing that the step left behind writes to.
    private func takeOutputs(
        in folder: borrowing AttemptFolder, masks: [String]
    ) throws(SystemError) -> ExitRecord.Outputs {
        let file: Descriptor
        do {
            // Without O_NONBLOCK a named pipe left in its place would hold us up for ever.
            file = try Descriptor.open(
                AttemptFile.writtenOutputs, at: folder.number, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        } catch {
            // A step that removed the file has no outputs.
            if error.number == ENOENT { return .whole(bytes: 0, checksum: Checksum.of([])) }
            if Self.passes(error) { throw error }
            return .unreadable(error.number)
        }
        let status = try file.status(AttemptFile.writtenOutputs)
        guard status.st_mode & S_IFMT == S_IFREG else { return .unreadable(EINVAL) }
        let limit = Int(clamping: specification.outputsLimitBytes)
        guard status.st_size <= off_t(limit),
            let written = try file.readWhole(limit: limit, AttemptFile.writtenOutputs)
        else { return .tooLarge(bytes: Int(status.st_size)) }
        // With the values that the step was started with, and those that it had masked: whoever reads them after a
        // crash may have others.
        let secrets = specification.secrets + masks
        let bytes = secrets.isEmpty ? written : MaskedOutputs(secrets: secrets).masked(written)
        if !bytes.isEmpty { try folder.replace(AttemptFile.outputs, with: bytes) }
        return .whole(bytes: bytes.count, checksum: Checksum.of(bytes))
    }

    private func isRemoved(_ folder: borrowing AttemptFolder) -> Bool {
        var status = stat()
        return fstat(folder.number, &status) == 0 && status.st_nlink == 0
    }
}
