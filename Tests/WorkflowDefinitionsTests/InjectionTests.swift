import CEL
import Foundation
import Testing
import WorkflowCore
import WorkflowDefinitions

/// Scripts as the loader makes them, run by real shells with values that try to break out.
@Suite("Values stay values in a real shell")
struct InjectionTests {
    static let values = [
        "\"; echo INJECTED; \"", "$(echo INJECTED)", "`echo INJECTED`", "'; echo INJECTED; '", "a\nb\necho INJECTED",
        "${HOME}", "$HOME", "\\", "\\\"", "a'b\"c", "*", "-n", "a[$(echo INJECTED >&2)]", "}; echo INJECTED; {",
        "&& echo INJECTED",
        "é €  😀", "%s%n", "\t x \t", "EOF", "!!", "~", "$((1+1))", ")", "#", "",
    ]

    /// Each puts the value of `params.v` between the brackets of one line `[…]`, whatever it is.
    static let scripts = [
        #"printf '[%s]' "${{ params.v }}""#,
        #"x="${{ params.v }}"; printf '[%s]' "$x""#,
        #"x=${{ params.v }}; printf '[%s]' "$x""#,
        #"printf '%s' "[${{ params.v }}]""#,
        #"x="$(printf '%s.' "${{ params.v }}")"; printf '[%s]' "${x%.}""#,
        #"unset y; printf '[%s]' "${y:-${{ params.v }}}""#,
        #"f() { printf '[%s]' "$1"; }; f "${{ params.v }}""#,
        #"if [ "${{ params.v }}" = "${{ params.v }}" ]; then printf '[%s]' "${{ params.v }}"; fi"#,
        #"case "${{ params.v }}" in "${{ params.v }}") printf '[%s]' "${{ params.v }}";; *) echo no;; esac"#,
        "cat <<EOF | { IFS= read -r d; printf '%s' \"[$V]\"; }\nx ${{ params.v }}\nEOF",
        #"bash -c 'printf "[%s]" "$1"' _ "${{ params.v }}""#,
        #"export X="${{ params.v }}"; printf '[%s]' "$X""#,
        #"for i in "${{ params.v }}"; do printf '[%s]' "$i"; done"#,
        #"printf '[%s]' "a${{ params.v }}b" | sed -e '1s/^\[a/[/' -e '$s/b\]$/]/'"#,
    ]

    /// These hold only in bash.
    static let bashScripts = [
        #"if [[ "${{ params.v }}" == "${{ params.v }}" ]]; then printf '[%s]' "${{ params.v }}"; fi"#,
        #"a=("${{ params.v }}" x); printf '[%s]' "${a[0]}""#,
        #"declare x="${{ params.v }}"; printf '[%s]' "$x""#,
        #"printf -v x '%s' "${{ params.v }}"; printf '[%s]' "$x""#,
        #"IFS= read -r -d '' x <<< "${{ params.v }}" || true; printf '[%s]' "${x%?}""#,
        #"printf '[%s]' "$(< <(printf '%s.' "${{ params.v }}"))" | sed '$s/\.\]$/]/'"#,
    ]

    private static func script(_ text: String, shell: String) throws -> Script {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { "            \($0)\n" }.joined()
        let yaml =
            "name: w\nparams: {v: {}}\nstages:\n  - name: s\n    steps:\n      - name: a\n        shell: \(shell)\n"
            + "        run: |\n\(lines)"
        let result = Loading.result(yaml)
        #expect(result.diagnostics.allSatisfy { $0.severity == .warning }, "\(result.diagnostics.map(\.text))")
        let step = try #require(result.definition?.definition.stages[0].steps[0])
        guard case .run(let script) = step.action else { throw CancellationError() }
        return script
    }

    private static func output(of script: Script, shell: String, value: String) throws -> String {
        var environment = ["PATH": "/usr/bin:/bin", "HOME": "/nowhere", "LC_ALL": "C.UTF-8", "V": value]
        for binding in script.bindings { environment[binding.variable] = value }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [shell, "-c", script.text]
        process.environment = environment
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("in bash", arguments: scripts + bashScripts)
    func bash(text: String) throws {
        let script = try Self.script(text, shell: "bash")
        for value in Self.values {
            #expect(try Self.output(of: script, shell: "bash", value: value) == "[\(value)]", "\(text) with \(value)")
        }
    }

    @Test("in sh", arguments: scripts)
    func sh(text: String) throws {
        let script = try Self.script(text, shell: "sh")
        for value in Self.values {
            #expect(try Self.output(of: script, shell: "sh", value: value) == "[\(value)]", "\(text) with \(value)")
        }
    }

    @Test("the refused places are those where a shell would run the value: shown by running them")
    func refusedForAReason() throws {
        let value = "a[$(echo INJECTED >&2)]"
        let table = [
            "echo $(( @ ))", "(( x = @ ))", "[[ \"@\" -eq 0 ]]", "let \"x = @\"", "declare -i x=\"@\"", "b[@]=1",
            "echo \"${HOME:@}\"", "test -v \"@\"", "printf -v \"@\" x", "a=(1); unset \"@\"", "read -r \"@\" <<< x",
            "echo $[ @ ]",
            "eval \"x=@\"", "bash -c \"echo @\"", "echo \"echo @\" | bash", "bash <<E\necho @\nE\n",
        ]
        for text in table {
            let unsafe = Script(
                text: text.replacingOccurrences(of: "@", with: "${WORKFLOW_VALUE_1}"),
                bindings: [Script.Binding(variable: "WORKFLOW_VALUE_1", expression: try .init(parsing: "params.v"))])
            #expect(try Self.output(of: unsafe, shell: "bash", value: value).contains("INJECTED"), "\(text)")
            let lines = text.replacingOccurrences(of: "@", with: "${{ params.v }}").split(separator: "\n")
                .map { "            \($0)\n" }.joined()
            let yaml =
                "name: w\nparams: {v: {}}\nstages:\n  - name: s\n    steps:\n      - name: a\n        run: |\n\(lines)"
            let codes = Loading.result(yaml).diagnostics.map(\.code)
            #expect(codes.contains(.unsafeInterpolation), "\(text)")
        }
    }
}
