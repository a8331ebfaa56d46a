import Glibc
import JSON
import Testing

@Suite("Secrets")
struct SecretTests {
    // MARK: - Values that change

    @Test("A secret that changes between a crash and the resume is nowhere in clear, in outputs of any form")
    func rotated() throws {
        let folder = try TestFolder()
        try folder.write(
            "w.yaml",
            """
            name: rotated
            secrets: {token: {file: tok}}
            stages:
              - name: only
                steps:
                  - name: held
                    env: {T: "${{ secrets.token }}"}
                    run: |
                      touch began
                      while [ ! -e go ]; do sleep 0.01; done
                      echo "url=https://x:$T@host/" >> "$WORKFLOW_OUTPUT"
                      printf 'many<<END\\nfirst\\n%s\\nEND\\n' "$T" >> "$WORKFLOW_OUTPUT"
                      echo "list=[\\"$T\\", 1]" >> "$WORKFLOW_OUTPUT"
                  - name: after
                    run: echo "url is ${{ steps.held.outputs.url }}"
            """)
        try folder.write("tok", "first-token-1\n")
        let engine = try Command.start(["run", "w.yaml", "--run-id", "r"], in: folder)
        try engine.wait("the step begins") { folder.exists("began") }
        engine.signal(SIGKILL)
        _ = try engine.end()
        try folder.write("tok", "second-token-2\n")
        try folder.write("go", "")
        let resumed = try Command.run(["resume", "r"], in: folder)
        #expect(resumed.status == 0, "\(resumed)")
        let held = try Command.run(["show", "r", "-o", "json"], in: folder).json()["steps"]?[0]
        #expect(
            held?["outputs"] == ["url": "https://x:***@host/", "many": "first\n***", "list": ["***", 1]], "\(resumed)")
        let checkpoint = try #require(
            try Command.run(["show", "r", "-o", "json"], in: folder).json()["checkpoint"]?.stringValue)
        for arguments in [
            ["show", "r"], ["journal", "r", "-o", "json"], ["logs", "r"], ["evidence", "r"],
            ["checkpoint", "export", checkpoint], ["checkpoint", "show", checkpoint],
        ] {
            let shown = try Command.run(arguments, in: folder)
            #expect(shown.status == 0, "\(shown)")
            #expect(!shown.output.contains("token-1") && !shown.error.contains("token-1"), "\(arguments)")
        }
        #expect(Self.files(below: folder.path(".workflow"), holding: "first-token-1").isEmpty)
    }

    @Test("Outputs and words of a probe, and of a verification, are masked")
    func probes() throws {
        let folder = try TestFolder()
        try folder.write(
            "w.yaml",
            """
            name: probed
            secrets: {token: {command: "date +token-%s%N"}}
            env: {T: "${{ secrets.token }}"}
            stages:
              - name: only
                steps:
                  - name: held
                    timeout: 1s
                    run: "sleep 60"
                    probe: "echo probe $T >&2; echo out=$T >> $WORKFLOW_OUTPUT; exit 0"
                    verify: "echo verify $T >&2; echo key-$T >> $WORKFLOW_OUTPUT; exit 0"
                  - {name: last, run: "[ -e go ]"}
            """)
        #expect(try Command.run(["run", "w.yaml", "--run-id", "r"], in: folder).status == 1)
        let resumed = try Command.run(["resume", "r"], in: folder)
        let shown = try Command.run(["show", "r", "-o", "json"], in: folder)
        #expect(try shown.json()["steps"]?[0]?["outputs"] == ["out": "***"], "\(resumed)\(shown)")
        #expect(Self.files(below: folder.path(".workflow"), holding: "token-1").isEmpty, "\(resumed)")
        #expect(!resumed.error.contains("token-1"), "\(resumed)")
    }

    // MARK: - What people write

    @Test(
        "A secret in a reason is masked on a run that nobody drives",
        arguments: [
            ["approve", "r", "gate"], ["reject", "r", "gate"], ["resolve", "r", "gate", "--done"], ["pause", "r"],
            ["cancel", "r"], ["signal", "r", "go"],
        ])
    func reasons(_ arguments: [String]) throws {
        let folder = try TestFolder()
        try folder.write("w.yaml", Self.gated)
        let environment = ["TOKEN": "hunter2-hunter2"]
        #expect(
            try Command.run(["run", "w.yaml", "--run-id", "r", "--no-wait"], in: folder, environment: environment)
                .status
                == 3)
        let asked = try Command.run(
            arguments + ["--reason", "because of hunter2-hunter2"], in: folder, environment: environment)
        let journal = try Command.run(["journal", "r", "-o", "json"], in: folder)
        #expect(!journal.output.contains("hunter2-"), "\(asked)")
        if asked.status == 0 || asked.status == 4 { #expect(journal.output.contains("because of ***"), "\(asked)") }
    }

    @Test("Without the secret a reason waits for a driver that has it")
    func reasonsWithoutSecret() throws {
        let folder = try TestFolder()
        try folder.write("w.yaml", Self.gated)
        let environment = ["TOKEN": "hunter2-hunter2"]
        _ = try Command.run(["run", "w.yaml", "--run-id", "r", "--no-wait"], in: folder, environment: environment)
        let approved = try Command.run(["approve", "r", "gate", "--reason", "so hunter2-hunter2"], in: folder)
        #expect(approved.status == 0, "\(approved)")
        #expect(!(try Command.run(["journal", "r", "-o", "json"], in: folder)).output.contains("hunter2-"))
        let resumed = try Command.run(["resume", "r"], in: folder, environment: environment)
        #expect(resumed.status == 0, "\(resumed)")
        let journal = try Command.run(["journal", "r", "-o", "json"], in: folder)
        #expect(journal.output.contains("so ***") && !journal.output.contains("hunter2-"))
    }

    @Test(
        "A run is not started with the value of a secret in what it keeps",
        arguments: [
            ["-p", "x=pre-hunter2-hunter2"], ["-p", #"x=hunter2%2Dhunter2"#], ["--label", "k=hunter2-hunter2"],
            ["--label", "hunter2-hunter2=v"], ["--run-id", "hunter2-hunter2"], ["-p", "x=1.10", "--label", "k=shor"],
        ], [false, true])
    func started(_ arguments: [String], detached: Bool) throws {
        let folder = try TestFolder()
        try folder.write(
            "w.yaml",
            """
            name: started
            params: {x: {type: string, default: none}}
            secrets: {token: {env: TOKEN}, short: {env: SHORT}}
            stages: [{name: only, steps: [{name: a, run: "true"}]}]
            """)
        let result = try Command.run(
            ["run", "w.yaml"] + arguments + (detached ? ["--detach"] : []), in: folder,
            environment: ["TOKEN": "hunter2-hunter2", "SHORT": "shor"])
        #expect(result.status == 65, "\(result)")
        #expect(result.error.contains("holds the value of the secret"), "\(result)")
        #expect(!result.error.contains("hunter2"), "\(result)")
        #expect(try Command.run(["list", "-o", "json"], in: folder).output.contains("hunter2") == false)
        let harmless = try Command.run(
            ["run", "w.yaml", "-p", "x=short"], in: folder, environment: ["TOKEN": "hunter2-hunter2", "SHORT": "shor"])
        #expect(harmless.status == 0, "\(harmless)")
    }

    @Test(
        "A name that goes into the journal as it is does not hold a secret",
        arguments: [
            ["approve", "r", "gate", "--as", "hunter2-hunter2"], ["reject", "r", "gate", "--as", "x-hunter2-hunter2"],
            ["resolve", "r", "gate", "--skip", "--reason", "y", "--as", "hunter2-hunter2"],
            ["cancel", "r", "--as", "hunter2-hunter2"], ["pause", "r", "--as", "hunter2-hunter2"],
            ["signal", "r", "go", "--as", "hunter2-hunter2"], ["signal", "r", "go-hunter2-hunter2"],
            ["resume", "r", "--as", "hunter2-hunter2"],
        ])
    func names(_ arguments: [String]) throws {
        let folder = try TestFolder()
        try folder.write("w.yaml", Self.gated)
        let environment = ["TOKEN": "hunter2-hunter2"]
        #expect(
            try Command.run(["run", "w.yaml", "--run-id", "r", "--no-wait"], in: folder, environment: environment)
                .status
                == 3)
        let asked = try Command.run(arguments, in: folder, environment: environment)
        #expect(asked.status == 65, "\(asked)")
        #expect(asked.error.contains("holds the value of the secret token"), "\(asked)")
        let sudo = try Command.run(
            ["pause", "r"], in: folder, environment: environment.merging(["SUDO_USER": "hunter2-hunter2"]) { $1 })
        #expect(sudo.status == 65, "\(sudo)")
        #expect(!asked.error.contains("hunter2-") && !sudo.error.contains("hunter2-"))
        #expect(!(try Command.run(["journal", "r", "-o", "json"], in: folder)).output.contains("hunter2-"))
        #expect(try Command.run(["pause", "r", "--as", "ada"], in: folder, environment: environment).status == 0)
    }

    @Test("Nothing about a secret's variable is written down")
    func unrecorded() throws {
        let folder = try TestFolder()
        try folder.write(
            "w.yaml",
            """
            name: pin
            secrets: {pin: {env: PIN}}
            stages: [{name: only, steps: [{name: a, run: "false"}]}]
            """)
        _ = try Command.run(
            ["run", "w.yaml", "--run-id", "r"], in: folder, environment: ["PIN": "4711", "OTHER": "x"])
        let journal = try Command.run(["journal", "r", "-o", "json"], in: folder).output
        #expect(journal.contains("\"OTHER\""))
        #expect(!journal.contains("\"PIN\""))
        let resumed = try Command.run(["resume", "r"], in: folder, environment: ["PIN": "4712", "OTHER": "x"])
        #expect(!resumed.error.contains("variable PIN"), "\(resumed)")
    }

    // MARK: - Where secrets come from

    @Test(
        "A source that gives too much, or nothing, is refused at once",
        arguments: [
            ("file: /dev/zero", "longer than 65536"), ("file: sparse", "longer than 65536"),
            ("command: yes", "printed more than 65536"), ("command: \"yes x & yes\"", "printed more than 65536"),
            ("file: /nowhere", "No such file"), ("file: .", "Is a directory"), ("command: exit 3", "status 3"),
        ])
    func tooMuch(_ source: String, _ said: String) throws {
        let folder = try TestFolder()
        try folder.write(
            "w.yaml",
            """
            name: much
            secrets: {token: {\(source)}}
            stages: [{name: only, steps: [{name: a, run: "true"}]}]
            """)
        let sparse = open(folder.path("sparse"), O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        #expect(ftruncate(sparse, 3 << 30) == 0)
        close(sparse)
        let result = try Command.run(["run", "w.yaml"], in: folder, seconds: 15)
        #expect(result.status == 65, "\(result)")
        #expect(result.error.contains(said), "\(result)")
    }

    @Test("What a secret's command says on standard error is neither on the terminal nor in a log, but in its failure")
    func standardError() throws {
        let folder = try TestFolder()
        func definition(_ status: Int) -> String {
            """
            name: noisy
            secrets: {token: {command: "printf 'hunter2-hunter2'; printf '\\\\033[31mbad hunter2-hunter2\\\\n' >&2; \
            exit \(status)"}}
            stages: [{name: only, steps: [{name: a, run: "true"}]}]
            """
        }
        try folder.write("w.yaml", definition(0))
        let fine = try Command.run(["run", "w.yaml"], in: folder)
        #expect(fine.status == 0 && !fine.error.contains("bad"), "\(fine)")
        try folder.write("w.yaml", definition(2))
        let failed = try Command.run(["run", "w.yaml"], in: folder)
        #expect(failed.status == 65, "\(failed)")
        #expect(failed.error.contains("saying: \\u{1b}[31mbad ***"), "\(failed)")
        #expect(!failed.error.utf8.contains(0x1B), "\(failed)")
    }

    private static let gated = """
        name: gated
        secrets: {token: {env: TOKEN}}
        stages:
          - name: only
            steps:
              - {name: gate, uses: approval, with: {prompt: "Go?"}}
              - {name: after, run: "true"}
        """

    /// Files of a store that hold `text`; logs of steps and the database among them.
    private static func files(below path: String, holding text: String) -> [String] {
        TestFolder.names(path).flatMap { name -> [String] in
            let file = "\(path)/\(name)"
            var status = stat()
            guard lstat(file, &status) == 0 else { return [] }
            if status.st_mode & S_IFMT == S_IFDIR { return files(below: file, holding: text) }
            guard status.st_mode & S_IFMT == S_IFREG, let bytes = TestFolder.bytes(file) else { return [] }
            return String(decoding: bytes, as: UTF8.self).contains(text) ? [file] : []
        }
    }
}
