import AttemptProtocol
import Glibc
package import JSON

/// Writes events of the attempt that this process is a part of, and returns when each is kept.
///
/// Writers share the pipe under a lock, so that a line longer than the pipe takes at once stays whole. None of the
/// waits is without an end: a supervisor that is gone, or does not answer, is an error.
package struct EventWriter: Sendable {
    /// Why an event was not taken.
    package enum Problem: Error, Sendable, Equatable {
        /// The supervisor said so; the message is its own.
        case refused(String)
        /// Nobody is there to keep it.
        case unavailable(String)
    }

    /// A supervisor answers within a sync of the disk; one that takes longer is stopped, or its disk is.
    private static let patienceNanoseconds: Int64 = 60_000_000_000
    private static let lookMilliseconds: Int32 = 100

    /// `$WORKFLOW_EVENTS`.
    private let path: String
    private let folder: String

    package init(path: String) {
        self.path = path
        folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    package func write(_ members: [String: JSONValue]) throws(Problem) {
        do {
            let pipe = try openPipe()
            let name = EventReply.name("\(getpid())-\(SystemClock.monotonicNanoseconds())")
            guard mkfifo("\(folder)/\(name)", 0o600) == 0 else { throw SystemError.last("mkfifo", name) }
            defer { _ = unlink("\(folder)/\(name)") }
            let reply = try Descriptor.open("\(folder)/\(name)", O_RDWR | O_NONBLOCK)
            var members = members
            members["reply"] = .string(name)
            guard let line = try? JSONValue.object(members).compactBytes() else {
                throw Problem.refused("the event is nested too deeply")
            }
            // Behind an empty line: one that another writer was cut short in ends there, and takes none of ours with
            // it.
            try send([UInt8(ascii: "\n")] + line + [UInt8(ascii: "\n")], to: pipe)
            guard case .refused(let why) = try answer(on: reply) else { return }
            throw Problem.refused(why)
        } catch let problem as Problem {
            throw problem
        } catch let error as SystemError {
            throw .unavailable("the event cannot be written: \(error)")
        } catch {
            throw .unavailable("the event cannot be written: \(error)")
        }
    }

    private func openPipe() throws -> Descriptor {
        let number = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else {
            throw [ENXIO, ENOENT, ENOTDIR].contains(errno) ? gone() : SystemError.last("open", path) as any Error
        }
        let pipe = Descriptor(adopting: number)
        guard try pipe.status(path).st_mode & S_IFMT == S_IFIFO else {
            throw Problem.unavailable("\(path), which WORKFLOW_EVENTS names, is no pipe of a supervisor's")
        }
        return pipe
    }

    private func send(_ bytes: [UInt8], to pipe: borrowing Descriptor) throws {
        let givenUpAt = SystemClock.monotonicNanoseconds() + Self.patienceNanoseconds
        while try pipe.tryLock(LOCK_EX, path) == .held {
            try keepWaiting(until: givenUpAt)
            _ = usleep(1000)
        }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(pipe.number, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if count >= 0 {
                done += count
            } else if errno == EAGAIN {
                try keepWaiting(until: givenUpAt)
                wait(for: pipe.number, POLLOUT)
            } else if errno != EINTR {
                throw SystemError.last("write", path)
            }
        }
        _ = flock(pipe.number, LOCK_UN)
    }

    private func answer(on reply: borrowing Descriptor) throws -> EventReply {
        let givenUpAt = SystemClock.monotonicNanoseconds() + Self.patienceNanoseconds
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(reply.number, &chunk, chunk.count)
            if count > 0 {
                bytes += chunk[..<count]
                if let reply = EventReply(parsing: bytes) { return reply }
            } else {
                try keepWaiting(until: givenUpAt)
                wait(for: reply.number, POLLIN)
            }
        }
    }

    private func wait(for descriptor: Int32, _ event: Int32) {
        var event = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        _ = poll(&event, 1, Self.lookMilliseconds)
    }

    private func keepWaiting(until givenUpAt: Int64) throws {
        guard isSupervised else { throw gone() }
        guard SystemClock.monotonicNanoseconds() < givenUpAt else {
            throw Problem.unavailable("the step's supervisor does not answer: look for it with `ps`, it may be stopped")
        }
    }

    /// False where the claim of the attempt is nobody's any more. From where it cannot be seen it may be somebody's.
    private var isSupervised: Bool {
        guard let claim = try? Descriptor.open("\(folder)/../\(AttemptFile.claim)", O_RDONLY | O_NOFOLLOW),
            let lock = try? claim.tryLock(LOCK_SH, AttemptFile.claim)
        else { return true }
        return lock == .held
    }

    private func gone() -> Problem {
        .unavailable("the step's supervisor is gone, so the event was not kept: the step is in doubt, let it end")
    }
}
