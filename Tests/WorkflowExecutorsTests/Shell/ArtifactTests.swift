import AttemptProtocol
import Glibc
import JSON
import Testing

@testable import WorkflowExecutors

@Suite("Artifacts under a supervisor")
struct ArtifactTests {
    private static let bare = """
        event() { printf '%s\\n' "$1" > "$WORKFLOW_EVENTS"; }
        artifact() { event "{\\"type\\":\\"artifact\\",\\"name\\":\\"$1\\",\\"path\\":\\"$2\\"}"; }

        """

    private func folder(_ bench: Workbench, _ id: AttemptIdentity) -> String {
        ArtifactLayout.folder(ofLog: bench.log(id))
    }

    private func artifacts(_ events: [JSONValue]) throws -> [ArtifactEvent] {
        try events.compactMap { event in
            guard case .artifact(let artifact) = try AttemptEvent(kept: event) else { return nil }
            return artifact
        }
    }

    @Test("A file is kept beside the log, whole, with its size and its hash", arguments: [0, 1, 5_000_000, 20_000_000])
    func kept(_ bytes: Int) async throws {
        let bench = try Workbench()
        let (id, end) = try await bench.run(
            Self.bare + """
                cd "$BENCH"
                head -c \(bytes) /dev/urandom > "$BENCH/data"
                echo "sum=$(sha256sum < "$BENCH/data" | cut -c1-64)" >> $WORKFLOW_OUTPUT
                artifact data.bin "$BENCH/data"
                event '{"type":"record","kind":"k","data":1}'
                """)
        #expect(end.outcome == .ended(.exited(0)))
        #expect(end.eventSummary == EventSummary(kept: 2))
        let artifact = try #require(try artifacts(end.events).first)
        let sum = try #require(try end.outputs.get()["sum"])
        #expect(artifact.kept == ArtifactEvent.Kept(bytes: Int64(bytes), sha256: sum))
        #expect(
            runProgram(["/usr/bin/cmp", bench.file("data"), "\(folder(bench, id))/data.bin"]) == 0)
        #expect(contents("\(folder(bench, id))/.data.bin.part") == nil)
    }

    @Test(
        "What is no file that can be kept is counted and named, and the rest is kept",
        arguments: [
            ("absent", "No such file"), (".", "no regular file"), ("pipe", "no regular file"),
            ("/dev/zero", "no regular file"), ("huge", "larger than 1073741824 bytes"), ("locked/x", "Not a directory"),
        ])
    func refused(_ path: String, _ words: String) async throws {
        let bench = try Workbench()
        let (id, end) = try await bench.run(
            Self.bare + """
                cd "$BENCH"; mkfifo pipe; truncate -s 1073741825 huge; echo fine > fine; echo x > locked
                case \(path) in /*) p=\(path);; *) p="$BENCH/\(path)";; esac
                artifact bad "$p"
                artifact good "$BENCH/fine"
                """)
        #expect(try artifacts(end.events).map(\.name) == ["good"])
        #expect(end.eventSummary.refused == 1)
        let problem = try #require(end.eventSummary.problem)
        #expect(problem.hasPrefix("the artifact bad was not kept: ") && problem.contains(words), "\(problem)")
        #expect(contents("\(folder(bench, id))/good") == "fine\n")
        #expect(contents("\(folder(bench, id))/bad") == nil)
    }

    @Test("A name is taken once by each attempt, and the first file stays")
    func twice() async throws {
        let bench = try Workbench()
        let (id, end) = try await bench.run(
            Self.bare + """
                echo one > "$BENCH/one"; echo two > "$BENCH/two"
                artifact a "$BENCH/one"; artifact a "$BENCH/two"; artifact b "$BENCH/two"
                """)
        #expect(try artifacts(end.events).map(\.name) == ["a", "b"])
        #expect(end.eventSummary.problem?.contains("keeps one of that name already") == true)
        #expect(contents("\(folder(bench, id))/a") == "one\n")
    }

    @Test("The artifacts of a run have a limit together, and what was refused takes no room")
    func limit() async throws {
        let bench = try Workbench()
        let script =
            Self.bare + """
                echo 123456789 > "$BENCH/ten"; artifact first "$BENCH/ten"; artifact second "$BENCH/ten"
                printf 12345 > "$BENCH/five"; artifact third "$BENCH/five"
                """
        let taken = EventLimits.runArtifactBytesMax - 15
        let sizes = ArtifactLayout.sizes(besideLog: bench.file("logs/x.log"))
        _ = mkdir(bench.file("logs"), 0o700)
        let file = try Descriptor.open(sizes, O_WRONLY | O_CREAT)
        try file.writeAll(withUnsafeBytes(of: taken.littleEndian) { Array($0) }, sizes)
        let (_, end) = try await bench.run(script)
        #expect(try artifacts(end.events).map(\.name) == ["first", "third"])
        #expect(end.eventSummary.problem?.contains("of a run may have 10737418240 bytes together") == true)
    }

    @Test("What is kept survives the end of supervisor and step")
    func survives() async throws {
        let bench = try Workbench()
        let id = try bench.launch(
            Self.bare + "echo plan > \"$BENCH/p\"; artifact plan \"$BENCH/p\"; exec sleep 100")
        try eventually("it is kept") { try bench.executor.keptEvents(of: id).count == 1 }
        try bench.killSupervisor(of: id)
        let next = try bench.nextEngine()
        #expect(try await next.endStillRunning(id, stop: .standard, grace: .zero).isEmpty)
        #expect(try artifacts(try next.keptEvents(of: id)).map(\.name) == ["plan"])
        #expect(contents("\(folder(bench, id))/plan") == "plan\n")
    }
}
