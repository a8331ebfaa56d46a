import Glibc
import JSON
import Testing

/// At night the secrets of a run are often elsewhere: in cron's environment, in another person's shell.
@Suite("Acts where a secret of the run is not set")
struct MissingSecretTests {
    private static let secret = ["BACKUP_TOKEN": "hunter2-hunter2"]
    private static let backup = """
        name: backup
        secrets: {token: {env: BACKUP_TOKEN}}
        concurrency: {group: nightly}
        stages:
          - name: only
            steps:
              - name: upload
                env: {T: "${{ secrets.token }}"}
                run: echo begun >> "$SCENE/begun"; while [ ! -e "$SCENE/go" ]; do sleep 0.05; done; echo up >> \
        "$SCENE/done"
        """

    /// A run whose step was lost with everything else.
    private func lost(_ more: String = "") throws -> Scene {
        let scene = try Scene()
        try scene.write(Self.backup + more, to: "backup.yaml")
        let run = try scene.start(["run", "backup.yaml", "--run-id", "b"], environment: Self.secret)
        try eventually("it has begun") { scene.exists("begun") }
        run.signal(SIGKILL)
        _ = try run.finished()
        try scene.killEverything()
        return scene
    }

    private func noSecret(_ scene: Scene) throws {
        let bytes = ["store.db", "store.db-wal"].map { TestFolder.bytes("\(scene.path)/.workflow/\($0)") ?? [] }
        for file in bytes { #expect(!String(decoding: file, as: UTF8.self).contains("hunter2-hunter2")) }
    }

    @Test(
        "A lost run can be ended without it: its locks are free, the reason is left out and that is said",
        arguments: ["", "\non_exit:\n  - {name: tell, run: 'echo \"${{ run.status }}\" >> \"$SCENE/told\"'}\n"])
    func cancel(_ more: String) throws {
        let scene = try lost(more)
        let cancelled = try scene.workflow("cancel", "b", "--reason", "was hunter2-hunter2 at fault?")
        #expect(cancelled.status == 0, "\(cancelled)")
        #expect(cancelled.errors.contains("BACKUP_TOKEN, which is not set"), "\(cancelled)")
        #expect(cancelled.errors.contains("a reason that may hold it is left out"), "\(cancelled)")
        #expect(try scene.status("b") == "cancelled")
        if !more.isEmpty { #expect(scene.lines("told") == ["cancelled"]) }
        #expect(try scene.workflow("locks").output.contains("nightly") == false)
        try noSecret(scene)
    }

    @Test("An on_exit step that needs it fails, and the others run")
    func owedStepNeedsIt() throws {
        let scene = try lost(
            """

            on_exit:
              - {name: needy, env: {T: "${{ secrets.token }}"}, run: 'echo needy >> "$SCENE/told"'}
              - {name: tell, run: 'echo told >> "$SCENE/told"'}

            """)
        let cancelled = try scene.workflow("cancel", "b", "--reason", "gone")
        #expect(cancelled.status == 0, "\(cancelled)")
        #expect(try scene.status("b") == "cancelled")
        #expect(scene.lines("told") == ["told"], "\(cancelled)")
        #expect(try scene.step("needy", of: "b")["status"]?.stringValue == "failed")
    }

    @Test(
        "A decision is recorded for the next driver and seen by all who look; a contrary one is refused",
        arguments: ["--retry", "--done", "--skip"])
    func decision(_ verdict: String) throws {
        let scene = try lost()
        #expect(try scene.workflow(["resume", "b", "--no-wait"], environment: Self.secret).status == 3)
        let first = try scene.workflow("resolve", "b", "upload", verdict, "--reason", "ada looked")
        #expect(first.status == 0, "\(first)")
        #expect(first.errors.contains("recorded, and done by the process that drives b next"), "\(first)")
        for look in [["attention"], ["show", "b"]] {
            let shown = try scene.workflow(look)
            #expect(shown.output.contains("resolve upload \(verdict)"), "\(look): \(shown)")
            #expect(!shown.output.contains("upload is in doubt"), "\(look): \(shown)")
        }
        #expect(
            try scene.workflow("show", "b", "-o", "json").json["requests"]?[0]?["request"]?.stringValue
                == "resolve upload \(verdict)")
        #expect(try scene.workflow("doctor").output.contains("not done yet"))
        let second = try scene.workflow("resolve", "b", "upload", "--fail", "--reason", "lin did not")
        #expect(second.status == 64, "\(second)")
        try scene.write("", to: "go")
        let resumed = try scene.workflow(["resume", "b"], environment: Self.secret)
        #expect(resumed.status == 0, "\(resumed)")
        #expect(try scene.workflow("attention").status == 0)
    }

    @Test(
        "What was recorded with a reason is masked whatever is done before its driver comes",
        arguments: [["approve", "g", "b"], ["pause", "g"], ["reject", "g", "b"], ["signal", "g", "dns"]])
    func recordedReason(_ act: [String]) throws {
        let scene = try Scene()
        try scene.write(
            """
            name: two
            secrets: {token: {env: BACKUP_TOKEN}}
            stages:
              - name: only
                steps:
                  - {name: a, uses: approval, with: {prompt: "A?"}}
                  - {name: b, needs: [], uses: approval, with: {prompt: "B?"}}
                  - {name: c, needs: [], uses: signal, with: {name: dns}}
            """, to: "two.yaml")
        #expect(
            try scene.workflow(["run", "two.yaml", "--run-id", "g", "--no-wait"], environment: Self.secret).status == 3)
        #expect(try scene.workflow("approve", "g", "a", "--reason", "pw is hunter2-hunter2").status == 0)
        let acted = try scene.workflow(act)
        #expect(acted.status == 0 || acted.status == 4, "\(acted)")
        let contrary = try scene.workflow("reject", "g", "a")
        #expect(contrary.status == 64, "\(contrary)")
        _ = try scene.workflow(["resume", "g", "--no-wait"], environment: Self.secret)
        let journal = try scene.workflow("journal", "g", "-o", "json").output
        #expect(journal.contains("pw is ***") && !journal.contains("hunter2-"), "\(journal)")
        try scene.expectVerified("g")
    }

    @Test("--resume does not say that the run goes on: it ends with 65, names the secret, and keeps the decision")
    func resolveAndResume() throws {
        let scene = try lost()
        #expect(try scene.workflow(["resume", "b", "--no-wait"], environment: Self.secret).status == 3)
        let resolved = try scene.workflow("resolve", "b", "upload", "--done", "--reason", "seen", "--resume")
        #expect(resolved.status == 65, "\(resolved)")
        #expect(resolved.errors.contains("BACKUP_TOKEN") && !resolved.errors.contains("goes on, driven"), "\(resolved)")
        #expect(try scene.workflow(["resume", "b"], environment: Self.secret).status == 0)
    }

    @Test("run --detach without it makes no run; a driver that ends at once is told with its words")
    func detached() throws {
        let scene = try Scene()
        try scene.write(Self.backup, to: "backup.yaml")
        let run = try scene.workflow("run", "backup.yaml", "--run-id", "b", "--detach")
        #expect(run.status == 65 && run.errors.contains("BACKUP_TOKEN"), "\(run)")
        #expect(try scene.workflow("show", "b").status == 66)

        // An approval needs no secret to be recorded; the driver that is to go on does.
        try scene.write(
            """
            name: gated
            secrets: {token: {env: BACKUP_TOKEN}}
            stages:
              - name: only
                steps:
                  - {name: gate, uses: approval, with: {prompt: "Go?"}}
                  - {name: after, run: "true"}
            """, to: "gated.yaml")
        #expect(
            try scene.workflow(["run", "gated.yaml", "--run-id", "g", "--no-wait"], environment: Self.secret).status
                == 3)
        let approved = try scene.workflow("approve", "g", "gate", "--resume")
        #expect(approved.status == 65, "\(approved)")
        #expect(approved.errors.contains("no process drives it") && approved.errors.contains("BACKUP_TOKEN"))
        #expect(approved.lastLine.hasPrefix("workflow resume"), "\(approved)")
        #expect(try scene.workflow(["resume", "g"], environment: Self.secret).status == 0)
    }
}
