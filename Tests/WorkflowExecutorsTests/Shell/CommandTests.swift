import AttemptProtocol
import Glibc
import JSON
import Testing

@testable import WorkflowExecutors

@Suite("A command under its supervisor")
struct CommandTests {
    @Test("Success, outputs and log are recorded, and the log outlives the folder")
    func success() async throws {
        let bench = try Workbench()
        let (id, end) = try await bench.run(
            "echo hello; echo vpc=vpc-1 >> $WORKFLOW_OUTPUT; echo n=3 >> $WORKFLOW_OUTPUT")
        #expect(end.outcome == .ended(.exited(0)))
        #expect(end.outputs == .success(["vpc": "vpc-1", "n": "3"]))
        #expect(contents(bench.log(id)) == "hello\n")
        #expect(end.log == LogSummary(bytes: 6))
        #expect(end.leftoverProcesses == 0)
        #expect(end.startedAtMilliseconds <= end.endedAtMilliseconds)
        #expect(try bench.executor.leftovers() == [id.attemptID])
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

    @Test(
        "A command that cannot start is a recorded end, never a doubt",
        arguments: [
            (["no-such-shell"], "/tmp", "x", StartFailure.Stage.program, ENOENT),
            (["/proc/version"], "/tmp", "x", .program, EACCES),
            (["/tmp"], "/tmp", "x", .program, EACCES),
            ([""], "/tmp", "x", .program, ENOENT),
            (["bash"], "/no/such/folder", "x", .workingDirectory, ENOENT),
        ] as [([String], String, String, StartFailure.Stage, Int32)])
    func startFailure(
        _ shell: [String], _ folder: String, _ variable: String, _ stage: StartFailure.Stage, _ number: Int32
    ) async throws {
        let bench = try Workbench()
        let (_, end) = try await bench.run("touch $BENCH/begun") {
            $0.shell = shell
            $0.workingDirectory = folder
            $0.environment["LONG"] = variable
        }
        guard case .couldNotStart(let failure) = end.outcome else {
            Issue.record("\(end.outcome)")
            return
        }
        #expect(failure.stage == stage)
        #expect(failure.number == number)
        #expect(!failure.message.isEmpty)
        #expect(contents(bench.file("begun")) == nil)
    }

    @Test("A log that cannot be opened is a recorded end")
    func unwritableLog() async throws {
        let bench = try Workbench()
        try write("", to: bench.file("plain"))
        let (_, end) = try await bench.run("touch $BENCH/begun") { $0.logPath = bench.path }
        #expect(
            end.outcome
                == .couldNotStart(StartFailure(stage: .preparing, number: EISDIR, subject: bench.path)))
        #expect(contents(bench.file("begun")) == nil)
    }

    @Test("The command sees exactly the environment that it was given, and where to put outputs")
    func environment() async throws {
        let bench = try Workbench()
        let (id, _) = try await bench.run("") {
            $0.shell = ["/bin/sh", "-c", "/usr/bin/env"]
            $0.environment = ["B": "two words\nand a line", "A": "1"]
            for name in LaunchSpecification.ownVariables { $0.environment[name] = "/not/this" }
        }
        let lines = try #require(contents(bench.log(id))).split(separator: "\n").filter { !$0.hasPrefix("PWD=") }
        #expect(
            lines.sorted() == [
                "A=1", "B=two words", "WORKFLOW_EARLIER_EVENTS=/dev/null",
                "WORKFLOW_EVENTS=\(bench.folder(id))/step/events",
                "WORKFLOW_OUTPUT=\(bench.folder(id))/step/outputs", "and a line",
            ])
    }

    @Test("The command's limits are the engine's")
    func limits() async throws {
        let bench = try Workbench()
        let (id, _) = try await bench.run("") { $0.shell = ["/bin/sh", "-c", "cat /proc/self/limits"] }
        #expect(contents(bench.log(id)) == contents("/proc/self/limits"))
    }

    @Test("Working directory and umask are those that were asked for")
    func place() async throws {
        let bench = try Workbench()
        let (id, _) = try await bench.run("pwd; umask") {
            $0.workingDirectory = "/usr"
            $0.umask = 0o027
        }
        #expect(contents(bench.log(id)) == "/usr\n0027\n")
    }

    @Test("Standard input is empty, and nothing but the alive lock and the pipe of events is inherited")
    func descriptors() async throws {
        let bench = try Workbench()
        let (id, end) = try await bench.run("") { $0.shell = ["/bin/sh", "-c", "cat; ls -l /proc/self/fd"] }
        #expect(end.outcome == .ended(.exited(0)))
        let lines = try #require(contents(bench.log(id))).split(separator: "\n").dropFirst()
        let open = lines.compactMap { line -> String? in
            let words = line.split(separator: " ")
            guard let arrow = words.firstIndex(of: "->"), arrow > 0, arrow + 1 < words.count else { return nil }
            return "\(words[arrow - 1]) \(words[arrow + 1].split(separator: ":")[0])"
        }
        // The folder is the one that ls itself reads.
        #expect(
            open.filter { !$0.contains("/proc/") }.sorted()
                == [
                    "0 /dev/null", "1 pipe", "100 \(bench.folder(id))/step/events", "101 \(bench.folder(id))/alive",
                    "2 pipe",
                ])
    }

    @Test("Signals have their default dispositions, and none is blocked")
    func signals() async throws {
        let bench = try Workbench()
        let (id, _) = try await bench.run("") { $0.shell = ["/bin/sh", "-c", "cat /proc/self/status"] }
        let lines = try #require(contents(bench.log(id))).split(separator: "\n").map { $0.split(separator: "\t") }
            .filter { $0[0].hasPrefix("Sig") }
        for line in lines where ["SigPnd:", "SigBlk:", "SigIgn:", "SigCgt:"].contains(line[0]) {
            #expect(line[1] == "0000000000000000", "\(line[0])")
        }
        #expect(lines.count >= 5)
    }

    @Test("A supervisor keeps nothing of the engine's, works in / and cannot be interrupted")
    func supervisorHygiene() async throws {
        let bench = try Workbench()
        let id = try bench.launch("mkfifo $BENCH/go; cat $BENCH/go")
        try eventually("the command waits") { access(bench.file("go"), F_OK) == 0 }
        let supervisor = try bench.supervisor(of: id)
        #expect(runProgram(["sh", "-c", "ls -l /proc/\(supervisor)/fd"], output: bench.file("fds")) == 0)
        let targets = try #require(contents(bench.file("fds"))).split(separator: "\n").compactMap { line in
            line.split(separator: " ").last.map(String.init)
        }
        for target in targets where target.hasPrefix("/") {
            #expect(
                target == "/dev/null" || target.hasPrefix(bench.folder(id)) || target == bench.log(id), "\(target)")
        }
        for signal in [SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGQUIT, SIGUSR1] { #expect(kill(supervisor, signal) == 0) }
        var buffer = [CChar](repeating: 0, count: 256)
        let count = readlink("/proc/\(supervisor)/cwd", &buffer, buffer.count)
        #expect(count == 1 && buffer[0] == CChar(UInt8(ascii: "/")))
        #expect(getsid(supervisor) == supervisor)
        try write("go\n", to: bench.file("go"))
        #expect(try await bench.end(of: id).outcome == .ended(.exited(0)))
    }

    @Test("Output of any shape reaches the log as it is")
    func rawOutput() async throws {
        let bench = try Workbench()
        let (id, end) = try await bench.run(
            "head -c 10000000 /dev/zero | tr '\\0' x; printf '\\000\\377\\r\\n\\033[31m'")
        #expect(end.log == LogSummary(bytes: 10_000_009))
        let log = try #require(bytes(bench.log(id)))
        #expect(log.count == 10_000_009)
        #expect(log.prefix(10_000_000).allSatisfy { $0 == UInt8(ascii: "x") })
        #expect(Array(log.suffix(9)) == [0, 0xFF, 0x0D, 0x0A, 0x1B] + Array("[31m".utf8))
    }

    @Test("A closed output does not end the command")
    func closedOutput() async throws {
        let bench = try Workbench()
        let (_, end) = try await bench.run("exec >&- 2>&-; sleep 0.05; echo a=1 >> $WORKFLOW_OUTPUT")
        #expect(end.outputs == .success(["a": "1"]))
    }

    @Test("Secrets are masked in the log and in outputs")
    func secrets() async throws {
        let bench = try Workbench()
        let (id, end) = try await bench.run(
            """
            printf 'tok'; sleep 0.02; printf 'en-1234 and token-12'; sleep 0.02; echo; echo line-one
            echo "t=xtoken-1234" >> $WORKFLOW_OUTPUT
            """, secrets: ["token-1234", "line-one\nline-two"])
        #expect(contents(bench.log(id)) == "*** and token-12\n***\n")
        #expect(end.outputs == .success(["t": "x***"]))
    }

    @Test("Outputs over the limit are a failure, at the limit they are not")
    func outputsLimit() async throws {
        let bench = try Workbench()
        let script = "printf 'a=%s' $(head -c \(OutputFile.bytesMax - 2) /dev/zero | tr '\\0' x) >> $WORKFLOW_OUTPUT"
        let (_, whole) = try await bench.run(script)
        #expect((try? whole.outputs.get())?["a"]?.utf8.count == OutputFile.bytesMax - 2)
        let (_, over) = try await bench.run(script + "; printf x >> $WORKFLOW_OUTPUT")
        #expect(over.outcome == .ended(.exited(0)))
        #expect(over.outputs == .failure(OutputFile.tooLarge(OutputFile.bytesMax + 1)))
    }

    @Test(
        "What is no plain file in the place of the outputs is a failure",
        arguments: ["ln -sf /etc/passwd $WORKFLOW_OUTPUT", "rm $WORKFLOW_OUTPUT; mkfifo $WORKFLOW_OUTPUT"])
    func outputsReplaced(_ script: String) async throws {
        let bench = try Workbench()
        let (_, end) = try await bench.run(script)
        guard case .failure(let error) = end.outputs else {
            Issue.record("\(end.outputs)")
            return
        }
        #expect(error.code == .unreadable)
    }

    @Test("Removed outputs are none, outputs changed afterwards are found out")
    func outputsChanged() async throws {
        let bench = try Workbench()
        #expect(try await bench.run("rm $WORKFLOW_OUTPUT").end.outputs == .success([:]))
        let (id, _) = try await bench.run("echo a=1 >> $WORKFLOW_OUTPUT")
        let path = "\(bench.folder(id))/\(AttemptFile.outputs)"
        try write("a=1\nb=2\n", to: path)
        #expect(try await bench.end(of: id).outputs == .success(["a": "1"]))
        try write("a=2\n", to: path)
        guard case .failure(let error) = try await bench.end(of: id).outputs else { throw Unexpected(what: "no error") }
        #expect(error.code == .changed)
    }

    @Test(
        "A command that no process can be given is refused before anything starts",
        arguments: [
            { $0.shell = [] }, { $0.workingDirectory = "relative" }, { $0.script = "a\0b" }, { $0.logPath = "log" },
            { $0.environment["A=B"] = "c" }, { $0.environment["A"] = "\0" }, { $0.secrets = ["abc"] },
            { $0.secrets = [String(repeating: "x", count: CommandSpec.secretBytesMax + 1)] },
            { $0.script = String(repeating: "x", count: LaunchSpecification.bytesMax) },
        ] as [@Sendable (inout CommandSpec) -> Void])
    func invalid(_ change: @Sendable (inout CommandSpec) -> Void) throws {
        let bench = try Workbench()
        let error = #expect(throws: ExecutorError.self) { _ = try bench.launch("true", change) }
        #expect(error?.code == .commandInvalid)
    }

    @Test("A missing supervisor is named")
    func missingSupervisor() throws {
        let bench = try Workbench(supervisorPath: "/no/such/workflow-supervisor")
        let error = #expect(throws: ExecutorError.self) { _ = try bench.launch("true") }
        #expect(error?.code == .supervisorMissing)
        #expect(error?.message.contains("/no/such/workflow-supervisor") == true)
        #expect(throws: ExecutorError.self) { try SupervisorBinary.check("/no/such/workflow-supervisor") }
        #expect(try SupervisorBinary.besideThisExecutable().hasSuffix("/workflow-supervisor"))
    }

    @Test("A store that was removed is not made again by an attempt")
    func removedStore() throws {
        let bench = try Workbench()
        let id = try bench.newIdentity()
        try bench.executor.prepare(id)
        runProgram(["/bin/rm", "-rf", bench.path])
        for start in [
            { try bench.executor.prepare(id) }, { try bench.executor.launch(id, bench.spec("true", id)) },
        ] {
            let error = #expect(throws: ExecutorError.self) { try start() }
            #expect(error?.message.contains(bench.path) == true)
        }
        #expect(access(bench.path, F_OK) != 0)
    }
}
