import Glibc
import JSON
import Testing

@Suite("Definitions of several files")
struct IncludeFileTests {
    private static let main = """
        name: main
        include: parts/base.yaml
        stages:
          - name: work
            steps:
              - name: say
                run: echo "word=${{ params.word }}" >> "$WORKFLOW_OUTPUT"
              - include: parts/more.yaml

        """

    @Test("A run takes its files together, and keeps them: later edits do not matter")
    func run() throws {
        let folder = try TestFolder()
        try folder.write("flows/main.yaml", Self.main)
        try folder.write("flows/parts/base.yaml", "params: {word: {default: hi}}\n")
        try folder.write(
            "flows/parts/more.yaml", "steps: [{name: test, run: 'test \"${{ steps.say.outputs.word }}\" = hi'}]")
        let result = try Command.run(["run", "flows/main.yaml", "--run-id", "r", "-o", "json"], in: folder)
        #expect(result.status == 0, "\(result)")
        try folder.write("flows/parts/more.yaml", "steps: []")
        #expect(try Command.run(["show", "r", "-o", "json"], in: folder).json()["status"] == "completed")
    }

    @Test("Problems name the included file")
    func problems() throws {
        let folder = try TestFolder()
        try folder.write("flows/main.yaml", Self.main)
        try folder.write("flows/parts/base.yaml", "params:\n  word: {typ: string}\n")
        try folder.write("flows/parts/more.yaml", "steps: [{name: test}]")
        let result = try Command.run(["validate", "flows/main.yaml", "-o", "json"], in: folder)
        #expect(result.status == 65)
        let files = try result.json().arrayValue?.map { $0["file"] }
        #expect(files == ["flows/parts/base.yaml", "flows/parts/more.yaml"])
    }

    @Test("What is no readable file is refused by name, and never waited for")
    func unreadable() throws {
        let folder = try TestFolder()
        mkfifo(folder.path("pipe"), 0o600)
        symlink("loop", folder.path("loop"))
        symlink("main.yaml", folder.path("again"))
        try folder.write("sub/x", "")
        try folder.write("huge", bytes: [UInt8](repeating: UInt8(ascii: "#"), count: (10 << 20) + 1))
        let table = [
            ("none", "\"none\" does not exist"), ("sub", "\"sub\" is a folder"), ("pipe", "\"pipe\" is a pipe"),
            ("/dev/zero", "\"/dev/zero\" lies outside of the folder"), ("loop", "\"loop\" is a symbolic link"),
            ("huge", "\"huge\" would make the definition larger than 10 MiB"),
            ("again", "in a circle: main.yaml → again"), ("sub/x", "the file is empty"),
        ]
        for (path, message) in table {
            try folder.write("main.yaml", "name: m\ninclude: \(path)\nstages: [{name: s, steps: [{name: a, run: x}]}]")
            let result = try Command.run(["validate", "main.yaml"], in: folder, seconds: 20)
            #expect(result.status == 65, "\(result)")
            #expect(result.outputLines.count { $0.contains(": error: ") } == 1, "\(result)")
            #expect(result.output.contains(message), "\(result)")
        }
    }

    private static func includes(_ path: String) -> String {
        "name: m\ninclude: \(path)\nstages: [{name: s, steps: [{name: a, run: x}]}]"
    }

    @Test("Only what lies below the definition's folder is included, wherever links lead, and nothing else is shown")
    func outside() throws {
        let folder = try TestFolder()
        try folder.write("secret/key.yaml", "params: {}\ntop secret: here\n")
        try folder.write("flows/parts/base.yaml", "include: ../more.yaml\n")
        try folder.write("flows/more.yaml", "params: {word: {default: hi}}\n")
        symlink("../secret/key.yaml", folder.path("flows/link.yaml"))
        symlink("../secret", folder.path("flows/folder"))
        for path in [
            "../secret/key.yaml", folder.path("secret/key.yaml"), "link.yaml", "folder/key.yaml", "/etc/passwd",
        ] {
            try folder.write("flows/main.yaml", Self.includes(path))
            for command in ["validate", "plan", "run", "graph"] {
                let result = try Command.run([command, "flows/main.yaml"], in: folder)
                #expect(result.status == 65, "\(result)")
                let text = result.output + result.error
                #expect(text.contains("lies outside of the folder of the definition"), "\(result)")
                #expect(text.contains("--allow-include FOLDER"))
                #expect(!text.contains("top secret") && !text.contains("root:"), "\(result)")
            }
        }
        try folder.write("flows/main.yaml", Self.includes("../secret/key.yaml"))
        let allowed = try Command.run(["validate", "flows/main.yaml", "--allow-include", "secret"], in: folder)
        #expect(allowed.output.contains("unknown key \"top secret\""), "\(allowed)")
        // What lies below the folder of the definition may name each other.
        try folder.write("flows/main.yaml", Self.includes("parts/base.yaml"))
        #expect(try Command.run(["validate", "flows/main.yaml"], in: folder).status == 0)
    }

    @Test(
        "Of a file without a single known key nothing is shown",
        arguments: [
            "root:x:0:0\nada:x:1:1\n", "PATH=/bin\u{0}TOKEN=abc", "- a\n- root\n", "key: [root\n", "root",
        ])
    func foreign(_ text: String) throws {
        let folder = try TestFolder()
        try folder.write("other", text)
        try folder.write("main.yaml", Self.includes("other"))
        let result = try Command.run(["validate", "main.yaml"], in: folder)
        #expect(result.status == 65)
        #expect(result.output.contains("\"other\" is no part of a workflow: it has none of its keys"), "\(result)")
        #expect(!result.output.contains("root") && !result.output.contains("TOKEN"), "\(result)")
    }

    @Test("A definition that is a pipe without a writer is an empty file")
    func pipe() throws {
        let folder = try TestFolder()
        mkfifo(folder.path("pipe"), 0o600)
        let result = try Command.run(["validate", "pipe"], in: folder, seconds: 20)
        #expect(result.status == 65)
        #expect(result.output.contains("pipe:1:1: error: the file is empty"))
    }
}

@Suite("Problems as annotations of a GitHub job")
struct GitHubFormatTests {
    @Test("Each problem is a command, with what would end it escaped")
    func annotations() throws {
        let folder = try TestFolder()
        try folder.write(
            "a,b: 50%.yaml", "name: w\nstages: [{name: s, steps: [{name: a, run: 'echo 100%', \"nee\\nds\": []}]}]")
        let result = try Command.run(["validate", "--format", "github", "a,b: 50%.yaml"], in: folder)
        #expect(result.status == 65)
        #expect(
            result.outputLines.first?.hasPrefix(
                "::error file=a%2Cb%3A 50%25.yaml,line=2,col=56,title=unknown_key::unknown key \"nee\\nds\" in step "
                    + "\"a\"; "
                    + "did you mean") == true, "\(result)")
        try folder.write("good.yaml", Definitions.two)
        let good = try Command.run(["validate", "--format", "github", "good.yaml"], in: folder)
        #expect(good.output == "good.yaml: two is valid: 1 stage, 2 steps\n")
        #expect(
            try Command.run(["validate", "--format", "github", "-o", "json", "good.yaml"], in: folder).status == 64)
    }
}

@Suite("Parameters and variables in YAML")
struct YAMLInputTests {
    private static let definition = """
        name: typed
        params: {nodes: {type: integer, required: true}, tags: {type: array, default: []}, text: {default: x}}
        stages:
          - name: s
            steps:
              - name: tell
                run: |
                  echo "nodes=${{ params.nodes }}" >> "$WORKFLOW_OUTPUT"
                  echo "tags=${{ params.tags }}" >> "$WORKFLOW_OUTPUT"

        """

    @Test("--params takes a YAML mapping as well as JSON")
    func parameters() throws {
        let folder = try TestFolder()
        try folder.write("typed.yaml", Self.definition)
        try folder.write("params.yaml", "# mine\nnodes: 4\ntags: [a, b]\ntext: no\n")
        let result = try Command.run(["run", "typed.yaml", "--params", "params.yaml", "-o", "json"], in: folder)
        #expect(result.status == 0, "\(result)")
        #expect(try result.json()["steps"]?[0]?["outputs"] == ["nodes": 4, "tags": ["a", "b"]])
        try folder.write("params.txt", #"{"nodes": 5}"#)
        #expect(try Command.run(["run", "typed.yaml", "--params", "params.txt"], in: folder).status == 0)
    }

    @Test(
        "What is wrong with such a file is told with its place",
        arguments: [
            ("p.yaml", "a: 1\na: 2\n", "p.yaml:2:1: error: the key \"a\" stands a second time"),
            ("p.yaml", "- a\n", "p.yaml holds no mapping; write name: value"),
            ("p.yaml", "", "p.yaml:1:1: error: the file is empty"),
            ("p.yaml", "n: 99999999999999999999\n", "p.yaml:1:4: error: 99999999999999999999 is beyond"),
            ("p.yaml", "a: [\n", "p.yaml:2:1: error: not valid YAML"),
            ("p.json", "a: 1", "p.json is not JSON"),
        ])
    func problems(name: String, text: String, message: String) throws {
        let folder = try TestFolder()
        try folder.write(name, text)
        let result = try Command.run(["eval", "1", "--input", name], in: folder)
        #expect(result.status == 65, "\(result)")
        #expect(result.error.contains(message), "\(result)")
    }

    @Test("eval --input takes YAML")
    func input() throws {
        let folder = try TestFolder()
        try folder.write("in.yaml", "params:\n  nodes: 4\n")
        #expect(try Command.run(["eval", "params.nodes * 2", "--input", "in.yaml"], in: folder).output == "8\n")
    }
}
