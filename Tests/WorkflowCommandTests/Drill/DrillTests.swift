import Glibc
import JSON
import Testing

@Suite("drill: which steps are unsafe to repeat, and which probes lie")
struct DrillTests {
    private func drill(
        _ steps: String, _ more: [String] = [], _ prepare: (TestFolder) throws -> Void = { _ in }
    ) throws -> CommandResult {
        let folder = try TestFolder()
        let lines = steps.split(separator: "\n").map { "      " + $0 }.joined(separator: "\n")
        try folder.write("w.yaml", "name: drilled\nstages:\n  - name: only\n    steps:\n\(lines)\n")
        try prepare(folder)
        let before = folder.names()
        let result = try Command.run(["drill", "w.yaml", "-o", "json"] + more, in: folder, seconds: 900)
        #expect(folder.names() == before, "the user's own folder was touched")
        return result
    }

    private func findings(_ result: CommandResult, _ step: String) throws -> [String] {
        let steps = try result.json()["steps"]?.arrayValue ?? []
        let found = try #require(steps.first { $0["name"]?.stringValue == step }, "\(result)")
        return found["findings"]?.arrayValue?.compactMap { $0["code"]?.stringValue } ?? []
    }

    private func unsafe(_ result: CommandResult) throws -> [String] {
        try result.json()["unsafe"]?.arrayValue?.compactMap(\.stringValue) ?? ["?"]
    }

    @Test("what leaves the same each time is safe, and the exit status says so")
    func safe() throws {
        let result = try drill(
            """
            - {name: folder, run: "mkdir -p out && echo a > out/a"}
            - {name: keyed, run: "echo made > by-$WORKFLOW_IDEMPOTENCY_KEY"}
            - {name: stamp, run: "date +%s%N > stamp"}
            - {name: random, run: "mkdir -p r; rm -f r/*; mktemp r/XXXXXXXX"}
            - {name: items, foreach: {items: [a, b], as: i}, run: 'echo "${{ i }}" > "i-${{ i }}"'}
            - {name: given, uses: approval, with: {prompt: go?, approvers: [ada]}}
            - {name: nap, uses: sleep, with: {for: 1h}}
            """)
        #expect(try unsafe(result) == [], "\(result)")
        #expect(result.status == 0)
    }

    @Test(
        "what the clock, the process or chance changes is not blamed on a crash",
        arguments: [
            "date +%s > stamp",
            "echo x > dump-$(date +%S)",
            "echo x > dump-$(date +%s)-$$.sql",
            "echo $$ > pid",
            "head -c $((RANDOM % 5000 + 5000)) /dev/urandom > key",
            "head -c 300 /dev/urandom | gzip > archive.gz",
            "rm -rf run-*; mkdir run-$(date +%s); echo made > run-$(date +%s)/log",
        ])
    func blamesNoClock(script: String) throws {
        let result = try drill("- {name: s, idempotent: true, run: '\(script)'}")
        #expect(try unsafe(result) == [], "\(result)")
        #expect(result.status == 0)
    }

    @Test(
        "what a second attempt changes is named, with what it leaves",
        arguments: [
            ("{name: s, run: echo x >> ledger}", "repeat_differs"),
            ("{name: s, idempotent: true, run: echo x >> ledger}", "repeat_differs"),
            ("{name: s, on_doubt: fail, run: echo x >> ledger}", "repeat_differs"),
            ("{name: s, run: date +%s%N >> ledger}", "repeat_differs"),
            ("{name: s, run: 'touch release-$(date +%s%N); echo d >> audit'}", "repeat_differs"),
            ("{name: s, run: 'mkdir -p o/t; touch o/$(date +%s%N); echo d >> o/t/audit'}", "repeat_differs"),
            ("{name: s, run: 'printf \"%s;\" $(date +%N) >> log'}", "repeat_differs"),
            ("{name: s, run: 'echo order > order-$(cat /proc/sys/kernel/random/uuid)'}", "repeat_differs"),
            ("{name: s, run: 'date +%s > stamp; echo x >> ledger'}", "repeat_differs"),
            ("{name: s, run: 'echo x > dump-$(date +%s); ls > listing'}", "repeat_differs"),
            ("{name: s, run: mkdir fresh}", "repeat_fails"),
            ("{name: s, run: echo n > n, probe: exit 3}", "probe_falsely_not_done"),
            ("{name: s, run: sleep 0.05; echo n > n, probe: exit 0}", "probe_falsely_done"),
            ("{name: s, run: 'echo 1 > n; sleep 0.2; echo 2 >> n', probe: test -f n || exit 3}", "probe_falsely_done"),
        ])
    func unsafeStep(step: String, code: String) throws {
        let result = try drill("- \(step)\n- {name: other, run: echo o > o}")
        #expect(try unsafe(result) == ["s"], "\(result)")
        #expect(try findings(result, "s").contains(code), "\(result)")
        #expect(result.status == 1)
    }

    @Test("an honest probe makes an append safe; what it forgets to write is told")
    func honestProbe() throws {
        let result = try drill(
            """
            - {name: append, run: 'echo x >> ledger; echo id=7 >> "$WORKFLOW_OUTPUT"', probe: grep -q x ledger || exit \
            3}
            - {name: use, run: 'echo "${{ steps.append.outputs.id }}" > used'}
            """)
        #expect(try unsafe(result) == [], "\(result)")
        #expect(try findings(result, "append") == ["outputs_lost"])
        #expect(result.status == 0)
    }

    @Test("what a step leaves in the background is waited for, and its effect counts")
    func late() throws {
        let result = try drill(
            """
            - {name: once, run: 'setsid --fork sh -c "sleep 0.4; echo late > late"; echo now > now'}
            - {name: next, run: 'cat late > copy'}
            - {name: append, run: 'setsid --fork sh -c "sleep 0.3; echo late >> ledger"'}
            """)
        #expect(try unsafe(result) == ["append"], "\(result)")
        #expect(try findings(result, "once") == [], "\(result)")
        #expect(try findings(result, "append") == ["repeat_differs"], "\(result)")
        #expect(try result.json()["completed"] == true)
    }

    @Test("a daemon lives on for later steps; what it keeps writing is named, and not compared")
    func daemon() throws {
        let script = "echo $$ > pid; while sleep 0.05; do echo tick >> log; done"
        let result = try drill(
            """
            - {name: start, run: 'setsid --fork sh -c "$SCRIPT" > /dev/null 2>&1; until [ -s pid ]; do sleep 0.01; \
            done; echo started > started', env: {SCRIPT: '\(script)'}}
            - {name: use, run: 'kill -0 $(cat pid); echo used > used'}
            """, ["--moments", "0"])
        #expect(try unsafe(result) == [], "\(result)")
        #expect(try findings(result, "start") == ["runs_on"], "\(result)")
        let steps = try result.json()["steps"]?.arrayValue ?? []
        let finding = steps.first?["findings"]?.arrayValue?.first
        #expect(finding?["paths"] == ["log"], "\(result)")
        #expect(finding?["message"]?.stringValue?.contains("`sh -c echo $$ > pid;") == true, "\(result)")
        #expect(try findings(result, "use") == [], "\(result)")
        #expect(result.status == 0)
    }

    @Test("passes of a loop, steps of groups and owed work are drilled too; needs give the order")
    func containers() throws {
        let result = try drill(
            """
            - {name: late, needs: [first], run: 'cat first; echo l > l'}
            - {name: first, needs: [], run: echo f > first}
            - name: loop
              repeat: {until: steps.loop.outputs.n >= 3, limit: 5, delay: 1h}
              run: |
                n=$(( $(cat n 2>/dev/null || echo 0) + 1 )); echo $n > n; echo n=$n >> "$WORKFLOW_OUTPUT"
            - name: nodes
              foreach: {items: [a, b, c], as: node, key: node}
              steps:
                - {name: drain, run: 'echo "${{ node }}" >> drained'}
                - {name: upgrade, run: 'echo "${{ node }}" > "up-${{ node }}"'}
            """)
        #expect(try unsafe(result) == ["loop", "drain"], "\(result)")
    }

    @Test("a step that runs longer than a stopping driver waits is followed to its end")
    func longStep() throws {
        let result = try drill(
            """
            - {name: long, run: sleep 11; echo done >> done}
            - {name: next, run: echo n > n}
            """, ["--moments", "0"])
        #expect(try unsafe(result) == ["long"], "\(result)")
    }

    @Test("links that lead out of the sandbox are named")
    func links() throws {
        let folder = try TestFolder()
        try folder.write("w.yaml", "name: drilled\nstages: [{name: only, steps: [{name: a, run: 'true'}]}]\n")
        symlink("/etc/hostname", folder.path("out"))
        symlink("w.yaml", folder.path("in"))
        let result = try Command.run(["drill", "w.yaml"], in: folder, seconds: 120)
        #expect(result.status == 0, "\(result)")
        #expect(result.error.contains("1 link leads out of the sandbox") && result.error.contains(": out"), "\(result)")
    }

    @Test("a workflow that fails by itself is not called safe")
    func failing() throws {
        let result = try drill("- {name: fine, run: 'true'}\n- {name: bad, run: 'echo what a pity; exit 7'}")
        #expect(result.status == 1)
        #expect(try result.json()["completed"] == false)
        #expect(try result.json()["error"] == "step bad fails: exit status 7", "\(result)")
        #expect(try result.json()["log"] == ["what a pity"])
    }

    @Test("parameters, signals, secrets and files beside the definition are there")
    func inputs() throws {
        let folder = try TestFolder()
        try folder.write(
            "w.yaml",
            """
            name: drilled
            params: {who: {type: string, required: true}}
            secrets: {key: {file: key.txt}}
            stages:
              - name: only
                steps:
                  - {name: wait, uses: signal, with: {name: shipped}}
                  - name: use
                    env: {KEY: "${{ secrets.key }}"}
                    run: ./use.sh "${{ params.who }}" "${{ steps.wait.outputs.version }}"
            """)
        try folder.write("key.txt", "hunter2")
        try folder.write("use.sh", "#!/bin/sh\n[ \"$1 $2 $KEY\" = 'ada 3 hunter2' ] && [ -n \"$WORKFLOW_DRILL\" ]\n")
        chmod(folder.path("use.sh"), 0o755)
        let result = try Command.run(
            ["drill", "w.yaml", "-p", "who=ada", "--signal", #"shipped={"version": 3}"#], in: folder, seconds: 120)
        #expect(result.status == 0, "\(result)")
        #expect(result.output.contains("nothing unsafe was found"))
    }

    @Test("ended by a signal, it leaves no process and no sandbox")
    func interrupted() throws {
        let folder = try TestFolder()
        try folder.write(
            "w.yaml",
            "name: drilled\nstages: [{name: only, steps: [{name: long, run: 'echo $$ > pid; exec sleep 600'}]}]\n")
        try folder.write("tmp/keep", "")
        let drill = try Command.start(["drill", "w.yaml"], in: folder, environment: ["TMPDIR": folder.path("tmp")])
        var pid: pid_t = 0
        try drill.wait("the step runs") {
            let sandbox = folder.names("tmp").first { $0.hasPrefix("workflow-drill-") } ?? ""
            let text = folder.text("tmp/\(sandbox)/live/work/pid") ?? ""
            pid = pid_t(text.prefix { $0 != "\n" }) ?? 0
            return pid > 0
        }
        drill.signal(SIGINT)
        let result = try drill.end()
        #expect(result.status == 130, "\(result)")
        #expect(folder.names("tmp") == ["keep"])
        // Whoever inherited it may not have taken note of its end yet.
        let state = TestFolder.bytes("/proc/\(pid)/stat").map { String(decoding: $0, as: UTF8.self) } ?? ") Z"
        #expect(state.contains(") Z"), "the step lives on: \(state)")
    }

    @Test(
        "wrong words",
        arguments: [
            (["drill"], 64), (["drill", "none.yaml"], 66), (["drill", "w.yaml", "--moments", "21"], 64),
            (["drill", "w.yaml", "--instances", "0"], 64), (["drill", "w.yaml", "--from", "/none"], 66),
            (["drill", "w.yaml", "--signal", "a=}"], 65), (["drill", "w.yaml", "-p", "x=1"], 65),
        ] as [([String], Int32)])
    func wrongWords(arguments: [String], status: Int32) throws {
        let folder = try TestFolder()
        try folder.write("w.yaml", "name: drilled\nstages: [{name: only, steps: [{name: a, run: 'true'}]}]\n")
        let result = try Command.run(arguments, in: folder)
        #expect(result.status == status, "\(result)")
        #expect(!result.error.isEmpty)
    }
}
