import AttemptProtocol
import Glibc
import JSON
import Testing

@testable import WorkflowExecutors

@Suite("Ending a command and all that it started")
struct EndingTests {
    @Test("A timeout ends the whole tree, and is recorded as one")
    func timeout() async throws {
        let bench = try Workbench()
        let (_, end) = try await bench.run(
            "sleep 61 & (sleep 62 & sleep 63) & echo $$ > $BENCH/pid; sleep 64"
        ) { $0.timeout = .milliseconds(200) }
        #expect(end.outcome == .timedOut(.signalled(SIGTERM)))
        #expect(try sessionIsEmpty(bench))
        #expect((150..<30_000).contains(end.durationMilliseconds))
    }

    @Test("What ignores SIGTERM is killed after the grace")
    func killAfter() async throws {
        let bench = try Workbench()
        let (_, end) = try await bench.run(
            "trap '' TERM; sleep 61 & echo $$ > $BENCH/pid; while true; do sleep 0.05 || true; done"
        ) {
            $0.timeout = .milliseconds(150)
            $0.killAfter = .milliseconds(150)
        }
        #expect(end.outcome == .timedOut(.signalled(SIGKILL)))
        #expect(try sessionIsEmpty(bench))
    }

    @Test("A command that ends well at its timeout has still timed out")
    func graceful() async throws {
        let bench = try Workbench()
        let (id, end) = try await bench.run("trap 'echo bye; exit 0' TERM; while true; do sleep 0.01; done") {
            $0.timeout = .milliseconds(150)
        }
        #expect(end.outcome == .timedOut(.exited(0)))
        #expect(contents(bench.log(id))?.hasSuffix("bye\n") == true)
    }

    @Test("A stopped command can be ended")
    func stopped() async throws {
        let bench = try Workbench()
        let (_, end) = try await bench.run("kill -STOP $$") { $0.timeout = .milliseconds(150) }
        #expect(end.outcome == .timedOut(.signalled(SIGTERM)))
    }

    @Test("A request ends the command; asked again, it can only end sooner")
    func cancel() async throws {
        let bench = try Workbench()
        let id = try bench.launch("trap '' TERM; echo $$ > $BENCH/pid; while true; do sleep 0.05 || true; done")
        try eventually("the command runs") { contents(bench.file("pid"))?.hasSuffix("\n") == true }
        try bench.executor.requestCancel(id, grace: .seconds(3600))
        try eventually("the request is there") { bytes("\(bench.folder(id))/\(AttemptFile.cancel)") != nil }
        try bench.executor.requestCancel(id, grace: .zero)
        let end = try await bench.end(of: id)
        #expect(end.outcome == .cancelled(.signalled(SIGKILL)))
        #expect(try sessionIsEmpty(bench))
    }

    @Test("A request that comes before the supervisor is obeyed")
    func earlyCancel() async throws {
        let bench = try Workbench()
        let id = try bench.newIdentity()
        try bench.executor.prepare(id)
        try bench.executor.requestCancel(id, grace: .seconds(5))
        try bench.executor.launch(id, bench.spec("sleep 60", id))
        #expect(try await bench.end(of: id).outcome == .cancelled(.signalled(SIGTERM)))
    }

    @Test("What the command leaves behind in its session is ended and counted")
    func leftovers() async throws {
        try await expectFastest(under: 1_500) {
            let bench = try Workbench()
            let (_, end) = try await bench.run(
                "echo $$ > $BENCH/pid; for i in 1 2 3; do sleep 60 >/dev/null 2>&1 & done")
            #expect(end.outcome == .ended(.exited(0)))
            #expect(end.leftoverProcesses == 3)
            #expect(try sessionIsEmpty(bench))
            return end
        }
    }

    @Test("What is left behind and ignores SIGTERM is killed")
    func stubbornLeftover() async throws {
        let bench = try Workbench()
        let (_, end) = try await bench.run(
            "echo $$ > $BENCH/pid; (trap '' TERM; while true; do sleep 0.05 || true; done) >/dev/null 2>&1 &"
        ) { $0.killAfter = .milliseconds(200) }
        #expect(end.outcome == .ended(.exited(0)))
        #expect(end.leftoverProcesses >= 1)
        #expect(try sessionIsEmpty(bench))
    }

    @Test("An output that is held open is waited for at most two seconds")
    func heldOutput() async throws {
        let bench = try Workbench()
        let (id, end) = try await bench.run("echo $$ > $BENCH/pid; sleep 60 & echo done")
        #expect(end.outcome == .ended(.exited(0)))
        #expect(contents(bench.log(id)) == "done\n")
        #expect(end.leftoverProcesses == 1)
        #expect(end.durationMilliseconds >= 1_900)
        #expect(try sessionIsEmpty(bench))
    }

    @Test("Output that comes soon after the end is not lost")
    func lateOutput() async throws {
        try await expectFastest(under: 1_900) {
            let bench = try Workbench()
            let (id, end) = try await bench.run("(sleep 0.2; echo late) & echo early")
            #expect(contents(bench.log(id)) == "early\nlate\n")
            #expect(end.leftoverProcesses == 0)
            return end
        }
    }

    @Test("A daemon with a session of its own survives")
    func daemon() async throws {
        let bench = try Workbench()
        let (_, end) = try await bench.run(
            "setsid sh -c 'echo $$ > $BENCH/daemon.tmp; mv $BENCH/daemon.tmp $BENCH/daemon; exec sleep 600' "
                + ">/dev/null 2>&1 & while [ ! -e $BENCH/daemon ]; do sleep 0.01; done")
        #expect(end.outcome == .ended(.exited(0)))
        #expect(end.leftoverProcesses == 0)
        let pid = try #require(pid_t(contents(bench.file("daemon"))?.dropLast() ?? ""))
        #expect(kill(pid, 0) == 0)
        #expect(kill(pid, SIGKILL) == 0)
    }

    @Test("Orphans are reaped while the command runs")
    func orphans() async throws {
        let bench = try Workbench()
        let id = try bench.launch(
            "for i in $(seq 20); do (sh -c 'true' &) ; done; sleep 0.2; touch $BENCH/ready; mkfifo $BENCH/go; cat "
                + "$BENCH/go"
        )
        try eventually("the command waits") { access(bench.file("go"), F_OK) == 0 }
        let supervisor = try bench.supervisor(of: id)
        let children = contents("/proc/\(supervisor)/task/\(supervisor)/children")?.split(separator: " ").count
        #expect(children == 1)
        try write("go\n", to: bench.file("go"))
        _ = try await bench.end(of: id)
    }

    private func sessionIsEmpty(_ bench: Workbench) throws -> Bool {
        let pid = try #require(pid_t(contents(bench.file("pid"))?.dropLast() ?? ""))
        return try CommandSession(SessionRecord(id: pid, startTime: 0)).members().isEmpty
    }
}
