import AttemptProtocol
import Glibc
import JSON
import Testing

@testable import WorkflowExecutors

@Suite("What is removed from an attempt's folder, or put there, proves nothing")
struct MeddlingTests {
    private func remove(_ names: [String], of id: AttemptIdentity, _ bench: Workbench) {
        for name in names { #expect(runProgram(["rm", "-rf", "\(bench.folder(id))/\(name)"]) == 0) }
    }

    /// The pid of a command that has written it to `pid`.
    private func command(_ bench: Workbench) throws -> pid_t {
        try eventually("the command says its pid") { contents(bench.file("pid"))?.hasSuffix("\n") == true }
        return try #require(pid_t(contents(bench.file("pid"))?.dropLast() ?? ""))
    }

    @Test(
        "An attempt that has ended is not called never begun for a record that is gone",
        arguments: [
            (["claim"], AttemptVerdict.Doubt.claimMissing), (["claim", "session"], .claimMissing),
            (["claim", "session", "exit", "alive", "bell"], .claimMissing), (["exit", "session"], .sessionMissing),
            (["claim", "session", "exit", "alive", "bell", "outputs"], .claimMissing),
        ])
    func ended(_ names: [String], _ doubt: AttemptVerdict.Doubt) async throws {
        let bench = try Workbench()
        let (id, _) = try await bench.run("echo a=1 >> $WORKFLOW_OUTPUT")
        remove(names, of: id, bench)
        #expect(try bench.nextEngine().verdict(of: id, secrets: []) == .inDoubt(doubt))
        // Asked again it says the same.
        #expect(try bench.nextEngine().verdict(of: id, secrets: []) == .inDoubt(doubt))
    }

    @Test("An empty session record is still proof, and so is a folder with nothing but its marker")
    func proof() throws {
        let bench = try Workbench()
        let id = try bench.newIdentity()
        try bench.executor.prepare(id)
        try write("", to: "\(bench.folder(id))/\(AttemptFile.session)")
        try write("half a claim", to: "\(bench.folder(id))/\(AttemptFile.draft(of: AttemptFile.claim, by: 4711))")
        #expect(try bench.nextEngine().verdict(of: id, secrets: []) == .neverBegan(.unclaimed))
        #expect(try bench.nextEngine().verdict(of: id, secrets: []) == .neverBegan(.voided))
    }

    @Test("Where the claim is gone and the step lives, it is still running, and in doubt when it has ended")
    func withoutClaim() async throws {
        let bench = try Workbench()
        let id = try bench.launch("echo $$ > $BENCH/pid; exec sleep 60")
        let pid = try command(bench)
        try eventually("the session is recorded") { bytes("\(bench.folder(id))/session")?.isEmpty == false }
        remove(["claim"], of: id, bench)
        let next = try bench.nextEngine()
        guard case .stillRunning(let processes) = try next.verdict(of: id, secrets: []) else {
            throw Unexpected(what: "it is not still running")
        }
        #expect(processes.map(\.pid) == [pid])
        #expect(kill(pid, SIGKILL) == 0)
        let conclusion = try await next.conclusion(of: id, secrets: [], followingLeftovers: true)
        guard case .lost(.inDoubt(.claimMissing), _) = conclusion else { throw Unexpected(what: "\(conclusion)") }
    }

    @Test("With the records of its processes gone an attempt whose supervisor died is in doubt, also while it lives")
    func withoutSession() throws {
        let bench = try Workbench()
        let id = try bench.launch("echo $$ > $BENCH/pid; exec sleep 60")
        let pid = try command(bench)
        try bench.killSupervisor(of: id)
        remove(["session", "alive"], of: id, bench)
        #expect(try bench.nextEngine().verdict(of: id, secrets: []) == .inDoubt(.sessionMissing))
        #expect(kill(pid, SIGKILL) == 0)
    }

    @Test("In another namespace of pids a held lock says that the step still runs")
    func otherNamespace() throws {
        let bench = try Workbench()
        let id = try bench.launch("echo $$ > $BENCH/pid; exec sleep 60")
        let pid = try command(bench)
        let path = "\(bench.folder(id))/\(AttemptFile.claim)"
        var claim = try Claim(parsing: try #require(bytes(path)))
        #expect(claim.pidNamespace == ProcessStatus.pidNamespace())
        try bench.killSupervisor(of: id)
        guard case .stillRunning = try bench.nextEngine().verdict(of: id, secrets: []) else {
            throw Unexpected(what: "it is not seen in its own namespace")
        }
        claim.pidNamespace = "pid:[1]"
        // The session's pid is that of a stranger there.
        try write("workflow-session 1 \(pid) 1\n", to: "\(bench.folder(id))/\(AttemptFile.session)")
        try write(String(decoding: claim.bytes, as: UTF8.self), to: path)
        #expect(try bench.nextEngine().verdict(of: id, secrets: []) == .stillRunning([]))
        #expect(kill(pid, SIGKILL) == 0)
        try eventually("it lets go") {
            try bench.nextEngine().verdict(of: id, secrets: []) == .inDoubt(.outcomeLost)
        }
    }

    @Test(
        "A record that is no plain file is a doubt, and no error for ever",
        arguments: ["mkdir", "ln -s /dev/null", "ln -s nowhere", "mkfifo"], ["exit", "claim", "session"])
    func noFiles(_ command: String, _ name: String) async throws {
        let bench = try Workbench()
        let (id, _) = try await bench.run("true")
        let path = "\(bench.folder(id))/\(name)"
        remove(name == "session" ? ["session", "exit"] : [name], of: id, bench)
        #expect(runProgram(["sh", "-c", "\(command) \(path)"]) == 0)
        guard case .inDoubt = try bench.nextEngine().verdict(of: id, secrets: []) else {
            throw Unexpected(what: "\(try bench.nextEngine().verdict(of: id, secrets: []))")
        }
        #expect(try bench.executor.leftover(id.attemptID)?.attemptID == id.attemptID)
    }

    @Test(
        "What a step does to the folder of its outputs costs it its outputs at most", .timeLimit(.minutes(3)),
        arguments: [
            #"rm -rf "$(dirname "$WORKFLOW_OUTPUT")"/*"#, #"rm -rf "$(dirname "$WORKFLOW_OUTPUT")""#,
            #"cd "$(dirname "$WORKFLOW_OUTPUT")"; mkdir exit claim session alive"#,
            #"rm "$WORKFLOW_OUTPUT"; mkdir "$WORKFLOW_OUTPUT/exit" -p"#,
        ])
    func emptied(_ script: String) async throws {
        let bench = try Workbench()
        let (_, end) = try await bench.run("\(script); exit 7")
        #expect(end.outcome == .ended(.exited(7)))
    }

    @Test(
        "An outcome is not lost to what a step made of the records' names, and nobody waits for ever",
        .timeLimit(.minutes(3)),
        arguments: [
            (#"mkdir -p "$A/exit/x""#, true), (#"rm "$A/exit.tmp""#, true),
            (#"rm "$A/exit.tmp"; ln -s /dev/null "$A/exit.tmp""#, true),
            (#"rm "$A/exit.tmp"; mkdir "$A/exit.tmp""#, true), (#"mkdir "$A/outputs""#, true),
            (#"rm -rf "$A"/*"#, false),
        ])
    func recordNames(_ script: String, _ isSettled: Bool) async throws {
        let bench = try Workbench()
        let id = try bench.launch(
            #"echo a=1 >> "$WORKFLOW_OUTPUT"; A=$(dirname "$(dirname "$WORKFLOW_OUTPUT")"); \#(script); exit 7"#)
        let conclusion = try await bench.executor.conclusion(of: id, secrets: [], followingLeftovers: true)
        switch conclusion {
        case .ended(let end) where isSettled:
            #expect(end.outcome == .ended(.exited(7)))
            #expect(end.outputs == .success(["a": "1"]))
        case .lost(.inDoubt, _) where !isSettled: break
        default: Issue.record("\(conclusion)")
        }
    }
}

@Suite("A supervisor stays as the parent of what its command left running")
struct StayingTests {
    private static let daemons = [
        "setsid sleep 600 & echo $! > $BENCH/daemon",
        "(setsid sh -c 'echo $$ > $BENCH/daemon; exec sleep 600' &)",
        "nohup setsid bash -c '(echo $BASHPID > $BENCH/daemon; exec -a other sleep 600) & disown' & wait",
    ]

    private func daemon(_ bench: Workbench) throws -> pid_t {
        try eventually("the daemon says its pid") { contents(bench.file("daemon"))?.hasSuffix("\n") == true }
        return try #require(pid_t(contents(bench.file("daemon"))?.dropLast() ?? ""))
    }

    @Test("The attempt ends at once, and whatever the daemon did it stays below its step", arguments: daemons)
    func stays(_ script: String) async throws {
        let bench = try Workbench()
        let id = try bench.launch(script) { $0.run = "run-uuid" }
        #expect(try await bench.end(of: id).outcome == .ended(.exited(0)))
        let daemon = try daemon(bench)
        #expect(ProcessStatus.of(daemon)?.hasEnded == false)
        try bench.executor.discard(id)
        var supervisor: StepAncestry.Supervisor?
        try eventually("the daemon has its parent") {
            supervisor =
                StepAncestry.of(daemon, storeID: "store-1", attemptsFolder: bench.file("attempts")).supervisors.first
            return supervisor != nil
        }
        #expect(supervisor?.attemptID == id.attemptID)
        #expect(supervisor?.run == "run-uuid")
        let other = StepAncestry.of(daemon, storeID: "store-2", attemptsFolder: "/elsewhere")
        #expect(other.supervisors.isEmpty)
        // It holds nothing but its descriptors to nowhere, and leaves with the last of them.
        let pid = try #require(supervisor?.pid)
        try eventually("it has let go of all") { (try? names(in: "/proc/\(pid)/fd")) == ["0", "1", "2"] }
        #expect(kill(daemon, SIGKILL) == 0)
        try eventually("it has left") { ProcessStatus.of(pid)?.hasEnded ?? true }
    }

    @Test("An engine that did not start the supervisor hears of the end as well")
    func reattached() async throws {
        let bench = try Workbench()
        let id = try bench.launch(
            "setsid sleep 600 & echo $! > $BENCH/daemon; until [ -e $BENCH/go ]; do sleep 0.01; done")
        let daemon = try daemon(bench)
        let next = try bench.nextEngine()
        async let conclusion = next.conclusion(of: id, secrets: [], followingLeftovers: true)
        try write("", to: bench.file("go"))
        guard case .ended(let end) = try await conclusion else { throw Unexpected(what: "\(try await conclusion)") }
        #expect(end.outcome == .ended(.exited(0)))
        #expect(ProcessStatus.of(daemon)?.hasEnded == false)
        #expect(kill(daemon, SIGKILL) == 0)
    }

    @Test("A supervisor whose command left nothing leaves with it")
    func leaves() async throws {
        let bench = try Workbench()
        let id = try bench.launch("sleep 60 & sleep 60 & true")
        try eventually("it is claimed") { access("\(bench.folder(id))/\(AttemptFile.claim)", F_OK) == 0 }
        let supervisor = try bench.supervisor(of: id)
        let end = try await bench.end(of: id)
        #expect(end.leftoverProcesses == 2)
        try eventually("it has left") { ProcessStatus.of(supervisor)?.hasEnded ?? true }
    }

    @Test(
        "Supervisors are known by their arguments",
        arguments: [
            (["/x/workflow-supervisor", "/s/attempts/ab/abc", "abc", "S", "R"], true),
            (["workflow-supervisor", "/other/attempts/ab/abc", "abc", "S", "R", "--stay"], true),
            (["/x/workflow-supervisor", "/s/attempts/ab/abc", "abc", "T", "R"], false),
            (["/x/workflow-supervisor", "/s/attempts/ab/abc", "abc"], true),
            (["/x/workflow-supervisor", "/t/attempts/ab/abc", "abc"], false),
            (["/x/workflow", "/s/attempts/ab/abc", "abc", "S", "R"], false), ([], false),
        ])
    func arguments(_ arguments: [String], _ isOurs: Bool) {
        #expect(StepAncestry.isSupervisor(arguments, storeID: "S", attemptsFolder: "/s/attempts") == isOurs)
    }

    private func names(in path: String) throws -> [String] { try AttemptFolders.names(in: path) }
}

@Suite("A command that is too large for the kernel is measured before it begins")
struct CommandSizeTests {
    @Test("The largest variable is named with its size, and the way by a file")
    func variable() throws {
        let bench = try Workbench()
        let id = try bench.newIdentity()
        try bench.executor.prepare(id)
        var spec = bench.spec("true", id)
        spec.environment["BLOB"] = String(repeating: "x", count: 200_000)
        let error = #expect(throws: ExecutorError.self) { try bench.executor.launch(id, spec) }
        #expect(error?.code == .commandInvalid)
        #expect(error?.message.contains("BLOB has 200005 bytes") == true)
        #expect(error?.message.contains("to a file") == true)
    }

    @Test(
        "The kernel's own limits hold",
        arguments: [
            (131_066, 0, 8 << 20, true), (131_067, 0, 8 << 20, false), (90_000, 8, 1 << 20, false),
            (90_000, 8, 8 << 20, true), (90_000, 80, 1 << 30, false), (100, 0, 1024, true),
        ])
    func limits(_ bytes: Int, _ more: Int, _ stack: Int, _ fits: Bool) {
        var environment = ["BLOB": String(repeating: "x", count: bytes)]
        for number in 0..<more { environment["V\(number)"] = String(repeating: "x", count: bytes - 1) }
        let problem = CommandSize(arguments: ["bash"], environment: environment).problem(stackLimit: stack)
        #expect((problem == nil) == fits, "\(problem ?? "")")
        if let problem { #expect(problem.contains("BLOB")) }
    }

    @Test("What fits is really taken, and one byte more is not")
    func edge() async throws {
        let bench = try Workbench()
        let (_, end) = try await bench.run("echo n=${#BLOB} >> $WORKFLOW_OUTPUT") {
            $0.environment["BLOB"] = String(repeating: "x", count: 131_066)
        }
        #expect(end.outputs == .success(["n": "131066"]))
    }

    @Test(
        "Each error has its own move",
        arguments: [
            (EMFILE, "ulimit -n"), (ENFILE, "max_parallel"), (EAGAIN, "ulimit -u"), (ENOSPC, "make room"),
            (EFBIG, "ulimit -f"), (EACCES, "as usual"), (EPERM, "as usual"), (ENOENT, "as usual"),
        ])
    func moves(_ number: Int32, _ move: String) {
        #expect(SystemError.move(number, "as usual").contains(move))
    }
}
