import AttemptProtocol
import CSystem
import Glibc

/// What is known about an attempt once nothing of it runs any longer.
struct AttemptEnding {
    var outcome: AttemptOutcome
    var startedAtMilliseconds = SystemClock.wallMilliseconds()
    var endedAtMilliseconds = SystemClock.wallMilliseconds()
    var durationMilliseconds: Int64 = 0
    var leftoverProcesses = 0
    var log = LogSummary()
}

/// Watches a command to its end: waits for events, lets `AttemptCourse` decide, carries out its orders.
struct Supervision: ~Copyable {
    private static let chunkBytes = 65_536
    /// What a daemon may still have in the pipe when everything else has ended; more is left unread.
    private static let lastBytesMax = 1 << 20

    private let specification: LaunchSpecification
    private let command: Command
    private let cancellation: CancellationWatch
    private var course: AttemptCourse
    private var masker: SecretMasker
    private var log: LogWriter
    private var chunk = [UInt8](repeating: 0, count: chunkBytes)
    private var masked: [UInt8] = []
    private var isOutputOpen = true
    private var directEnd: ProcessEnd?
    private var hasNoChildren = false
    private var leftoverProcesses: Int?

    init(
        of command: Command, specification: LaunchSpecification, log: consuming LogWriter,
        cancellation: CancellationWatch
    ) {
        self.command = command
        self.specification = specification
        self.log = log
        self.cancellation = cancellation
        course = AttemptCourse(
            startedAt: command.startedAtNanoseconds, timeout: specification.timeoutNanoseconds,
            killAfter: specification.killAfterNanoseconds)
        masker = SecretMasker(secrets: specification.secrets)
    }

    /// Returns when the command and all that it left behind have ended.
    consuming func run(in folder: borrowing AttemptFolder) -> AttemptEnding {
        obeyCancellation(in: folder)
        while course.state != .ended {
            var events = [
                pollfd(fd: command.childEvents, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isOutputOpen ? command.output : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: cancellation.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&events, nfds_t(events.count), pollMilliseconds())
            if events[1].revents != 0 { readOutput() }
            if events[2].revents != 0 || cancellation.isPolled {
                cancellation.takeEvents()
                obeyCancellation(in: folder)
            }
            if events[0].revents != 0 { reap() }
            // Nor is one that has ended by itself late, whatever we noticed first.
            if let due = course.due, now >= due, !noticeDirectEnd() { carryOut(course.timePassed(now: now)) }
        }
        return ending()
    }

    private var now: Int64 { SystemClock.monotonicNanoseconds() }

    /// Rounded up: waking early would only mean waiting again.
    private func pollMilliseconds() -> Int32 {
        let now = now
        var wait = (course.due ?? now) - now
        if cancellation.isPolled { wait = min(wait, CancellationWatch.pollNanoseconds) }
        return Int32(clamping: max(wait, 0) / 1_000_000 + 1)
    }

    private mutating func carryOut(_ orders: [AttemptCourse.Order]) {
        for order in orders {
            switch order {
            case .terminateGroup:
                // Before the command's process leads its group it is alone, and has its signals blocked until it begins.
                if kill(-command.pid, SIGTERM) != 0 { _ = kill(command.pid, SIGTERM) }
                // A stopped process would not hear it.
                _ = kill(-command.pid, SIGCONT)
            case .terminateSession:
                _ = try? command.commandSession()?.signal(SIGTERM)
                _ = try? command.commandSession()?.signal(SIGCONT)
            case .killSession:
                if directEnd == nil { _ = kill(command.pid, SIGKILL) }
                _ = try? command.commandSession()?.signal(SIGKILL)
            case .lookForMembers:
                let count = countMembers()
                if leftoverProcesses == nil { leftoverProcesses = count }
                carryOut(course.membersLeft(count, now: now))
            case .settle: break
            }
        }
    }

    /// As every orphan below us becomes our child, there are no members where there are no children.
    private mutating func countMembers() -> Int {
        collectChildren()
        if hasNoChildren { return 0 }
        // Where /proc cannot be read nobody can be found or ended either.
        return (try? command.commandSession()?.members().count) ?? 0
    }

    private mutating func reap() {
        var buffer = [UInt8](repeating: 0, count: 512)
        _ = read(command.childEvents, &buffer, buffer.count)
        if !noticeDirectEnd() { carryOut(course.timePassed(now: now)) }
    }

    /// Whether the direct process turned out to have ended since the last look.
    private mutating func noticeDirectEnd() -> Bool {
        guard directEnd == nil else {
            collectChildren()
            return false
        }
        collectChildren()
        guard directEnd != nil else { return false }
        carryOut(course.directProcessEnded(now: now))
        return true
    }

    private mutating func collectChildren() {
        while true {
            var status: Int32 = 0
            let pid = waitpid(-1, &status, WNOHANG)
            if pid < 0, errno == ECHILD { hasNoChildren = true }
            if pid <= 0 { return }
            if pid == command.pid { directEnd = ProcessEnd(waitStatus: status) }
        }
    }

    private mutating func obeyCancellation(in folder: borrowing AttemptFolder) {
        guard let bytes = try? folder.read(AttemptFile.cancel, limit: TextRecord.bytesMax),
            let request = try? CancelRequest(parsing: bytes)
        else { return }
        // A command that has ended by itself was not ended by the request.
        _ = noticeDirectEnd()
        let (grace, overflow) = request.graceMilliseconds.multipliedReportingOverflow(by: 1_000_000)
        carryOut(course.cancelRequested(grace: overflow ? .max : grace, now: now))
    }

    private mutating func readOutput() {
        switch readChunk() {
        case 0:
            isOutputOpen = false
            carryOut(course.outputClosed(now: now))
        default: break
        }
    }

    /// Moves what is there into the log. Returns how much that was: 0 at the end of file, negative if there is nothing yet.
    private mutating func readChunk() -> Int {
        let count = read(command.output, &chunk, chunk.count)
        if count < 0 { return errno == EAGAIN || errno == EINTR ? -1 : 0 }
        masked.removeAll(keepingCapacity: true)
        chunk.withUnsafeBufferPointer {
            masker.mask(UnsafeBufferPointer(rebasing: $0[..<count]), into: &masked)
        }
        log.append(masked)
        return count
    }

    private consuming func ending() -> AttemptEnding {
        var left = Self.lastBytesMax
        while isOutputOpen, left > 0 {
            let count = readChunk()
            if count <= 0 { break }
            left -= count
        }
        masked.removeAll(keepingCapacity: true)
        masker.finish(into: &masked)
        log.append(masked)
        return AttemptEnding(
            outcome: outcome(), startedAtMilliseconds: command.startedAtMilliseconds,
            durationMilliseconds: (now - command.startedAtNanoseconds) / 1_000_000,
            leftoverProcesses: leftoverProcesses ?? 0, log: log.summary)
    }

    private func outcome() -> AttemptOutcome {
        if let failure = command.startFailure(specification) { return .couldNotStart(failure) }
        // Only a process that hangs in the kernel has no end here; SIGKILL is on its way.
        let end = directEnd ?? .signalled(SIGKILL)
        return switch course.reason {
        case nil: .ended(end)
        case .timeout: .timedOut(end)
        case .cancel: .cancelled(end)
        }
    }
}

extension ProcessEnd {
    /// The end in a status of `waitpid(2)`.
    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7F
        self = signal == 0 ? .exited(waitStatus >> 8 & 0xFF) : .signalled(signal)
    }
}
