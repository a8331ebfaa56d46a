import AttemptProtocol
import CSystem
import Glibc

/// The command of a step, started: its direct process and the descriptors through which it is watched. They stay open
/// as long as the supervisor lives.
struct Command {
    let pid: pid_t
    let startedAtMilliseconds: Int64
    let startedAtNanoseconds: Int64
    /// Everything that the command writes; reading never blocks.
    let output: Int32
    /// Tells why the command could not start, and closes without a word when it did; reading never blocks.
    let failure: Int32
    /// Becomes readable when a child has ended.
    let childEvents: Int32
    let events: EventPipe
    private let session: Int32

    /// Makes what the command needs in the attempt's folder, and starts it.
    static func start(
        _ specification: LaunchSpecification, in folder: borrowing AttemptFolder, session: consuming Descriptor
    ) throws(StartFailure) -> Command {
        do throws(SystemError) {
            guard mkdirat(folder.number, AttemptFile.stepFolder, 0o700) == 0 || errno == EEXIST else {
                throw SystemError.last("mkdir", AttemptFile.stepFolder)
            }
            _ = try folder.create(AttemptFile.writtenOutputs)
            let input = try input(of: specification, in: folder)
            if !specification.earlierEvents.isEmpty {
                try folder.create(AttemptFile.earlierEvents)
                    .writeAll(specification.earlierEvents, AttemptFile.earlierEvents)
            }
            let events = EventPipe(in: folder)
            let alive = try folder.create(AttemptFile.alive)
            guard try alive.tryLock(LOCK_EX, AttemptFile.alive) == .taken else {
                throw SystemError("flock", EWOULDBLOCK, AttemptFile.alive)
            }
            let output = try pipe()
            let failure = try pipe()
            let childEvents = csystem_child_events()
            guard childEvents >= 0 else { throw SystemError.last("signalfd", "the command's end") }
            let milliseconds = SystemClock.wallMilliseconds()
            let nanoseconds = SystemClock.monotonicNanoseconds()
            let pid = CommandArguments(specification, in: folder, hasEvents: events.exists).start(
                specification, input: input, output: output.writer, alive: alive.release(),
                session: session.number, failure: failure.writer)
            guard pid >= 0 else { throw SystemError.last("fork", specification.shell.first ?? "") }
            _ = close(output.writer)
            _ = close(failure.writer)
            return Command(
                pid: pid, startedAtMilliseconds: milliseconds, startedAtNanoseconds: nanoseconds, output: output.reader,
                failure: failure.reader, childEvents: childEvents, events: events, session: session.release())
        } catch {
            throw error.call == "fork"
                ? StartFailure(stage: .process, number: error.number, subject: error.subject)
                : StartFailure(preparing: error)
        }
    }

    /// The descriptor of the command's standard input, negative where it keeps the supervisor's own. A script is a file
    /// in the attempt's folder; a request may hold secrets and stays in memory.
    private static func input(
        of specification: LaunchSpecification, in folder: borrowing AttemptFolder
    ) throws(SystemError) -> Int32 {
        guard !specification.input.isEmpty else {
            try folder.create(AttemptFile.script).writeAll(Array(specification.script.utf8), AttemptFile.script)
            return -1
        }
        let number = csystem_memory_file("workflow-request")
        guard number >= 0 else { throw .last("memfd_create", "the request") }
        let memory = Descriptor(adopting: number)
        try memory.writeAll(specification.input, "the request")
        guard lseek(memory.number, 0, SEEK_SET) == 0 else { throw .last("lseek", "the request") }
        return memory.release()
    }

    /// The command's session, nil while its record is not complete.
    func commandSession() -> CommandSession? {
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = pread(session, &bytes, bytes.count, 0)
        guard count > 0, let record = SessionRecord(parsing: Array(bytes[..<count])) else { return nil }
        return CommandSession(record)
    }

    /// Why the command could not start, once its direct process has ended; nil when it did start.
    func startFailure(_ specification: LaunchSpecification) -> StartFailure? {
        var report = csystem_start_failure()
        guard read(failure, &report, MemoryLayout.size(ofValue: report)) == MemoryLayout.size(ofValue: report) else {
            return nil
        }
        switch report.stage {
        case Int32(csystem_stage_working_directory.rawValue):
            return StartFailure(
                stage: .workingDirectory, number: report.error, subject: specification.workingDirectory)
        case Int32(csystem_stage_program.rawValue):
            return StartFailure(stage: .program, number: report.error, subject: specification.shell.first ?? "")
        default: return StartFailure(stage: .preparing, number: report.error, subject: AttemptFile.session)
        }
    }

    private static func pipe() throws(SystemError) -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [-1, -1]
        guard csystem_output_pipe(&ends) == 0 else { throw .last("pipe", "the command's output") }
        return (ends[0], ends[1])
    }
}
