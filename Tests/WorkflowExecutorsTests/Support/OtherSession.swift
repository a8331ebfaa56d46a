import AttemptProtocol
import CSystem
import Glibc
import Testing

/// A process that leads a session of its own and does nothing: one whose id an earlier session may have had. Ended and
/// reaped with `end()`, or with the value.
final class OtherSession {
    let pid: pid_t
    /// In clock ticks since boot.
    let startTime: UInt64
    private var hasEnded = false

    init() throws {
        let input = try Descriptor.open("/dev/null", O_RDONLY)
        let arguments = [strdup("sleep"), strdup("60"), nil]
        defer { for argument in arguments { free(argument) } }
        var started: pid_t = 0
        try #require(csystem_spawn_session(&started, "/bin/sleep", arguments, environ, input.number, -1) == 0)
        pid = started
        startTime = try #require(ProcessStatus.of(started)).startTime
        try #require(getsid(started) == started)
    }

    deinit {
        end()
    }

    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        _ = kill(pid, SIGKILL)
        var status: Int32 = 0
        _ = waitpid(pid, &status, 0)
    }
}
