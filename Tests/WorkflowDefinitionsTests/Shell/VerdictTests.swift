import CEL
import Foundation
import Testing
import WorkflowCore
import WorkflowDefinitions

/// `Verdicts/scripts.txt`: scripts with what is said of them, for people to read and to add to.
struct ScriptVerdict: CustomTestStringConvertible {
    let section: String
    let verdicts: [String]
    var script: String
    let line: Int

    var testDescription: String { "line \(line): \(script)" }

    /// The text of a definition has this for `«x»`.
    var written: String {
        script.replacing("«", with: "${{ params.").replacing("»", with: " }}")
    }

    static let all: [ScriptVerdict] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Verdicts/scripts.txt")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        var found: [ScriptVerdict] = []
        var section = ""
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("== ") {
                section = String(line.dropFirst(3))
            } else if !line.hasPrefix("#"), let bar = line.firstIndex(of: "|") {
                let verdict = line[..<bar].trimmingCharacters(in: .whitespaces)
                let script = String(line[line.index(after: bar)...].dropFirst())
                if verdict.isEmpty, !found.isEmpty {
                    found[found.count - 1].script += "\n\(script)"
                } else {
                    found.append(
                        ScriptVerdict(
                            section: section, verdicts: verdict.split(separator: ",").map(String.init), script: script,
                            line: number + 1))
                }
            }
        }
        return found
    }()
}

@Suite("What is said of scripts")
struct VerdictTests {
    private static let codes: [String: DiagnosticCode?] = [
        "safe": nil, "unquoted": .unquotedInterpolation, "code": .interpolationInCode, "unsafe": .unsafeInterpolation,
    ]

    static func load(_ script: String, shell: String = "bash") -> LoadResult {
        let lines = script.split(separator: "\n", omittingEmptySubsequences: false).map { "            \($0)\n" }
        return Loading.result(
            """
            name: w
            params:
              x: {}
              host: {}
              user: {}
              file: {}
              name: {}
              n: {type: integer}
              d: {type: number}
              b: {type: boolean}
              list: {type: array}
              mode: {enum: [staging, production]}
            stages:
              - name: s
                steps:
                  - name: a
                    shell: \(shell)
                    run: |

            """ + lines.joined())
    }

    @Test("each script gets its verdict, and nothing else")
    func verdicts() {
        let all = ScriptVerdict.all
        #expect(all.count >= 300, "the list of scripts is not read")
        for entry in all {
            let found = Self.load(entry.written).diagnostics
            let expected = entry.verdicts.compactMap { Self.codes[$0] ?? .yamlSyntax }
            #expect(
                found.map(\.code) == expected,
                "line \(entry.line): \(entry.script)\n\(found.map(\.text).joined(separator: "\n"))")
        }
    }

    /// Programs that do not exist, and values that write a file where the shell evaluates them.
    @Test("what is safe by the list is safe in bash")
    func safeScriptsInBash() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "workflow-verdicts-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var ran = 0
        // A program of a name like `exit` or a read of standard input ends the script and proves nothing, and does no
        // harm.
        for entry in ScriptVerdict.all where entry.verdicts == ["safe"] && !entry.script.contains("exec ") {
            let loaded = try #require(Self.load(entry.written).definition)
            guard case .run(let script) = loaded.definition.stages[0].steps[0].action else { continue }
            for value in HostileValues.some(of: entry.line) {
                var values: [String: String] = [:]
                for binding in script.bindings {
                    let source = binding.expression.source
                    let isNumber = ["params.n", "params.d"].contains(source)
                    values[binding.variable] =
                        isNumber ? "7" : source == "params.b" ? "true" : source == "params.mode" ? "staging" : value
                }
                let marks = try HostileValues.marks(after: script.text, values: values, in: folder)
                #expect(marks.isEmpty, "line \(entry.line): \(entry.script) ran \(value)")
                ran += 1
            }
        }
        #expect(ran > 500)
    }

    @Test("hints close the hole: what they propose is taken without a word")
    func hints() {
        let table: [(script: String, hint: String, better: String)] = [
            (
                "psql <<E\nselect '«x»'\nE", "psql -v x=\"${{ params.x }}\" and write :'x'",
                "psql -v x=\"«x»\" <<'E'\nselect :'x'\nE"
            ),
            ("jq \".a == \\\"«x»\\\"\" f", "jq --arg x \"${{ params.x }}\"", "jq --arg x \"«x»\" '.a == $x' f"),
            ("jq '.a == \"«x»\"' f", "jq --arg x \"${{ params.x }}\"", "jq --arg x \"«x»\" '.a == $x' f"),
            ("awk \"/«x»/\" f", "awk -v x=\"${{ params.x }}\"", "awk -v x=\"«x»\" '$0 ~ x' f"),
            ("yq -i \".a = \\\"«x»\\\"\" f", "strenv(X)", "X=\"«x»\" yq -i '.a = strenv(X)' f"),
            ("echo '«x»'", "write it in double quotes", "echo \"«x»\""),
            ("echo 'a «x» b'", "'…'\"${{ params.x }}\"'…'", "echo 'a '\"«x»\"' b'"),
            ("(( «x» > 3 ))", "${{ int(params.x) }}", "(( ${{ int(params.x) }} > 3 ))"),
            ("[[ «x» -gt 3 ]]", "declare its type as integer", "[[ «n» -gt 3 ]]"),
            ("bash -c \"echo «x»\"", "_ \"${{ params.x }}\"", "bash -c 'echo \"$1\"' _ \"«x»\""),
            ("bash -c 'echo «x»'", "_ \"${{ params.x }}\"", "bash -c 'echo \"$1\"' _ \"«x»\""),
            (
                "bash <<E\necho «x»\nE", "bash -s -- \"${{ params.x }}\" <<'EOF'",
                "bash -s -- \"«x»\" <<'EOF'\necho \"$1\"\nEOF"
            ),
            ("trap \"rm «x»\" EXIT", "v=\"${{ params.x }}\"", "v=\"«x»\"; trap 'rm \"$v\"' EXIT"),
            ("for i in {1..«n»}; do :; done", "use seq", "for i in $(seq 1 \"«n»\"); do :; done"),
            ("cd ~«user»", "getent passwd", "cd \"$(getent passwd \"«user»\" | cut -d: -f6)\""),
            ("exec «n»>out", "exec {fd}>file", "exec {fd}>out; echo x >&\"$fd\""),
            ("«name»=1 ./tool", "env \"${{ params.name }}=…\" program", "env \"«name»=1\" ./tool"),
            ("[ «x» = y ]", "write \"${{ params.x }}\"", "[ \"«x»\" = y ]"),
            ("[[ $y == «x» ]]", "write \"${{ params.x }}\"", "[[ $y == \"«x»\" ]]"),
            ("[[ $y =~ «x» ]]", "put it in a variable first", "v=«x»; [[ $y =~ $v ]]"),
            ("ssh h \"ls «x»\"", "${x@Q}", "x=\"«x»\"; ssh h \"ls ${x@Q}\""),
            (
                "sqlite3 f \"select '«x»'\"", "x=\"${{ params.x }}\"",
                "x=\"«x»\"; sqlite3 f \"select '${x//\\'/\\'\\'}'\""
            ),
            (
                "mysql -e \"select '«x»'\"", "from_base64('$x')",
                "x=$(printf %s \"«x»\" | base64 -w0); mysql -e \"select from_base64('$x')\""
            ),
            ("perl -pe \"s/a/«x»/\" f", "$ENV{X}", "X=\"«x»\" perl -pe 's/a/$ENV{X}/' f"),
            ("python3 -c \"print('«x»')\"", "sys.argv[1]", "python3 -c 'import sys; print(sys.argv[1])' \"«x»\""),
            ("cat <<'E'\n«x»\nE", "take the quotes off", "cat <<E\n«x»\nE"),
            ("echo `echo «x»`", "$( … )", "echo \"$(echo \"«x»\")\""),
        ]
        for (script, hint, better) in table {
            let written = ScriptVerdict(section: "", verdicts: [], script: script, line: 0).written
            let texts = Self.load(written).diagnostics.map(\.text)
            #expect(texts.count == 1 && texts[0].contains(hint), "\(script)\n\(texts)")
            let improved = ScriptVerdict(section: "", verdicts: [], script: better, line: 0).written
            let left = Self.load(improved).diagnostics.map(\.text)
            #expect(left.isEmpty, "\(better)\n\(left)")
        }
    }

    @Test("what stands in a comment is text: it is not evaluated, and may name what is gone")
    func comments() throws {
        let script = "echo a # ${{ steps.gone.outputs.v }} it's\n# ${{ nonsense( }}\necho \"${{ params.x }}\""
        let loaded = Self.load(script)
        let definition = try #require(loaded.definition, "\(loaded.diagnostics.map(\.text))")
        #expect(loaded.diagnostics.isEmpty)
        guard case .run(let run) = definition.definition.stages[0].steps[0].action else { throw CancellationError() }
        #expect(run.bindings.map(\.expression.source) == ["params.x"])
        #expect(run.text.contains("echo a # ${{ steps.gone.outputs.v }} it's\n# ${{ nonsense( }}\n"))
        // What a run keeps is read back to the same script.
        let stored = try DefinitionLoader().load(canonicalJSON: definition.canonicalJSON, source: definition.source)
        guard case .run(let again) = stored.definition.stages[0].steps[0].action else { throw CancellationError() }
        #expect(again == run)
        let long = Self.load("# ${{ params.x +\n'b' }}\necho")
        #expect(long.diagnostics.map(\.code) == [.unsafeInterpolation])
    }

    @Test("types of outputs, items and booleans count as those of parameters")
    func types() {
        let yaml = """
            name: w
            stages:
              - name: s
                steps:
                  - name: out
                    outputs: {i: integer, d: number, b: boolean, t: string}
                    run: ./out.sh
                  - name: use
                    run: |
                      (( ${{ steps.out.outputs.i }} > ${{ steps["out"].outputs["d"] }} ))
                      ./tool ${{ steps.out.outputs.i }} ${{ steps.out.outputs.b }} ${{ steps.out.status }}
                      if ${{ steps.out.outputs.b }}; then :; fi
                  - name: range
                    foreach: {items: "${{ range(3) }}", as: i}
                    run: (( ${{ i }} + ${{ i * 2 }} )); ./tool ${{ i }}
                  - name: list
                    foreach: {items: [10, 20], as: i}
                    run: ./tool ${{ i }} $(( ${{ i }} ))
                  - name: written
                    foreach: {items: "${{ [1, 2] }}", as: i}
                    run: ./tool ${{ i }} ${{ [1, 2][0] }} ${{ attempt }}
                  - name: flags
                    foreach: {items: [true, false], as: flag}
                    run: |
                      ./tool ${{ flag }} ${{ flag ? '--dry-run' : '' }}
                  - name: group
                    foreach: {items: "${{ range(2) }}", as: g}
                    steps:
                      - name: inner
                        foreach: {items: "${{ [g, g + 1] }}", as: h}
                        run: echo $(( ${{ g }} + ${{ h }} ))

            """
        #expect(Loading.texts(yaml) == [])
        let wrong = """
            name: w
            stages:
              - name: s
                steps:
                  - name: out
                    outputs: {t: string}
                    run: ./out.sh
                  - name: use
                    run: (( ${{ steps.out.outputs.t }} )); ./tool ${{ steps.out.outputs.t }}
                  - name: words
                    foreach: {items: [1, b], as: i}
                    run: |
                      ./tool ${{ i }} ${{ i == 1 ? '$(x)' : '' }}

            """
        #expect(
            Loading.result(wrong).diagnostics.map(\.code)
                == [.unsafeInterpolation, .unquotedInterpolation, .unquotedInterpolation, .unquotedInterpolation])
    }

    @Test("a variable of env that is pasted into code is as much code as the expression")
    func pastedVariables() {
        func step(_ run: String) -> String {
            """
            name: w
            params: {x: {}, n: {type: integer}}
            secrets: {s: {env: S}}
            env: {OUTER: "a-${{ params.x }}"}
            stages:
              - name: s
                steps:
                  - name: a
                    env: {X: "${{ params.x }}", N: "${{ params.n }}", S: "${{ secrets.s }}", C: constant}
                    run: |
                      \(run)

            """
        }
        let pasted = [
            "psql -c \"select '$X'\"", "psql -tAc \"select '${X}'\"", "psql <<< \"select '$OUTER'\"",
            "jq \".a == \\\"$X\\\"\" f", "ssh h \"ls $X\"", "echo \"$X\"; sqlite3 db \"select '$X'\"",
        ]
        for run in pasted {
            let found = Loading.result(step(run)).diagnostics
            #expect(found.map(\.code) == [.interpolationInCode], "\(run)\n\(found.map(\.text))")
        }
        let found = Loading.texts(step("echo \"$X\"; psql -c \"select '$X'\""))
        #expect(
            found.first?.hasPrefix("f.yaml:11:39: warning: $X holds ${{ params.x }} (env) and becomes code for psql;")
                ?? false, "\(found)")
        let harmless = [
            "psql -v x=\"$X\" -f f.sql", "psql -c \"select $N\"", "psql -c \"alter role r password '$S'\"",
            "psql -c \"select '$C'\"", "psql -d \"$X\" -c 'select 1'", "awk -v x=\"$X\" '{print x}' f",
            "sed 's/a/b/' \"$X\"", "ssh \"$X\" uptime", "ssh h \"ls ${X@Q}\"", "psql -c 'select $X'", "$X deploy",
            "psql -c \"select '$XY'\"", "echo \"$X\" | python3 -c 'x'", "eval \"$X\"",
        ]
        for run in harmless { #expect(Loading.texts(step(run)) == [], "\(run)") }
    }

    @Test("dialects: what splits, and what is expanded first")
    func dialects() {
        let table: [(String, [String: String])] = [
            ("export A=«x»", ["bash": "safe", "dash": "unquoted", "sh": "unquoted", "zsh": "safe"]),
            ("A=«x»", ["bash": "safe", "dash": "safe", "sh": "safe", "zsh": "safe"]),
            ("case «x» in a) ;; esac", ["bash": "safe", "dash": "safe", "zsh": "safe"]),
            ("echo {1..«n»}", ["bash": "unsafe", "dash": "unsafe", "zsh": "safe"]),
            ("cd ~«user»", ["bash": "unsafe", "dash": "unsafe", "zsh": "unquoted"]),
            ("[ «x» = y ]", ["bash": "unsafe", "sh": "unsafe", "dash": "unquoted"]),
            ("[[ $y == «x» ]]", ["bash": "unquoted", "zsh": "safe"]),
            ("noglob eval \"«x»\"", ["zsh": "unsafe"]), ("- eval \"«x»\"", ["zsh": "unsafe"]),
            ("read \"«x»?name\"", ["zsh": "unsafe", "bash": "unsafe"]),
        ]
        for (script, verdicts) in table {
            for (shell, verdict) in verdicts.sorted(by: { $0.key < $1.key }) {
                let written = ScriptVerdict(section: "", verdicts: [], script: script, line: 0).written
                let found = Self.load(written, shell: shell).diagnostics
                let expected = [Self.codes[verdict] ?? .yamlSyntax].compactMap(\.self)
                #expect(found.map(\.code) == expected, "\(shell): \(script)\n\(found.map(\.text))")
            }
        }
    }
}
