import AttemptProtocol
import Glibc

/// `$WORKFLOW_EVENTS` and what comes through it: takes events, writes down what is to be kept, answers who waits.
///
/// ```
/// pipe ─▶ EventIntake ─▶ kept events (synced within 100 ms) ─▶ replies
///                    ├─▶ artifacts, copied a piece at a time ─▶ kept events
///                    └─▶ masks, progress
/// ```
///
/// What a step without events costs is the pipe and a look at it before each piece of output.
struct EventChannel: ~Copyable {
    private static let chunkBytes = 8192

    let pipe: EventPipe
    private var intake: EventIntake
    private var file: Descriptor?
    /// Whole lines in the file.
    private var fileBytes = 0
    private var unsyncedSince: Int64?
    private var replies: [String] = []
    /// Why the event that was taken last could not be kept.
    private var failure: SystemError?
    private var progress: [UInt8]?
    private var progressShownAt: Int64?
    private var chunk: [UInt8] = []
    private var line: DriverLine
    private var artifacts: ArtifactCopies

    init(_ pipe: EventPipe, _ specification: LaunchSpecification, line: DriverLine) {
        self.pipe = pipe
        self.line = line
        intake = EventIntake(secrets: specification.secrets)
        artifacts = ArtifactCopies(specification)
    }

    var summary: EventSummary { intake.summary }

    /// The values that the step had masked, in their order.
    var masks: [String] { intake.masks }

    /// When `work` is due; nil where there is nothing to do.
    var due: Int64? {
        if !artifacts.isEmpty { return .min }
        var due: Int64?
        if let unsyncedSince { due = unsyncedSince + EventLimits.syncNanoseconds }
        if progress != nil { due = min(due ?? .max, (progressShownAt ?? 0) + EventLimits.progressNanoseconds) }
        if line.hasMore { due = min(due ?? .max, SystemClock.monotonicNanoseconds() + EventLimits.syncNanoseconds) }
        return due
    }

    /// Takes all events that are there. Returns whether one of them masks a value.
    mutating func take(in folder: borrowing AttemptFolder) -> Bool {
        guard pipe.descriptor >= 0 else { return false }
        if chunk.isEmpty { chunk = [UInt8](repeating: 0, count: Self.chunkBytes) }
        let masksBefore = intake.masks.count
        var left = EventLimits.drainBytesMax
        while left > 0 {
            let count = read(pipe.descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            left -= count
            let orders = chunk.withUnsafeBufferPointer { intake.take(UnsafeBufferPointer(rebasing: $0[..<count])) }
            for order in orders { obey(order, in: folder) }
            // Each piece of events that somebody waits for shares one sync.
            if !replies.isEmpty { sync(in: folder) }
        }
        return intake.masks.count > masksBefore
    }

    /// Syncs what is not on the disk yet, and shows the newest progress, when their time has come; copies a piece of an
    /// artifact.
    mutating func work(now: Int64, in folder: borrowing AttemptFolder) {
        copyPiece(in: folder)
        if let unsyncedSince, now >= unsyncedSince + EventLimits.syncNanoseconds { sync(in: folder) }
        if progress != nil, now >= (progressShownAt ?? 0) + EventLimits.progressNanoseconds {
            show(now: now, in: folder)
        }
        line.flush()
    }

    /// Takes what is left once nobody writes any more, and brings it to the disk: the exit record says that it is
    /// there.
    mutating func finish(in folder: borrowing AttemptFolder) {
        _ = take(in: folder)
        intake.finish()
        let end = SystemClock.monotonicNanoseconds() + EventLimits.lastCopiesNanoseconds
        while !artifacts.isEmpty, SystemClock.monotonicNanoseconds() < end { copyPiece(in: folder) }
        for finished in artifacts.refuseRest() { settle(finished, in: folder) }
        sync(in: folder)
        line.finish()
    }

    private mutating func copyPiece(in folder: borrowing AttemptFolder) {
        if let finished = artifacts.work() { settle(finished, in: folder) }
    }

    /// The event of an artifact is written once its file is there; its reply waits for the sync as all others do.
    private mutating func settle(_ finished: ArtifactCopies.Finished, in folder: borrowing AttemptFolder) {
        do throws(EventProblem) {
            for order in try intake.keep(artifact: try finished.result.get()) { obey(order, in: folder) }
            if let reply = finished.reply { obey(.reply(to: reply, nil), in: folder) }
        } catch {
            intake.refuse(error)
            if let reply = finished.reply { answer(reply, .refused(error.message), in: folder) }
        }
    }

    private mutating func obey(_ order: EventIntake.Order, in folder: borrowing AttemptFolder) {
        switch order {
        case .keep(let event): keep(event, in: folder)
        case .show(let event):
            failure = nil
            progress = event
            let now = SystemClock.monotonicNanoseconds()
            if now >= (progressShownAt ?? 0) + EventLimits.progressNanoseconds { show(now: now, in: folder) }
        case .mask(let value):
            failure = nil
            line.tell(LaunchReport.mask(value))
        case .copy(let artifact, let reply): artifacts.add(artifact, reply: reply)
        case .reply(let name, nil):
            guard let failure else { return replies.append(name) }
            answer(name, .refused(Self.problem(failure).message), in: folder)
        case .reply(let name, let problem?): answer(name, .refused(problem.message), in: folder)
        }
    }

    private mutating func keep(_ event: [UInt8], in folder: borrowing AttemptFolder) {
        failure = nil
        do throws(SystemError) {
            try write(KeptEvents.line(event), in: folder)
            unsyncedSince = unsyncedSince ?? SystemClock.monotonicNanoseconds()
        } catch {
            failure = error
            intake.wasNotKept(Self.problem(error))
        }
    }

    private mutating func write(_ bytes: [UInt8], in folder: borrowing AttemptFolder) throws(SystemError) {
        if file == nil {
            file = try Descriptor.open(
                AttemptFile.keptEvents, at: folder.number, O_RDWR | O_CREAT | O_NOFOLLOW | O_TRUNC)
            // The name is to be there after a loss of power too, as what it names will be.
            guard fsync(folder.number) == 0 else { throw .last("fsync", folder.path) }
        }
        do throws(SystemError) {
            try file?.writeAll(bytes, at: fileBytes, AttemptFile.keptEvents)
            fileBytes += bytes.count
        } catch {
            // A part of a line is none.
            if let number = descriptor { _ = ftruncate(number, off_t(fileBytes)) }
            throw error
        }
    }

    private var descriptor: Int32? {
        switch file {
        case .some(let file): file.number
        case .none: nil
        }
    }

    private mutating func sync(in folder: borrowing AttemptFolder) {
        if unsyncedSince != nil, let number = descriptor, fdatasync(number) != 0 {
            let error = SystemError.last("fdatasync", AttemptFile.keptEvents)
            intake.refuse(Self.problem(error))
            refuseWaiting(error, in: folder)
        }
        unsyncedSince = nil
        for name in replies { answer(name, .taken, in: folder) }
        replies.removeAll()
    }

    private mutating func refuseWaiting(_ error: SystemError, in folder: borrowing AttemptFolder) {
        for name in replies { answer(name, .refused(Self.problem(error).message), in: folder) }
        replies.removeAll()
    }

    private static func problem(_ error: SystemError) -> EventProblem {
        EventProblem("an event could not be written to the disk (\(error)); \(error.move("look at the disk"))")
    }

    /// Whoever waits has made a pipe of that name; one that waits no longer is no matter of ours.
    private func answer(_ name: String, _ reply: EventReply, in folder: borrowing AttemptFolder) {
        guard
            let pipe = try? Descriptor.open(
                "\(AttemptFile.stepFolder)/\(name)", at: folder.number, O_WRONLY | O_NONBLOCK | O_NOFOLLOW),
            let status = try? pipe.status(name), status.st_mode & S_IFMT == S_IFIFO
        else { return }
        try? pipe.writeAll(reply.bytes, name)
    }

    private mutating func show(now: Int64, in folder: borrowing AttemptFolder) {
        guard let event = progress else { return }
        progress = nil
        progressShownAt = now
        let draft = AttemptFile.draft(of: AttemptFile.progress, by: getpid())
        guard let file = try? folder.create(draft) else { return }
        guard (try? file.writeAll(event + [UInt8(ascii: "\n")], draft)) != nil else { return }
        _ = renameat(folder.number, draft, folder.number, AttemptFile.progress)
    }
}

/// The named pipe of `$WORKFLOW_EVENTS`.
struct EventPipe {
    /// For us; -1 where the file system has no named pipes.
    let descriptor: Int32

    /// Made before the command starts, which inherits one more descriptor of it: with a reader of its own it can open
    /// the pipe, and fill it, also when we are gone. Writing and reading at once, so that the pipe is never at its end.
    init(in folder: borrowing AttemptFolder) {
        guard mkfifoat(folder.number, AttemptFile.eventPipe, 0o600) == 0 || errno == EEXIST,
            case let number = openat(
                folder.number, AttemptFile.eventPipe, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW), number >= 0
        else {
            descriptor = -1
            return
        }
        descriptor = number
        // At 100 or above, as scripts number their own descriptors.
        if fcntl(number, F_DUPFD, 100) < 0 { _ = fcntl(number, F_DUPFD, 3) }
    }

    var exists: Bool { descriptor >= 0 }
}
