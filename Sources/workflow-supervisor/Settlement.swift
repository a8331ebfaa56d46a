import AttemptProtocol
import CSystem
import Glibc

/// Writes the exit record, into room that was reserved before the command could start.
struct Settlement: ~Copyable {
    private static let retrySeconds: UInt32 = 1

    private let specification: LaunchSpecification
    private let reserve: Descriptor

    init(in folder: borrowing AttemptFolder, specification: LaunchSpecification) throws(SystemError) {
        let reserve = try folder.create(AttemptFile.exitReserve)
        let error = csystem_reserve(reserve.number, off_t(ExitRecord.bytesReserved))
        guard error == 0 else { throw SystemError("fallocate", error, AttemptFile.exitReserve) }
        self.specification = specification
        self.reserve = reserve
    }

    /// Syncs the outputs, then writes the record, syncs it, gives it its name and syncs the folder. On an error all of it is
    /// tried again for as long as the folder exists, with the claim locked: the outcome is not to be lost to a full disk.
    func settle(_ ending: AttemptEnding, in folder: borrowing AttemptFolder) {
        while true {
            do {
                try write(ending, in: folder)
                return
            } catch {
                if isRemoved(folder) { return }
                _ = sleep(Self.retrySeconds)
            }
        }
    }

    private func write(_ ending: AttemptEnding, in folder: borrowing AttemptFolder) throws(SystemError) {
        let outputs = try syncOutputs(in: folder)
        let record = ExitRecord(
            attemptID: specification.attemptID, outcome: ending.outcome, outputs: outputs,
            startedAtMilliseconds: ending.startedAtMilliseconds, endedAtMilliseconds: ending.endedAtMilliseconds,
            durationMilliseconds: ending.durationMilliseconds, leftoverProcesses: ending.leftoverProcesses,
            log: ending.log)
        try reserve.writeAll(record.bytes, at: 0, AttemptFile.exitReserve)
        guard fdatasync(reserve.number) == 0 else { throw .last("fdatasync", AttemptFile.exitReserve) }
        guard renameat(folder.number, AttemptFile.exitReserve, folder.number, AttemptFile.exit) == 0 || isNamed(folder)
        else { throw .last("rename", AttemptFile.exit) }
        guard fsync(folder.number) == 0 else { throw .last("fsync", folder.path) }
    }

    private func syncOutputs(in folder: borrowing AttemptFolder) throws(SystemError) -> ExitRecord.Outputs {
        let file: Descriptor
        do {
            // Without O_NONBLOCK a named pipe left in its place would hold us up for ever.
            file = try Descriptor.open(
                AttemptFile.outputs, at: folder.number, O_RDWR | O_NOFOLLOW | O_NONBLOCK)
        } catch {
            switch error.number {
            // A step that removed the file has no outputs.
            case ENOENT: return .whole(bytes: 0, checksum: Checksum.of([]))
            // Of the machine and not of what the step left, and it may pass: the step is not to fail of it.
            case EIO, ENOSPC, EDQUOT, EROFS, EMFILE, ENFILE, ENOMEM: throw error
            default: return .unreadable(error.number)
            }
        }
        let status = try file.status(AttemptFile.outputs)
        guard status.st_mode & S_IFMT == S_IFREG else { return .unreadable(EINVAL) }
        let limit = Int(clamping: specification.outputsLimitBytes)
        guard status.st_size <= off_t(limit), let bytes = try file.readWhole(limit: limit, AttemptFile.outputs) else {
            return .tooLarge(bytes: Int(status.st_size))
        }
        if !bytes.isEmpty, fdatasync(file.number) != 0 {
            let error = SystemError.last("fdatasync", AttemptFile.outputs)
            // After a failed sync the kernel may take the lost pages for clean ones; written again they are dirty again.
            try file.writeAll(bytes, at: 0, AttemptFile.outputs)
            throw error
        }
        return .whole(bytes: bytes.count, checksum: Checksum.of(bytes))
    }

    /// Whether an earlier try got as far as the name.
    private func isNamed(_ folder: borrowing AttemptFolder) -> Bool {
        errno == ENOENT && faccessat(folder.number, AttemptFile.exit, F_OK, 0) == 0
    }

    private func isRemoved(_ folder: borrowing AttemptFolder) -> Bool {
        var status = stat()
        return fstat(folder.number, &status) == 0 && status.st_nlink == 0
    }
}
