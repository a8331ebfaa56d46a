import JSON
import Testing

/// A scene with an executor written in the shell, `echo`: adding it touches no file of the project but this one.
///
/// Every call is a line in `calls`; the request of `run` is kept in `request`. `say` waits while there is `hold`.
struct EchoExecutor {
    let scene: Scene

    /// - Parameters:
    ///   - effect: JSON.
    ///   - supports: JSON.
    init(
        effect: String = #""unsafe""#, supports: String = #"["probe"]"#, stop: String = "{}",
        folder: String = "executors"
    ) throws {
        scene = try Scene()
        try scene.tool("mkdir", "-p", scene.file(folder))
        try write(effect: effect, supports: supports, stop: stop, folder: folder)
    }

    func write(
        effect: String = #""unsafe""#, supports: String = #"["probe"]"#, stop: String = "{}", version: String = "1.0",
        folder: String = "executors"
    ) throws {
        let program = EchoExecutor.program(effect: effect, supports: supports, stop: stop, version: version)
        try scene.write(program, to: "\(folder)/workflow-uses-echo")
        try scene.tool("chmod", "755", scene.file("\(folder)/workflow-uses-echo"))
    }

    /// A definition of one call, with further lines of its step and of the top.
    func define(_ step: [String], top: [String] = [], file: String = "call.yaml") throws {
        let lines = step.map { "        \($0)" }.joined(separator: "\n")
        try scene.write(
            """
            name: call
            \(top.joined(separator: "\n"))
            params: {who: {type: string, default: world}}
            stages:
              - name: only
                steps:
                  - name: hello
                    uses: echo/say
            \(lines)
                  - name: after
                    run: echo "seen=${{ steps.hello.outputs.said }}" >> "$WORKFLOW_OUTPUT"
            """, to: file)
    }

    /// What was called, but for `describe`.
    var calls: [String] { scene.lines("calls").filter { $0 != "describe" } }
    var describes: Int { scene.lines("calls").count { $0 == "describe" } }

    func request() throws -> JSONValue { try JSONValue(parsing: scene.lines("request").joined(separator: "\n")) }

    static func program(effect: String, supports: String, stop: String = "{}", version: String) -> String {
        #"""
        #!/bin/sh
        # version VERSION
        set -eu
        echo "$*" >> "$SCENE/calls"
        case "$1" in
        describe)
            cat <<'END'
        {"protocol": 1, "group": "echo", "version": "VERSION", "operations": {"say": {
          "summary": "Says a text.", "effect": EFFECT, "supports": SUPPORTS, "stop": STOP,
          "outputs": {"said": {"type": "string"}, "count": {"type": "integer"}},
          "with": {"type": "object", "required": ["text"], "additionalProperties": false, "properties": {
            "text": {"type": "string", "minLength": 1}, "times": {"type": "integer", "minimum": 1, "default": 2},
            "loud": {"type": "boolean"}, "until": {"type": "string", "format": "cel", "variables": {"status": {}}},
            "headers": {"type": "object", "additionalProperties": {"type": "string"}}}},
          "needs": {"sh": "*"}, "example": "name: hello\nuses: echo/say\nwith: {text: hi}"}}}
        END
            ;;
        run)
            cat > "$SCENE/request"
            text=$(sed -n 's/.*"text":"\([^"]*\)".*/\1/p' "$SCENE/request")
            workspace=$(sed -n 's/.*"workspace":"\([^"]*\)".*/\1/p' "$SCENE/request")
            echo "$WORKFLOW_ATTEMPT" > "$workspace/attempts"
            if [ -e "$SCENE/stubborn" ]; then trap 'echo asked >> "$SCENE/asked"' INT TERM; fi
            if [ -e "$SCENE/hold" ]; then
                echo "$$" > "$SCENE/began"
                while [ -e "$SCENE/hold" ]; do sleep 0.01; done
            fi
            if [ -e "$SCENE/fail" ]; then echo "told to fail" >&2; exit 7; fi
            echo "saying $text"
            times=$(sed -n 's/.*"times":\([0-9]*\).*/\1/p' "$SCENE/request")
            printf 'said=%s\ncount=%s\n' "$text" "$times" >> "$WORKFLOW_OUTPUT"
            ;;
        plan)
            cat > "$SCENE/plan-request"
            echo '{"type": "progress"}' >> "$WORKFLOW_EVENTS"
            echo said=planned >> "$WORKFLOW_OUTPUT"
            [ ! -e "$SCENE/plan-fails" ] || { echo "no plan today" >&2; exit 5; }
            if [ -e "$SCENE/plan-long" ]; then seq 1 20000; exit 0; fi
            [ -d "$(sed -n 's/.*"workspace":"\([^"]*\)".*/\1/p' "$SCENE/plan-request")" ]
            printf 'would say %s\n' "$(sed -n 's/.*"text":"\([^"]*\)".*/\1/p' "$SCENE/plan-request")"
            ;;
        probe|verify)
            cat > "$SCENE/$1-request"
            exit "$(cat "$SCENE/answer")"
            ;;
        *) exit 64 ;;
        esac

        """#.replacing("VERSION", with: version).replacing("EFFECT", with: effect).replacing("SUPPORTS", with: supports)
            .replacing("STOP", with: stop)
    }
}
