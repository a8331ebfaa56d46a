import AttemptProtocol
import Glibc
import JSON
import Testing

@testable import WorkflowExecutors

@Suite("A supervisor whose system calls fail")
struct FaultTests {
    private func conclusion(
        _ script: String, injecting fault: String, _ bench: Workbench,
        whileRunning: (ShellExecutor, AttemptIdentity) throws -> Void = { _, _ in }
    ) async throws -> AttemptConclusion {
        let executor = try ShellExecutor(
            attemptsFolder: bench.file("attempts"), supervisorPath: TracedSupervisor.make(in: bench),
            place: Workbench.place)
        let id = try bench.newIdentity()
        try executor.prepare(id)
        try write("-o /dev/null -e inject=\(fault)", to: "\(bench.folder(id))/strace")
        try executor.launch(id, bench.spec(script, id))
        try whileRunning(executor, id)
        return try await executor.conclusion(of: id, secrets: [], followingLeftovers: true)
    }

    @Test(
        "The outcome is not lost to a disk that fails for a while",
        arguments: [
            "fdatasync:error=EIO:when=1", "fdatasync:error=ENOSPC:when=2", "pwrite64:error=ENOSPC:when=1",
            "renameat:error=EROFS:when=1", "fsync:error=EIO:when=1",
        ])
    func settling(_ fault: String) async throws {
        let bench = try Workbench()
        let start = ContinuousClock.now
        let conclusion = try await conclusion("echo a=1 >> $WORKFLOW_OUTPUT; exit 7", injecting: fault, bench)
        #expect(ContinuousClock.now - start >= .seconds(1), "the fault did not happen")
        guard case .ended(let end) = conclusion else { throw Unexpected(what: "\(conclusion)") }
        #expect(end.outcome == .ended(.exited(7)))
        #expect(end.outputs == .success(["a": "1"]))
    }

    @Test(
        "Without room for its end a command does not begin",
        arguments: ["fallocate:error=ENOSPC", "linkat:error=ENOSPC"])
    func noRoom(_ fault: String) async throws {
        let bench = try Workbench()
        let conclusion = try await conclusion("touch $BENCH/begun", injecting: fault, bench)
        guard case .lost(.neverBegan, supervisor: .writing) = conclusion else {
            throw Unexpected(what: "\(conclusion)")
        }
        #expect(contents(bench.file("begun")) == nil)
    }

    @Test("Where no process can be made the attempt ends with that")
    func noProcess() async throws {
        let bench = try Workbench()
        let conclusion = try await conclusion("touch $BENCH/begun", injecting: "clone:error=EAGAIN", bench)
        guard case .ended(let end) = conclusion, case .couldNotStart(let failure) = end.outcome else {
            throw Unexpected(what: "\(conclusion)")
        }
        #expect(failure == StartFailure(stage: .process, number: EAGAIN, subject: "bash"))
        #expect(contents(bench.file("begun")) == nil)
    }

    @Test("Where no named pipe can be made a request is still obeyed")
    func noWatch() async throws {
        let bench = try Workbench()
        let conclusion = try await conclusion(
            "touch $BENCH/begun; sleep 60", injecting: "mknodat:error=EPERM", bench
        ) { executor, id in
            try eventually("the command runs") { contents(bench.file("begun")) != nil }
            try executor.requestCancel(id, grace: .seconds(5))
        }
        guard case .ended(let end) = conclusion else { throw Unexpected(what: "\(conclusion)") }
        #expect(end.outcome == .cancelled(.signalled(SIGTERM)))
    }

    @Test("A log that cannot be written does not stop the step")
    func fullLog() async throws {
        let bench = try Workbench()
        let (_, end) = try await bench.run("head -c 200000 /dev/zero; echo a=1 >> $WORKFLOW_OUTPUT") {
            $0.logPath = "/dev/full"
        }
        #expect(end.outcome == .ended(.exited(0)))
        #expect(end.outputs == .success(["a": "1"]))
        #expect(end.log == LogSummary(lostBytes: 200_000))
    }
}
