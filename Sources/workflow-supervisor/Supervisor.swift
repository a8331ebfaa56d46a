import AttemptProtocol
import CSystem
import Glibc

/// The life of a supervisor: read the specification, take the claim, run the command, leave the exit record.
///
/// Whoever finds the attempt's folder after a crash, at whatever instruction, can tell from it what is true:
/// - no `claim`, and nothing that only its holder makes: nothing began, and nothing will once the name is taken;
/// - `claim` locked: this process lives;
/// - `claim` free, `alive` free, `session` there and incomplete: nothing began, as the command's own process completes
///   that record before it becomes the command, and nobody is left to do so;
/// - `exit`: how it ended, whole and durable;
/// - a record that is missing beside traces of later ones, or is no plain file: somebody meddled, and nothing is
///   proved;
/// - otherwise the command began, and its outcome is lost with this process.
enum Supervisor {
    static func run(arguments: [String]) -> SupervisorExit {
        if arguments.dropFirst() == [AttemptProtocolVersion.argument] { return sayVersion() }
        if arguments.last == AttemptProtocolVersion.stayArgument {
            csystem_outlive_descendants()
            return .done
        }
        guard (3...5).contains(arguments.count) else { return .usage }
        guard csystem_close_from(3) == 0, csystem_become_supervisor() == 0 else { return .writing }
        let specification: LaunchSpecification
        do {
            let input = try Descriptor(adopting: 0).readWhole(limit: LaunchSpecification.bytesMax, "the specification")
            specification = try LaunchSpecification(parsing: input ?? [])
        } catch {
            return .specification
        }
        guard specification.attemptID == arguments[2] else { return .specification }
        let report = fcntl(1, F_DUPFD_CLOEXEC, 3)
        guard takeNullDescriptors() else { return .writing }
        let exit = supervise(specification, in: arguments[1], driver: DriverLine(report))
        if csystem_has_children() != 0 { stay(arguments, report: report) }
        return exit
    }

    /// Stays as the parent of what the command left running with a session of its own, until the last of it has ended:
    /// whoever asks for a decision can be traced back to the step. The attempt is settled by now and let go of, and
    /// whoever waits for that is told. Begun anew for it, the process needs little memory and keeps no secret.
    private static func stay(_ arguments: [String], report: Int32) {
        if report >= 0 { _ = write(report, [LaunchReport.stays], 1) }
        _ = csystem_close_from(3)
        let pointers = (arguments + [AttemptProtocolVersion.stayArgument]).map { strdup($0) } + [nil]
        _ = execve("/proc/self/exe", pointers, environ)
        csystem_outlive_descendants()
    }

    private static func sayVersion() -> SupervisorExit {
        let line = Array((AttemptProtocolVersion.name + "\n").utf8)
        return write(1, line, line.count) == line.count ? .done : .writing
    }

    private static func supervise(
        _ specification: LaunchSpecification, in path: String, driver: DriverLine
    ) -> SupervisorExit {
        guard let folder = AttemptFolder(path: path), folder.belongs(to: specification) else { return .folder }
        guard let session = try? folder.openSession() else { return .writing }
        let claim: Descriptor
        do {
            guard let taken = try folder.takeClaim(for: specification) else { return .taken }
            claim = taken
        } catch {
            return .writing
        }
        // Without room for the exit record nothing may begin.
        guard let settlement = try? Settlement(in: folder, specification: specification) else { return .writing }
        settlement.settle(attend(specification, in: folder, session: session, driver: driver), in: folder)
        // The lock goes last, after the record that whoever waits for it wants to read.
        _ = claim
        return .done
    }

    private static func attend(
        _ specification: LaunchSpecification, in folder: borrowing AttemptFolder, session: consuming Descriptor,
        driver: DriverLine
    ) -> AttemptEnding {
        do throws(StartFailure) {
            let log = try openLog(specification)
            let cancellation = CancellationWatch(in: folder)
            let command = try Command.start(specification, in: folder, session: session)
            return Supervision(
                of: command, specification: specification, log: log, cancellation: cancellation, driver: driver
            ).run(in: folder)
        } catch {
            return AttemptEnding(outcome: .couldNotStart(error))
        }
    }

    private static func openLog(_ specification: LaunchSpecification) throws(StartFailure) -> LogWriter {
        do {
            return try LogWriter(path: specification.logPath, limitBytes: Int(clamping: specification.logLimitBytes))
        } catch {
            throw StartFailure(preparing: error)
        }
    }

    /// Standard input, output and error to nowhere: nothing of the engine's is kept, and the command's input is empty.
    private static func takeNullDescriptors() -> Bool {
        let null = open("/dev/null", O_RDWR)
        guard null >= 0 else { return false }
        for number: Int32 in 0...2 where number != null {
            guard dup2(null, number) >= 0 else { return false }
        }
        if null > 2 { _ = close(null) }
        return true
    }
}
