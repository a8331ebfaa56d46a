import AttemptProtocol
import Glibc
import JSON
import Testing

@testable import WorkflowExecutors

@Suite("A command under its supervisor")
struct CommandTests {
    @Test("Success, outputs and log are recorded")
    func success() async throws {
        let bench = try Workbench()
        let (id, end) = try await bench.run(
            "echo hello; echo vpc=vpc-1 >> $WORKFLOW_OUTPUT; echo n=3 >> $WORKFLOW_OUTPUT")
        #expect(end.outcome == .ended(.exited(0)))
        #expect(end.outputs == .success(["vpc": "vpc-1", "n": 3]))
        #expect(contents(bench.log(id)) == "hello\n")
        #expect(end.log == LogSummary(bytes: 6))
        #expect(end.leftoverProcesses == 0)
        try bench.executor.discard(id)
        #expect(try bench.executor.leftovers() == [])
        #expect(contents(bench.log(id)) == "hello\n")
    }

    @Test(
        "Failure and death by a signal are told apart",
        arguments: [
            ("exit 3", ProcessEnd.exited(3)), ("kill -SEGV $$", .signalled(SIGSEGV)), ("false; true", .exited(1)),
        ])
    func failure(_ script: String, _ end: ProcessEnd) async throws {
        let bench = try Workbench()
        #expect(try await bench.run(script).end.outcome == .ended(end))
    }
}
