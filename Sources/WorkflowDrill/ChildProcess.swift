package import CSystem
@preconcurrency internal import Glibc

/// A process of ours that is told what to do line by line and answers so, or that just runs to its end.
package final class ChildProcess {
    package let pid: pid_t
    private var input: Int32
    private var output: Int32
    private var pending: [UInt8] = []
    private var exitStatus: Int32?

    /// - Parameters:
    ///   - program: a path.
    ///   - errors: where its standard error is appended.
    package init(
        _ program: String, _ arguments: [String], environment: [String: String], errors: String
    ) throws(DrillFailure) {
        var orders: [Int32] = [-1, -1]
        var answers: [Int32] = [-1, -1]
        guard csystem_pipe(&orders) == 0, csystem_pipe(&answers) == 0 else { throw Self.failed("pipe", errno) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, orders[0], 0)
        posix_spawn_file_actions_adddup2(&actions, answers[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        // A group of its own: Ctrl-C is for the drill, which ends its children itself.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        let argumentPointers = arguments.map { strdup($0) } + [nil]
        let variablePointers = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argumentPointers + variablePointers { free(pointer) } }
        var started: pid_t = 0
        let error = posix_spawn(&started, program, &actions, &attributes, argumentPointers, variablePointers)
        close(orders[0])
        close(answers[1])
        pid = started
        input = orders[1]
        output = answers[0]
        guard error == 0 else { throw Self.failed(program, error) }
    }

    deinit {
        kill()
        close(input)
        close(output)
    }

    /// The child may be gone: then this goes nowhere.
    package func send(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
    }

    /// The next line; nil at the end.
    package func receive() -> [UInt8]? {
        while true {
            if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(pending[..<end])
                pending.removeSubrange(...end)
                return line
            }
            var piece = [UInt8](repeating: 0, count: 65_536)
            let count = read(output, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            pending += piece[..<count]
        }
    }

    /// Ends it as a crash does.
    package func kill() {
        guard exitStatus == nil else { return }
        _ = Glibc.kill(pid, SIGKILL)
        _ = wait()
    }

    /// Its exit status, once it has ended; 128 and the signal where one ended it.
    @discardableResult
    package func wait() -> Int32 {
        if let exitStatus { return exitStatus }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let number = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
        exitStatus = number
        return number
    }

    private static func failed(_ what: String, _ error: Int32) -> DrillFailure {
        DrillFailure(.inputOutput, "\(what): \(String(cString: strerror(error)))")
    }
}
