import Glibc
import Terminal
import WorkflowTestKit

/// The real program in a session and terminal of its own: what it writes goes to an emulator.
final class TerminalSession {
    let pid: pid_t
    private(set) var screen: ScreenEmulator
    /// Everything that was written.
    private(set) var bytes: [UInt8] = []
    private let keyboard: Int32
    private let folder: TestFolder
    private var status: Int32?

    init(
        _ arguments: [String], in folder: TestFolder, columns: Int = 80, rows: Int = 24,
        environment: [String: String] = [:]
    ) throws {
        self.folder = folder
        screen = ScreenEmulator(columns: columns, rows: rows)
        // Linux: unlock the other end, and ask for its number (TIOCSPTLCK, TIOCGPTN).
        let keyboard = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var lock: Int32 = 0
        var number: Int32 = 0
        guard keyboard >= 0, ioctl(keyboard, UInt(0x4004_5431), &lock) == 0,
            ioctl(keyboard, UInt(0x8004_5430), &number) == 0
        else { throw HarnessError("no terminal: errno \(errno)") }
        self.keyboard = keyboard
        _ = fcntl(keyboard, F_SETFL, O_NONBLOCK)
        let terminal = "/dev/pts/\(number)"
        TerminalSession.setSize(keyboard, columns, rows)

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // The first terminal that the leader of a session opens becomes its own.
        posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        let setSession: Int32 = 0x80
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | setSession))
        var variables = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder.path, "LANG": "C.UTF-8", "TERM": "xterm-256color",
        ]
        variables.merge(environment) { _, new in new }
        let argumentPointers = (["env", "-C", folder.path, Command.program] + arguments).map { strdup($0) } + [nil]
        let variablePointers = variables.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argumentPointers + variablePointers { free(pointer) } }
        var pid: pid_t = 0
        let error = posix_spawn(&pid, "/usr/bin/env", &actions, &attributes, argumentPointers, variablePointers)
        guard error == 0 else { throw HarnessError("\(Command.program) cannot be started: errno \(error)") }
        self.pid = pid
    }

    deinit {
        if status == nil {
            kill(pid, SIGKILL)
            var raw: Int32 = 0
            waitpid(pid, &raw, 0)
        }
        close(keyboard)
    }

    /// As if typed.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(keyboard, bytes, bytes.count)
    }

    func resize(columns: Int, rows: Int) {
        take()
        screen.resize(columns: columns, rows: rows)
        TerminalSession.setSize(keyboard, columns, rows)
    }

    /// What is typed is shown.
    var echoes: Bool {
        var modes = termios()
        return tcgetattr(keyboard, &modes) == 0 && modes.c_lflag & tcflag_t(ECHO) != 0
    }

    func wait(_ what: String, within seconds: Double = 60, until isSo: (ScreenEmulator) -> Bool) throws {
        try Waiting.until(
            what, within: seconds,
            {
                take()
                return isSo(screen)
            }, onFailure: { self.screen.text.joined(separator: "\n") })
    }

    /// The exit status; 128 and the signal where one ended it.
    func end(within seconds: Double = 60) throws -> Int32 {
        try Waiting.until(
            "the end", within: seconds,
            {
                take()
                var raw: Int32 = 0
                guard waitpid(pid, &raw, WNOHANG) == pid else { return false }
                let ending = raw & 0x7F
                status = ending == 0 ? raw >> 8 & 0xFF : 128 + ending
                return true
            }, onFailure: { self.screen.text.joined(separator: "\n") })
        take()
        return status ?? -1
    }

    private func take() {
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(keyboard, &piece, piece.count)
            guard count > 0 else { return }
            bytes += piece[..<count]
            screen.feed(Array(piece[..<count]))
        }
    }

    private static func setSize(_ terminal: Int32, _ columns: Int, _ rows: Int) {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(terminal, UInt(TIOCSWINSZ), &size)
    }
}
