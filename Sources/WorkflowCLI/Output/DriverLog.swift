internal import Glibc
internal import Workflow
internal import WorkflowCore

/// What the detached drivers of a run have said, one after the other: it has no terminal to say it to.
struct DriverLog {
    private let path: String
    private let run: RunID

    init(session: Session, run: RunID) {
        self.run = run
        path = DriverLog.path(in: session.workspace.logs, of: run)
    }

    /// - Parameter folder: of all logs.
    static func path(in folder: String, of run: RunID) -> String { "\(folder)/drivers/\(run.text).log" }

    func print(_ console: Console) throws(CommandFailure) -> ExitStatus {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw failed(errno) }
            return nothing(console)
        }
        defer { close(descriptor) }
        var isSilent = true
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while !console.output.isClosed {
            let count = read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failed(errno) }
            if count == 0 { break }
            isSilent = false
            console.output.write(Array(piece[..<count]))
        }
        return isSilent ? nothing(console) : .completed
    }

    /// A driver that goes on without trouble has nothing to say.
    private func nothing(_ console: Console) -> ExitStatus {
        console.note("no detached driver of \(run.text) has said anything")
        return .completed
    }

    private func failed(_ error: Int32) -> CommandFailure {
        CommandFailure(.inputOutput, "\(path) cannot be read: \(String(cString: strerror(error)))")
    }
}
