import AttemptProtocol
import CSystem
import Dispatch
import Glibc

/// A program that is asked something: in a process group of its own, bounded in time and in what it prints. What it
/// leaves running is killed with it.
struct BoundedCommand: Sendable {
    enum End: Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)
        case tooLong
        case tooMuch
        /// It could not be started: the number of the error.
        case notStarted(Int32)
    }

    struct Result: Sendable {
        var end: End
        var output: [UInt8] = []
        /// The last of it.
        var errors: [UInt8] = []
    }

    let words: [String]
    /// `NAME=value`
    let environment: [[UInt8]]
    let seconds: Int
    let outputBytesMax: Int
    /// Of its standard input.
    var input: [UInt8] = []

    private static let errorBytesMax = 4096
    private static let pollMilliseconds: Int32 = 20

    /// On a thread of its own: the caller's is not blocked.
    func run() async -> Result {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: self.runHere()) }
        }
    }

    private func runHere() -> Result {
        var output: [Int32] = [-1, -1]
        var errors: [Int32] = [-1, -1]
        guard csystem_output_pipe(&output) == 0 else { return Result(end: .notStarted(errno)) }
        defer { close(output[0]) }
        guard csystem_output_pipe(&errors) == 0 else {
            close(output[1])
            return Result(end: .notStarted(errno))
        }
        defer { close(errors[0]) }
        var pid: pid_t = 0
        let number: Int32
        do throws(SystemError) {
            number = try spawn(&pid, output: output[1], errors: errors[1])
        } catch {
            number = error.number
        }
        close(output[1])
        close(errors[1])
        guard number == 0 else { return Result(end: .notStarted(number)) }
        return watch(pid, output: output[0], errors: errors[0])
    }

    private func watch(_ pid: pid_t, output: Int32, errors: Int32) -> Result {
        var result = Result(end: .tooLong)
        var status: Int32 = 0
        var hasEnded = false
        let start = ContinuousClock.now
        while true {
            if !hasEnded { hasEnded = waitpid(pid, &status, WNOHANG) == pid }
            var events = [output, errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let ready = poll(&events, 2, hasEnded ? 0 : Self.pollMilliseconds)
            let isOpen = Self.take(from: output, into: &result.output, limit: outputBytesMax + 1)
            _ = Self.take(from: errors, into: &result.errors, limit: .max)
            result.errors.removeFirst(max(0, result.errors.count - Self.errorBytesMax))
            if result.output.count > outputBytesMax {
                result.end = .tooMuch
                break
            }
            // A child that it leaves behind with the pipes is not waited for.
            if hasEnded, ready <= 0 || !isOpen { break }
            if !hasEnded, ContinuousClock.now - start > .seconds(seconds) { break }
            // Both streams are closed, and it still runs.
            if !isOpen, ready > 0 { _ = usleep(UInt32(Self.pollMilliseconds) * 1000) }
        }
        _ = kill(-pid, SIGKILL)
        if hasEnded {
            guard result.end != .tooMuch else { return result }
            let signal = status & 0x7F
            result.end = signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
        } else {
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        }
        return result
    }

    /// Takes what is there. Returns false at the end of the stream.
    private static func take(from descriptor: Int32, into bytes: inout [UInt8], limit: Int) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let wanted = min(buffer.count, limit - bytes.count)
        guard wanted > 0 else { return true }
        let count = read(descriptor, &buffer, wanted)
        if count > 0 { bytes += buffer[..<count] }
        return count > 0 || count < 0 && (errno == EAGAIN || errno == EINTR)
    }

    private func spawn(_ pid: inout pid_t, output: Int32, errors: Int32) throws(SystemError) -> Int32 {
        guard !input.isEmpty else { return spawn(&pid, input: nil, output: output, errors: errors) }
        // In memory, whole before the program starts: neither of the two ever waits for the other.
        let number = csystem_memory_file("workflow-request")
        guard number >= 0 else { throw .last("memfd_create", "the request") }
        let file = Descriptor(adopting: number)
        try file.writeAll(input, "the request")
        guard lseek(file.number, 0, SEEK_SET) == 0 else { throw .last("lseek", "the request") }
        return spawn(&pid, input: file.number, output: output, errors: errors)
    }

    private func spawn(_ pid: inout pid_t, input request: Int32?, output: Int32, errors: Int32) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let request {
            posix_spawn_file_actions_adddup2(&actions, request, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        let arguments = words.map { strdup($0) } + [nil]
        let variables = environment.map(Self.copy) + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        return posix_spawn(&pid, words[0], &actions, &attributes, arguments, variables)
    }

    private static func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar>? {
        (bytes + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { $0.baseAddress.flatMap { strdup($0) } }
        }
    }
}
