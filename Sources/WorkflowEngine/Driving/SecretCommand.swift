internal import CSystem
internal import Glibc

/// The command of a secret: bounded in time and in what it prints, with nothing of it on our own streams.
struct SecretCommand {
    enum End: Equatable {
        case exited(Int32)
        case signalled(Int32)
        /// Ended by us: it took too long, or printed more than the limit.
        case tooLong
        case tooMuch
    }

    struct Result {
        var end: End
        var output: [UInt8]
        /// The last of what it wrote on standard error.
        var errors: [UInt8]
    }

    /// More of standard error is not kept.
    private static let errorBytesMax = 4096
    private static let pollMilliseconds: Int32 = 20

    let text: String
    let folder: String
    let environment: EngineEnvironment
    let outputBytesMax: Int
    let seconds: Int

    /// - Throws: why it cannot be started.
    func run() throws(SecretSourceError) -> Result {
        let output = try Self.pipe()
        defer { close(output.reader) }
        let errors: (reader: Int32, writer: Int32)
        do {
            errors = try Self.pipe()
        } catch {
            close(output.writer)
            throw error
        }
        defer { close(errors.reader) }
        let started = spawn(output: output.writer, errors: errors.writer)
        close(output.writer)
        close(errors.writer)
        return watch(try started.get(), output: output.reader, errors: errors.reader)
    }

    private func watch(_ pid: pid_t, output: Int32, errors: Int32) -> Result {
        var result = Result(end: .tooLong, output: [], errors: [])
        var status: Int32 = 0
        var hasEnded = false
        let start = ContinuousClock.now
        // What has ended is no longer polled: poll(2) passes over a negative descriptor, and waits its time.
        var events = [output, errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while true {
            if !hasEnded { hasEnded = waitpid(pid, &status, WNOHANG) == pid }
            let ready = poll(&events, 2, hasEnded ? 0 : Self.pollMilliseconds)
            if events[0].fd >= 0, !Self.take(from: output, into: &result.output, limit: outputBytesMax + 1) {
                events[0].fd = -1
            }
            if events[1].fd >= 0, !Self.take(from: errors, into: &result.errors, limit: .max) { events[1].fd = -1 }
            result.errors.removeFirst(max(0, result.errors.count - Self.errorBytesMax))
            if result.output.count > outputBytesMax {
                result.end = .tooMuch
                break
            }
            // A child that it leaves behind with the pipes is not waited for.
            if hasEnded, ready <= 0 { break }
            if !hasEnded, ContinuousClock.now - start > .seconds(seconds) { break }
        }
        if hasEnded {
            if result.end != .tooMuch {
                let signal = status & 0x7F
                result.end = signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
            }
        } else {
            _ = kill(-pid, SIGKILL)
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

    private static func pipe() throws(SecretSourceError) -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [-1, -1]
        guard csystem_output_pipe(&ends) == 0 else { throw SecretSourceError(number: errno) }
        return (ends[0], ends[1])
    }

    /// In a process group of its own, so that it is ended with all that it has started.
    private func spawn(output: Int32, errors: Int32) -> Swift.Result<pid_t, SecretSourceError> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
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
        // The shell enters the folder itself: posix_spawn cannot everywhere.
        let words = ["/bin/sh", "-c", #"cd -- "$1" && shift && exec /bin/sh -c "$1""#, "sh", folder, text]
        let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let named = environment.variables.sorted { $0.key < $1.key }.map { Array("\($0.key)=\($0.value)".utf8) }
        let variables: [UnsafeMutablePointer<CChar>?] = (named + environment.rawVariables).map(Self.copy) + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var pid: pid_t = 0
        let error = posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments, variables)
        return error == 0 ? .success(pid) : .failure(SecretSourceError(number: error))
    }
}

extension SecretCommand {
    private static func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar>? {
        (bytes + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { $0.baseAddress.flatMap { strdup($0) } }
        }
    }
}

/// Why a secret's command cannot be started.
struct SecretSourceError: Error {
    var number: Int32
}
