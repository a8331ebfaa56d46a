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
    var events = EventSummary()
    /// What the step had masked: its outputs may hold it.
    var masks: [String] = []
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
    private var events: EventChannel
    private var chunk = [UInt8](repeating: 0, count: chunkBytes)
    private var masked: [UInt8] = []
    private var isOutputOpen = true
    private var directEnd: ProcessEnd?
    private var hasNoChildren = false
    private var leftoverProcesses: Int?

    init(
        of command: Command, specification: LaunchSpecification, log: consuming LogWriter,
        cancellation: CancellationWatch, driver: DriverLine
    ) {
        events = EventChannel(command.events, specification, line: driver)
        self.command = command
        self.specification = specification
        self.log = log
        self.cancellation = cancellation
        course = AttemptCourse(
            startedAt: command.startedAtNanoseconds, timeout: specification.timeoutNanoseconds,
            killAfter: specification.killAfterNanoseconds, kills: specification.stop.kill != .never)
        masker = SecretMasker(secrets: specification.secrets)
    }

    /// Returns when the command and all that it left behind have ended.
    consuming func run(in folder: borrowing AttemptFolder) -> AttemptEnding {
        obeyCancellation(in: folder)
        while course.state != .ended {
            var polled = [
                pollfd(fd: command.childEvents, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isOutputOpen ? command.output : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: cancellation.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: command.events.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&polled, nfds_t(polled.count), pollMilliseconds())
            if polled[1].revents != 0 {
                readOutput(in: folder)
            } else if polled[3].revents != 0 {
                takeEvents(in: folder)
            }
            if polled[2].revents != 0 || cancellation.isPolled {
                cancellation.takeEvents()
                obeyCancellation(in: folder)
            }
            if polled[0].revents != 0 { reap(in: folder) }
            // Nor is one that has ended by itself late, whatever we noticed first.
            if let due = course.due, now >= due, !noticeDirectEnd(in: folder) {
                carryOut(course.timePassed(now: now), in: folder)
            }
            if events.due != nil { events.work(now: now, in: folder) }
        }
        return ending(in: folder)
    }

    private var now: Int64 { SystemClock.monotonicNanoseconds() }

    /// Rounded up: waking early would only mean waiting again.
    private func pollMilliseconds() -> Int32 {
        let now = now
        var wait = (course.due ?? now) - now
        if cancellation.isPolled { wait = min(wait, CancellationWatch.pollNanoseconds) }
        if let due = events.due { wait = min(wait, max(due, now) - now) }
        return Int32(clamping: max(wait, 0) / 1_000_000 + 1)
    }

    private mutating func carryOut(_ orders: [AttemptCourse.Order], in folder: borrowing AttemptFolder) {
        for order in orders {
            switch order {
            case .terminateGroup: terminate()
            case .terminateSession:
                _ = try? command.commandSession()?.signal(SIGTERM)
                _ = try? command.commandSession()?.signal(SIGCONT)
            case .killSession:
                if directEnd == nil { _ = kill(command.pid, SIGKILL) }
                // What it leaves is ended behind it, as of every attempt.
                if specification.stop.kill == .leader, directEnd == nil { break }
                _ = try? command.commandSession()?.signal(SIGKILL)
            case .noteNotEnding: _ = try? folder.create(AttemptFile.notEnding)
            case .lookForMembers:
                let count = countMembers()
                if leftoverProcesses == nil { leftoverProcesses = count }
                carryOut(course.membersLeft(count, now: now), in: folder)
            case .settle: break
            }
        }
    }

    private func terminate() {
        let (signal, target) = (specification.stop.signal, specification.stop.target)
        // A stopped process would not hear it.
        if target == .leader {
            guard directEnd == nil else { return }
            _ = kill(command.pid, signal)
            _ = kill(command.pid, SIGCONT)
        } else {
            // Before the command's process leads its group it is alone, and has its signals blocked until it begins.
            if kill(-command.pid, signal) != 0 { _ = kill(command.pid, signal) }
            _ = kill(-command.pid, SIGCONT)
        }
    }

    /// As every orphan below us becomes our child, there are no members where there are no children.
    private mutating func countMembers() -> Int {
        collectChildren()
        if hasNoChildren { return 0 }
        // Where /proc cannot be read nobody can be found or ended either.
        return (try? command.commandSession()?.members().count) ?? 0
    }

    private mutating func reap(in folder: borrowing AttemptFolder) {
        var buffer = [UInt8](repeating: 0, count: 512)
        _ = read(command.childEvents, &buffer, buffer.count)
        if !noticeDirectEnd(in: folder) { carryOut(course.timePassed(now: now), in: folder) }
    }

    /// Whether the direct process turned out to have ended since the last look.
    private mutating func noticeDirectEnd(in folder: borrowing AttemptFolder) -> Bool {
        guard directEnd == nil else {
            collectChildren()
            return false
        }
        collectChildren()
        guard directEnd != nil else { return false }
        carryOut(course.directProcessEnded(now: now), in: folder)
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
        _ = noticeDirectEnd(in: folder)
        let (grace, overflow) = request.graceMilliseconds.multipliedReportingOverflow(by: 1_000_000)
        carryOut(
            course.cancelRequested(grace: overflow ? .max : grace, now: now, kills: request.kills), in: folder)
    }

    private mutating func readOutput(in folder: borrowing AttemptFolder) {
        switch readChunk(in: folder) {
        case 0:
            isOutputOpen = false
            carryOut(course.outputClosed(now: now), in: folder)
        default: break
        }
    }

    /// Moves what is there into the log. Returns how much that was: 0 at the end of file, negative if there is nothing
    /// yet.
    private mutating func readChunk(in folder: borrowing AttemptFolder) -> Int {
        let count = read(command.output, &chunk, chunk.count)
        if count < 0 { return errno == EAGAIN || errno == EINTR ? -1 : 0 }
        // Behind the read: what the step had masked before it wrote these bytes is there by now.
        if count > 0 { takeEvents(in: folder) }
        masked.removeAll(keepingCapacity: true)
        chunk.withUnsafeBufferPointer {
            masker.mask(UnsafeBufferPointer(rebasing: $0[..<count]), into: &masked)
        }
        log.append(masked)
        return count
    }

    private mutating func takeEvents(in folder: borrowing AttemptFolder) {
        guard events.take(in: folder) else { return }
        masker.change(to: specification.secrets + events.masks)
    }

    private consuming func ending(in folder: borrowing AttemptFolder) -> AttemptEnding {
        var left = Self.lastBytesMax
        while isOutputOpen, left > 0 {
            let count = readChunk(in: folder)
            if count <= 0 { break }
            left -= count
        }
        masked.removeAll(keepingCapacity: true)
        masker.finish(into: &masked)
        log.append(masked)
        events.finish(in: folder)
        return AttemptEnding(
            outcome: outcome(), startedAtMilliseconds: command.startedAtMilliseconds,
            durationMilliseconds: (now - command.startedAtNanoseconds) / 1_000_000,
            leftoverProcesses: leftoverProcesses ?? 0, log: log.summary, events: events.summary, masks: events.masks)
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
