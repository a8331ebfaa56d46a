import AttemptProtocol
import Glibc
import JSON
import Testing

@testable import WorkflowExecutors

@Suite("What a resuming engine finds")
struct RecoveryTests {
    @Test("A supervisor that lives is attached to again, by any number of waiters")
    func reattach() async throws {
        let bench = try Workbench()
        let id = try bench.launch("mkfifo $BENCH/go; cat $BENCH/go; echo a=1 >> $WORKFLOW_OUTPUT")
        try eventually("the command waits") { access(bench.file("go"), F_OK) == 0 }
        let engine = try bench.nextEngine()
        guard case .reattach(let process) = try engine.verdict(of: id, secrets: []) else {
            throw Unexpected(what: "no supervisor found")
        }
        let supervisor = try bench.supervisor(of: id)
        #expect(process.pid == supervisor)
        async let first = engine.conclusion(of: id, secrets: [], followingLeftovers: true)
        async let second = engine.conclusion(of: id, secrets: [], followingLeftovers: true)
        try write("go\n", to: bench.file("go"))
        let (one, other) = try await (first, second)
        #expect(one == other)
        guard case .ended(let end) = one else { throw Unexpected(what: "\(one)") }
        #expect(end.outputs == .success(["a": "1"]))
        #expect(try engine.verdict(of: id, secrets: []) == .settled(end))
    }

    @Test("Waiting stops with the task, and the attempt goes on")
    func stoppedWaiting() async throws {
        let bench = try Workbench()
        let id = try bench.launch("mkfifo $BENCH/go; cat $BENCH/go")
        try eventually("the command waits") { access(bench.file("go"), F_OK) == 0 }
        for engine in [bench.executor, try bench.nextEngine()] {
            await withTaskGroup(of: AttemptConclusion?.self) { group in
                group.addTask { try? await engine.conclusion(of: id, secrets: [], followingLeftovers: true) }
                group.cancelAll()
                #expect(await group.next() == .stoppedWaiting)
            }
        }
        try write("go\n", to: bench.file("go"))
        #expect(try await bench.end(of: id).outcome == .ended(.exited(0)))
    }

    @Test("A command without its supervisor is still running, then in doubt")
    func stillRunning() async throws {
        let bench = try Workbench()
        let id = try bench.launch("mkfifo $BENCH/go; cat $BENCH/go")
        try eventually("the command waits") { access(bench.file("go"), F_OK) == 0 }
        try bench.killSupervisor(of: id)
        let engine = try bench.nextEngine()
        try eventually("the supervisor is gone") {
            if case .stillRunning = try engine.verdict(of: id, secrets: []) { true } else { false }
        }
        guard case .stillRunning(let processes) = try engine.verdict(of: id, secrets: []) else {
            throw Unexpected(what: "not running")
        }
        #expect(processes.map(\.name).contains("cat"))
        async let conclusion = engine.conclusion(of: id, secrets: [], followingLeftovers: true)
        try write("go\n", to: bench.file("go"))
        #expect(try await conclusion == .lost(.inDoubt(.outcomeLost), supervisor: nil))
    }

    @Test("What still runs can be ended")
    func endStillRunning() async throws {
        let bench = try Workbench()
        let id = try bench.launch("trap '' TERM; mkfifo $BENCH/go; while true; do sleep 0.05 || true; done")
        try eventually("the command waits") { access(bench.file("go"), F_OK) == 0 }
        try bench.killSupervisor(of: id)
        let engine = try bench.nextEngine()
        try eventually("the supervisor is gone") {
            if case .stillRunning = try engine.verdict(of: id, secrets: []) { true } else { false }
        }
        let orphaned = try await engine.conclusion(of: id, secrets: [], followingLeftovers: false)
        guard case .orphaned(let left) = orphaned, !left.isEmpty else { throw Unexpected(what: "\(orphaned)") }
        let ending = Task { try await engine.endStillRunning(id, stop: .standard, grace: .milliseconds(50)) }
        // What has begun to end is seen to its end, whoever still wants to know.
        ending.cancel()
        #expect(try await ending.value == [])
        #expect(try engine.verdict(of: id, secrets: []) == .inDoubt(.outcomeLost))
        #expect(try await engine.endStillRunning(id, stop: .standard, grace: .zero) == [])
    }

    @Test("What still runs and may not be killed is asked to end, marked, and left; a person ends it")
    func neverKilled() async throws {
        let bench = try Workbench()
        let id = try bench.launch(
            "trap 'echo asked >> $BENCH/asked' INT; touch $BENCH/up; while true; do sleep 0.02; done")
        try eventually("the command runs") { access(bench.file("up"), F_OK) == 0 }
        try bench.killSupervisor(of: id)
        let engine = try bench.nextEngine()
        let stop = StopOrder(signal: SIGINT, target: .leader, kill: .never)
        #expect(!engine.isNotEnding(attempt: id.attemptID))
        let left = try await engine.endStillRunning(id, stop: stop, grace: .milliseconds(50))
        #expect(!left.isEmpty)
        try eventually("it was asked") { contents(bench.file("asked")) == "asked\n" }
        #expect(engine.isNotEnding(attempt: id.attemptID))
        #expect(try await engine.endStillRunning(id, stop: .standard, grace: .zero) == [])
    }

    @Test("A command that ends when it is asked takes along what it leaves, also where it may not be killed")
    func askedLeader() async throws {
        let bench = try Workbench()
        let id = try bench.launch(
            "trap 'echo asked >> $BENCH/asked; exit 3' INT; (trap '' TERM INT; while true; do sleep 0.02; done) & "
                + "touch $BENCH/up; while true; do sleep 0.02; done")
        try eventually("the command runs") { access(bench.file("up"), F_OK) == 0 }
        try bench.killSupervisor(of: id)
        let engine = try bench.nextEngine()
        let stop = StopOrder(signal: SIGINT, target: .leader, kill: .never)
        #expect(try await engine.endStillRunning(id, stop: stop, grace: .seconds(1)) == [])
        #expect(contents(bench.file("asked")) == "asked\n")
        #expect(!engine.isNotEnding(attempt: id.attemptID))
    }

    @Test("Where processes cannot be known, no end is claimed")
    func hiddenProcesses() async throws {
        let bench = try Workbench()
        let id = try bench.launch("mkfifo $BENCH/go; cat $BENCH/go")
        try eventually("the command waits") { access(bench.file("go"), F_OK) == 0 }
        // Watched by a supervisor that lives, or without a folder to look into.
        for identity in [id, try bench.newIdentity()] {
            await #expect {
                _ = try await bench.executor.endStillRunning(identity, stop: .standard, grace: .zero)
            } throws: {
                ($0 as? ExecutorError)?.code == .attemptFolder
            }
        }
        try write("go\n", to: bench.file("go"))
        #expect(try await bench.end(of: id).outcome == .ended(.exited(0)))
    }

    @Test("A supervisor without a descriptor is waited for all the same")
    func childWithoutDescriptor() async throws {
        var pid: pid_t = 0
        let arguments = [strdup("sh"), strdup("-c"), strdup("exit 2"), nil]
        defer { for argument in arguments { free(argument) } }
        #expect(posix_spawn(&pid, "/bin/sh", nil, nil, arguments, environ) == 0)
        let child = WatchedProcess.childWithoutDescriptor(pid)
        async let other = child.ended()
        #expect(await child.ended())
        #expect(await other)
        #expect(child.waitStatus == 2 << 8)
    }

    @Test("A command that had ended by itself is not cancelled by a request noticed at the same time")
    func endedBeforeCancel() async throws {
        let bench = try Workbench()
        let id = try bench.launch("echo $$ > $BENCH/pid; mkfifo $BENCH/go; cat $BENCH/go")
        try eventually("the command waits") { access(bench.file("go"), F_OK) == 0 }
        let supervisor = try bench.supervisor(of: id)
        let command = try #require(pid_t(contents(bench.file("pid"))?.dropLast() ?? ""))
        #expect(kill(supervisor, SIGSTOP) == 0)
        try write("go\n", to: bench.file("go"))
        try eventually("the command has ended") { ProcessStatus.of(command)?.hasEnded == true }
        try bench.executor.requestCancel(id, grace: .seconds(1))
        #expect(kill(supervisor, SIGCONT) == 0)
        #expect(try await bench.end(of: id).outcome == .ended(.exited(0)))
    }

    @Test("A daemon that holds the alive lock does not make an ended step run on")
    func daemonWithoutSupervisor() throws {
        let bench = try Workbench()
        let id = try bench.launch(
            "setsid sleep 60 >/dev/null 2>&1 & echo $! > $BENCH/daemon; mkfifo $BENCH/go; cat $BENCH/go")
        try eventually("the command waits") { access(bench.file("go"), F_OK) == 0 }
        try bench.killSupervisor(of: id)
        try write("go\n", to: bench.file("go"))
        let engine = try bench.nextEngine()
        try eventually("the step is over") { try engine.verdict(of: id, secrets: []) == .inDoubt(.outcomeLost) }
        let daemon = try #require(pid_t(contents(bench.file("daemon"))?.dropLast() ?? ""))
        #expect(kill(daemon, SIGKILL) == 0)
    }

    @Test("An attempt that nobody claimed never began, and a late supervisor leaves")
    func neverBegan() async throws {
        let bench = try Workbench()
        let id = try bench.newIdentity()
        try bench.executor.prepare(id)
        #expect(try bench.executor.verdict(of: id, secrets: []) == .neverBegan(.unclaimed))
        #expect(try bench.executor.verdict(of: id, secrets: []) == .neverBegan(.voided))
        try bench.executor.launch(id, bench.spec("touch $BENCH/begun", id))
        let conclusion = try await bench.executor.conclusion(of: id, secrets: [], followingLeftovers: true)
        #expect(conclusion == .lost(.neverBegan(.voided), supervisor: .taken))
        #expect(contents(bench.file("begun")) == nil)
    }

    @Test("Many supervisors and resuming engines race for one attempt: the command begins at most once")
    func race() async throws {
        let bench = try Workbench()
        for round in 0..<20 {
            let id = try bench.newIdentity()
            try bench.executor.prepare(id)
            let spec = bench.spec("echo begun >> $BENCH/witness-\(round)", id)
            let engines = try (0..<4).map { _ in try bench.nextEngine() }
            let conclusions = try await withThrowingTaskGroup(of: AttemptConclusion.self) { group in
                for (index, engine) in engines.enumerated() {
                    group.addTask {
                        if index > 0 { try engine.launch(id, spec) }
                        return try await engine.conclusion(of: id, secrets: [], followingLeftovers: true)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let begun = (contents(bench.file("witness-\(round)")) ?? "").split(separator: "\n").count
            let ended = conclusions.filter { if case .ended = $0 { true } else { false } }.count
            #expect(begun == (ended > 0 ? 1 : 0), "round \(round): \(conclusions)")
            #expect(ended == 0 || ended == conclusions.count, "round \(round): \(conclusions)")
        }
    }

    @Test("The absence of a claim proves nothing in another place")
    func otherPlaces() throws {
        let bench = try Workbench()
        let id = try bench.newIdentity()
        try bench.executor.prepare(id)
        func verdict(_ change: (inout AttemptPlace) -> Void) throws -> AttemptVerdict {
            var place = Workbench.place
            change(&place)
            return try bench.nextEngine(place: place).verdict(of: id, secrets: [])
        }
        #expect(try verdict { $0.hostID = "host-2" } == .inDoubt(.otherHost))
        #expect(try verdict { $0.bootID = "boot-2" } == .inDoubt(.rebooted))
        #expect(try verdict { $0.storeID = "store-2" } == .inDoubt(.otherStore))
        #expect(try bench.executor.verdict(of: bench.newIdentity(), secrets: []) == .inDoubt(.folderMissing))
        #expect(try verdict { _ in } == .neverBegan(.unclaimed))
    }

    @Test("A copied, a foreign and a missing marker prove nothing")
    func markers() throws {
        let bench = try Workbench()
        let copied = try bench.newIdentity()
        try bench.executor.prepare(copied)
        #expect(runProgram(["mv", bench.folder(copied), bench.file("moved")]) == 0)
        #expect(runProgram(["cp", "-a", bench.file("moved"), bench.folder(copied)]) == 0)
        #expect(try bench.executor.verdict(of: copied, secrets: []) == .inDoubt(.markerMismatch))
        #expect(access("\(bench.folder(copied))/\(AttemptFile.claim)", F_OK) != 0)

        let missing = try bench.newIdentity()
        try bench.executor.prepare(missing)
        #expect(unlink("\(bench.folder(missing))/\(AttemptFile.marker)") == 0)
        #expect(try bench.executor.verdict(of: missing, secrets: []) == .inDoubt(.markerMismatch))

        var otherRole = try bench.newIdentity(.probe)
        try bench.executor.prepare(otherRole)
        otherRole.role = .undo
        #expect(try bench.executor.verdict(of: otherRole, secrets: []) == .inDoubt(.markerMismatch))
    }

    @Test("A recorded end counts after a restart and on another machine, a lost one is named")
    func afterRestart() async throws {
        let bench = try Workbench()
        var rebooted = Workbench.place
        rebooted.bootID = "boot-2"
        let (settled, end) = try await bench.run("true")
        #expect(try bench.nextEngine(place: rebooted).verdict(of: settled, secrets: []) == .settled(end))

        let lost = try bench.newIdentity()
        try bench.executor.prepare(lost)
        let claim = Claim(attemptID: lost.attemptID, holder: .supervisor(.attempt), pid: 1, startTime: 1)
        try write(String(decoding: claim.bytes, as: UTF8.self), to: "\(bench.folder(lost))/\(AttemptFile.claim)")
        #expect(try bench.nextEngine(place: rebooted).verdict(of: lost, secrets: []) == .inDoubt(.rebooted))
        // In the same place the same folder is proof: without a session's record nothing was begun.
        #expect(try bench.executor.verdict(of: lost, secrets: []) == .neverBegan(.supervisorGone))
    }

    @Test("Torn records are a doubt, newer ones an error")
    func damagedRecords() async throws {
        let bench = try Workbench()
        let (id, _) = try await bench.run("true")
        let exit = "\(bench.folder(id))/\(AttemptFile.exit)"
        let whole = try #require(contents(exit))
        try write(String(whole.dropLast(5)), to: exit)
        #expect(try bench.executor.verdict(of: id, secrets: []) == .inDoubt(.recordDamaged))
        try write(whole.replacing("workflow-exit 1", with: "workflow-exit 2"), to: exit)
        let error = #expect(throws: ExecutorError.self) { try bench.executor.verdict(of: id, secrets: []) }
        #expect(error?.code == .attemptVersion)
        #expect(unlink(exit) == 0)
        try write("", to: "\(bench.folder(id))/\(AttemptFile.claim)")
        #expect(try bench.executor.verdict(of: id, secrets: []) == .inDoubt(.recordDamaged))
    }

    @Test("A session's id that belongs to another process by now is no running step")
    func reusedSession() async throws {
        let bench = try Workbench()
        let (id, _) = try await bench.run("true")
        #expect(unlink("\(bench.folder(id))/\(AttemptFile.exit)") == 0)
        // A session of our own making: that of this test may be led by a process outside of its pid namespace.
        let leader = try OtherSession()
        let session = "\(bench.folder(id))/\(AttemptFile.session)"
        try write("workflow-session 1 \(leader.pid) \(leader.startTime)\n", to: session)
        guard case .stillRunning(let members) = try bench.executor.verdict(of: id, secrets: []) else {
            throw Unexpected(what: "the session was not found")
        }
        #expect(members.map(\.pid) == [leader.pid])
        // The same id, under a start time that is not its leader's.
        try write("workflow-session 1 \(leader.pid) 1\n", to: session)
        #expect(try bench.executor.verdict(of: id, secrets: []) == .inDoubt(.outcomeLost))
        leader.end()
    }

    @Test("A command's process that is slow to begin is not called never begun while it may", arguments: [true, false])
    func slowStart(_ isKilled: Bool) async throws {
        let bench = try Workbench()
        let traced = try ShellExecutor(
            attemptsFolder: bench.file("attempts"), supervisorPath: TracedSupervisor.make(in: bench),
            place: Workbench.place, passing: .milliseconds(100))
        let id = try bench.newIdentity()
        try traced.prepare(id)
        // Only the command's process leads a new session: it is held up there, before it has left any trace.
        try write("-f -D -o /dev/null -e inject=setsid:delay_enter=1000000", to: "\(bench.folder(id))/strace")
        try traced.launch(id, bench.spec("touch $BENCH/begun", id))
        var child: pid_t = 0
        try eventually("the command's process exists") {
            guard let claim = bytes("\(bench.folder(id))/\(AttemptFile.claim)").flatMap({ try? Claim(parsing: $0) }),
                let children = contents("/proc/\(claim.pid)/task/\(claim.pid)/children")?.split(separator: " ")
            else { return false }
            child = children.first.flatMap { pid_t($0) } ?? 0
            return child > 0
        }
        try bench.killSupervisor(of: id)
        #expect(try traced.verdict(of: id, secrets: []) == .stillRunning([]))
        #expect(contents(bench.file("begun")) == nil)
        if isKilled { #expect(kill(child, SIGKILL) == 0) }
        let conclusion = try await traced.conclusion(of: id, secrets: [], followingLeftovers: true)
        if isKilled {
            guard case .lost(.neverBegan(.supervisorGone), _) = conclusion else {
                throw Unexpected(what: "\(conclusion)")
            }
        } else {
            guard case .lost(.inDoubt(.outcomeLost), _) = conclusion else { throw Unexpected(what: "\(conclusion)") }
        }
        #expect((contents(bench.file("begun")) == nil) == isKilled)
    }

    @Test("A specification that is cut short leaves no claim", arguments: [0, 1, 15, 16, 100, -1])
    func shortSpecification(_ count: Int) throws {
        let bench = try Workbench()
        let id = try bench.newIdentity()
        try bench.executor.prepare(id)
        let bytes = try bench.spec("touch $BENCH/begun", id).launchBytes(for: id)
        let file = try Descriptor.open(bench.file("short"), O_WRONLY | O_CREAT)
        try file.writeAll(count < 0 ? bytes.dropLast() : Array(bytes.prefix(count)), "short")
        let command = "\(BuiltSupervisor.path) \(bench.folder(id)) \(id.attemptID) < \(bench.file("short"))"
        #expect(runProgram(["sh", "-c", command]) == SupervisorExit.specification.rawValue)
        #expect(try bench.executor.verdict(of: id, secrets: []) == .neverBegan(.unclaimed))
        #expect(contents(bench.file("begun")) == nil)
    }
}
