internal import ArgumentParser
internal import ExecutorKit
internal import Glibc
internal import WorkflowExecutors

struct ExecutorNewCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Write the skeleton of an executor of your own: a shell script that works as it is.",
        discussion: """
              workflow executor new greet
              workflow executor show greet

            Writes executors/workflow-uses-NAME in the current folder, and overwrites nothing.
            """)

    @Argument(help: ArgumentHelp("The group: small letters, digits and \"-\".", valueName: "name"))
    var name: String

    func validate() throws {
        guard ExecutorName.isGroup(name) else {
            throw ValidationError("A name matches \(ExecutorName.pattern): small letters, digits and \"-\".")
        }
    }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        if case .described(let found) = await process.executors.executor(name, beside: nil),
            found.program.origin == .builtIn
        {
            throw CommandFailure(.usage, "\(name) is built in, and a program of that name would be hidden by it")
        }
        guard mkdir("executors", 0o777) == 0 || errno == EEXIST else {
            throw CommandFailure(.inputOutput, "executors cannot be made: \(String(cString: strerror(errno)))")
        }
        let path = "executors/\(ExecutorInvocation.programPrefix)\(name)"
        guard !NewFile.exists(path) else {
            throw CommandFailure(.usage, "\(path) is there already; edit it, or remove it first")
        }
        try NewFile.write(Array(ExecutorSkeleton.text(group: name).utf8), to: path, replacing: false)
        guard chmod(path, 0o755) == 0 else {
            throw CommandFailure(.inputOutput, "\(path) cannot be made executable: chmod +x it")
        }
        console.note(
            """
            wrote \(path)
            next:
              workflow executor show \(name)
              a step: {name: hello, uses: \(name)/say, with: {text: hello}}
            """)
        return .completed
    }
}

/// A complete executor in the shell, to be changed.
enum ExecutorSkeleton {
    static func text(group: String) -> String {
        #"""
        #!/bin/sh
        # An executor of workflow: steps call it with uses: GROUP/say.
        #
        #   describe            prints what it can do, as one JSON object
        #   run OPERATION       does it; the request is one JSON object on standard input
        #   probe OPERATION     says whether it was done: exit 0 yes, 3 no, anything else cannot tell
        #
        # Standard output and error are the log. Outputs are lines key=value in the file $WORKFLOW_OUTPUT.
        # The request has with, run, stage, step, item, attempt, idempotency_key, fencing_token, outputs, events and
        # workspace, a folder that the step keeps over its attempts.
        set -eu

        case "$1" in
        describe)
            cat <<'END'
        {"protocol": 1, "group": "GROUP", "version": "0.1.0", "operations": {
          "say": {
            "summary": "Says a text once.",
            "with": {
              "type": "object", "additionalProperties": false, "required": ["text"],
              "properties": {"text": {"type": "string", "minLength": 1, "description": "What is said."}}
            },
            "outputs": {"said": {"type": "string"}},
            "effect": "unsafe",
            "supports": ["probe"],
            "example": "name: hello\nuses: GROUP/say\nwith: {text: hello}"
          }
        }}
        END
            ;;
        run)
            request=$(cat)
            text=$(printf '%s' "$request" | sed -n 's/.*"text":"\([^"\\]*\)".*/\1/p')
            workspace=$(printf '%s' "$request" | sed -n 's/.*"workspace":"\([^"\\]*\)".*/\1/p')
            echo "$text"
            echo "said=$text" >> "$WORKFLOW_OUTPUT"
            # The last thing: what the probe looks for.
            touch "$workspace/$WORKFLOW_IDEMPOTENCY_KEY.done"
            ;;
        probe)
            workspace=$(sed -n 's/.*"workspace":"\([^"\\]*\)".*/\1/p')
            [ -e "$workspace/$WORKFLOW_IDEMPOTENCY_KEY.done" ] || exit 3
            ;;
        *)
            echo "$1 is not supported" >&2
            exit 64
            ;;
        esac

        """#.replacing("GROUP", with: group)
    }
}
