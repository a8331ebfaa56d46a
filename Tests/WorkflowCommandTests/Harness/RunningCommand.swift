import Glibc
import Synchronization

/// A child that may still run. Killed, with its process group, when the test lets go of it.
final class RunningCommand: Sendable {
    let pid: pid_t
    private let arguments: [String]
    private let captures: TestFolder
    /// Kept so that the folder outlives what works in it.
    private let folder: TestFolder
    private let status = Mutex<Int32?>(nil)

    init(pid: pid_t, arguments: [String], captures: TestFolder, folder: TestFolder) {
        self.pid = pid
        self.arguments = arguments
        self.captures = captures
        self.folder = folder
    }

    deinit {
        guard !hasEnded else { return }
        kill(-pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    var output: String { captures.text("output") ?? "" }
    var error: String { captures.text("error") ?? "" }

    /// Sends a signal to the program itself; what it started is left alone.
    func signal(_ number: Int32) {
        status.withLock { status in
            if status == nil { kill(pid, number) }
        }
    }

    var hasEnded: Bool {
        status.withLock { status in
            if status != nil { return true }
            var raw: Int32 = 0
            guard waitpid(pid, &raw, WNOHANG) == pid else { return false }
            let ending = raw & 0x7F
            status = ending == 0 ? raw >> 8 & 0xFF : 128 + ending
            return true
        }
    }

    /// Waits for the end. Longer than `seconds`: it is killed, and the test fails.
    @discardableResult
    func end(within seconds: Double = 60) throws -> CommandResult {
        do {
            try wait("the end", within: seconds) { hasEnded }
        } catch {
            kill(-pid, SIGKILL)
            throw error
        }
        return CommandResult(
            arguments: arguments, status: status.withLock { $0 ?? -1 }, outputBytes: captures.bytes("output") ?? [],
            errorBytes: captures.bytes("error") ?? [])
    }

    func waitForError(containing text: String, within seconds: Double = 60) throws {
        try wait("\"\(text)\" on standard error", within: seconds) { error.contains(text) }
    }

    func waitForOutput(containing text: String, within seconds: Double = 60) throws {
        try wait("\"\(text)\" on standard output", within: seconds) { output.contains(text) }
    }

    /// Looks every few milliseconds until something is so.
    func wait(_ what: String, within seconds: Double = 60, until isSo: () -> Bool) throws {
        try Waiting.until(what, within: seconds, isSo, onFailure: { "\(self.output)\n\(self.error)" })
    }
}

/// Waiting for what another process does: only at this level, where nothing tells when it has done it.
enum Waiting {
    static func until(
        _ what: String, within seconds: Double = 60, _ isSo: () -> Bool, onFailure: () -> String = { "" }
    ) throws {
        var start = timespec()
        clock_gettime(CLOCK_MONOTONIC, &start)
        while !isSo() {
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            guard Double(now.tv_sec - start.tv_sec) < seconds else {
                throw HarnessError("waited \(seconds) s in vain for \(what)\n\(onFailure())")
            }
            usleep(3000)
        }
    }
}
