import Glibc
import JSON
import Testing

@Suite("What was counted is told")
struct LossTests {
    private static func definition(_ script: String, then: String = "true") -> String {
        """
        name: lossy
        stages:
          - name: only
            steps:
              - name: a
                run: |
                  \(script.split(separator: "\n").joined(separator: "\n          "))
              - name: b
                run: '\(then)'
        """
    }

    private static let loud = "head -c 3000000 /dev/zero | tr '\\0' x | fold -w 100; echo; echo LAST"

    @Test("A log that the disk did not take whole is told as that, also after a resume", arguments: [true, false])
    func log(_ fails: Bool) throws {
        let scene = try Scene()
        try scene.write(Self.definition(Self.loud + (fails ? "; exit 3" : ""), then: "test -e go"), to: "lossy.yaml")
        let run = try scene.start(command: [
            "/bin/bash", "-c",
            "trap '' XFSZ; ulimit -f 1000; exec \(scene.binaries)/workflow run lossy.yaml --run-id r",
        ]).finished(within: 60)
        #expect(run.status == 1, "\(run)")
        func check(_ when: String) throws {
            let step = try scene.step("a", of: "r")
            let lost = try #require(step["losses"]?["log_lost_bytes"]?.intValue, "\(when)")
            #expect(lost > 1_000_000)
            let logs = try scene.workflow("logs", "r", "a")
            #expect(logs.errors.contains("\(lost) bytes of its output are missing") && logs.status == 0)
            #expect(try scene.workflow("show", "r", "a").output.contains("\(lost) bytes"))
            #expect(try scene.workflow("show", "r", "a").output.contains("cut: \(lost) bytes are missing"))
            let attempts = try scene.workflow("show", "r", "--attempts", "-o", "json")
            #expect(attempts.output.contains("\(lost)"))
        }
        #expect(run.errors.contains("bytes of its output are missing"), "\(run.errors.suffix(2000))")
        try check("at once")
        if fails {
            #expect(run.errors.contains("cut: "))
        } else {
            try scene.write("", to: "go")
            #expect(try scene.workflow("resume", "r").status == 0)
            try check("after a resume")
            try scene.expectVerified("r")
        }
    }

    @Test(
        "Background processes that are ended with their step are counted, with the way to start one that stays",
        arguments: [(1, "sleep 60 >/dev/null 2>&1 &"), (3, "for i in 1 2 3; do nohup sleep 60 >/dev/null 2>&1 & done")])
    func processes(_ count: Int, _ script: String) throws {
        let scene = try Scene()
        try scene.write(Self.definition(script), to: "lossy.yaml")
        let run = try scene.workflow("run", "lossy.yaml", "--run-id", "r")
        #expect(run.status == 0, "\(run)")
        let words = count == 1 ? "1 process that it left in the background was" : "3 processes that it left"
        #expect(run.errors.contains(words) && run.errors.contains("setsid"), "\(run)")
        #expect(try scene.step("a", of: "r")["losses"]?["ended_processes"]?.intValue == Int64(count))
        let shown = try scene.workflow("show", "r", "a").output
        #expect(shown.contains(words) && shown.contains("setsid"), "\(shown)")
        #expect(try scene.workflow("logs", "r").errors.contains(words))
        #expect(try scene.step("b", of: "r")["losses"] == .null)
    }

    @Test("A daemon with a session of its own lives on, and nothing is said")
    func daemon() throws {
        let scene = try Scene()
        // The step ends when the daemon has its session: before that it is one of the step's own processes.
        let script =
            "setsid sh -c 'echo $$ > pid; exec sleep 60' >/dev/null 2>&1 & until [ -s pid ]; do sleep 0.01; done"
        try scene.write(Self.definition(script, then: "kill -0 $(cat pid)"), to: "lossy.yaml")
        let run = try scene.workflow("run", "lossy.yaml", "--run-id", "r")
        #expect(run.status == 0 && !run.errors.contains("background"), "\(run)")
    }

    @Test("A value that no process can take names its variable and its size")
    func tooLarge() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: large
            stages:
              - name: only
                steps:
                  - name: make
                    run: printf 'blob=%s\\n' "$(head -c 200000 /dev/zero | tr '\\0' x)" >> "$WORKFLOW_OUTPUT"
                  - name: take
                    env: {BLOB: "${{ steps.make.outputs.blob }}"}
                    run: touch begun
            """, to: "large.yaml")
        let run = try scene.workflow("run", "large.yaml", "--run-id", "r")
        #expect(run.status == 1, "\(run)")
        #expect(run.errors.contains("BLOB has 200005 bytes") && run.errors.contains("to a file"), "\(run)")
        #expect(!scene.exists("begun"))
    }

    @Test("Too few descriptors name the limit and max_parallel")
    func descriptors() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: wide
            max_parallel: 60
            stages:
              - name: only
                steps:
                  - name: item
                    foreach: {items: "${{ range(60) }}", as: n, max_parallel: 60}
                    run: sleep 2; echo x >> "$SCENE/ledger"
            """, to: "wide.yaml")
        let run = try scene.start(command: [
            "/bin/bash", "-c", "ulimit -n 64; exec \(scene.binaries)/workflow run wide.yaml --run-id r",
        ]).finished(within: 120)
        #expect(run.status != 0, "\(run)")
        #expect(run.errors.contains("ulimit -n") && run.errors.contains("max_parallel"), "\(run)")
        let resumed = try scene.workflow(["resume", "r"], seconds: 120)
        #expect(resumed.status == 0, "\(resumed)")
        #expect(scene.lines("ledger").count == 60)
    }

    @Test("A program that the system gives no threads says so at once", arguments: [1, 2, 4, 6, 8, 10, 12, 16])
    func threads(_ processes: Int) throws {
        let scene = try Scene()
        try scene.write(Self.definition("true"), to: "lossy.yaml", mode: 0o644)
        try #require(chmod(scene.path, 0o777) == 0)
        // A user that nothing else runs as: root is not held to the limit, and all processes of a user count.
        let user = 100_000 + Int(getpid()) * 32 + processes
        let run = try scene.start(command: [
            "/bin/bash", "-c",
            "exec setpriv --reuid \(user) --regid \(user) --clear-groups "
                + "bash -c 'ulimit -u \(processes); HOME=. exec \(scene.binaries)/workflow run lossy.yaml --run-id r'",
        ]).finished(within: 60)
        // Enough, or told: never a hang, never a crash.
        #expect(
            run.status == 0 || run.errors.contains("ulimit -u") || run.errors.contains("limit of processes"), "\(run)")
        #expect(run.status < 128, "\(run)")
    }
}
