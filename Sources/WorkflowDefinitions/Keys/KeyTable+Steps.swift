import WorkflowCore

extension KeyTable {
    static let step = KeyTable(
        [
            Key(
                "name", .pattern(NameRules.namePattern), isRequired: true,
                "Unique in the definition. Other steps read steps.NAME.outputs and steps.NAME.status."),
            Key("description", .text, "One line for people."),
            Key(
                "run", .text,
                "A shell script. An expression becomes a variable that holds its value: write it in double quotes, "
                    + "\"${{ params.x }}\". Outputs are lines key=value, appended to the file $WORKFLOW_OUTPUT."),
            Key(
                "uses", .executor(StepKind.builtIn),
                "A wait, or GROUP/OPERATION of an executor; what it needs is written in with."),
            Key("with", .anything, "The arguments of uses."),
            Key("steps", .steps(isNeverEmpty: true), "The steps of a group, which is done when all of them are."),
            Key(
                "needs", .list(.pattern(NameRules.namePattern)),
                "Steps of the same list that come first. Without it: the step before this one. []: none, start at once."
            ),
            Key(
                "if", .expression,
                "A condition in CEL; false skips the step. failure() and always() run after a failure. One that "
                    + "names the item of foreach is asked for each item."),
            Key("foreach", .table(.foreach), "One instance of the step for each item."),
            Key("repeat", .table(.repeat), "A bounded loop around the step or group."),
            Key("retry", .table(.retry), "How a failed attempt is followed by another."),
            Key("timeout", .timeout, "Of one attempt; 1h by default."),
            Key("kill_after", .duration, "From SIGTERM to SIGKILL; 10s by default."),
            Key(
                "on_doubt", .words(DoubtPolicy.allCases.map(\.rawValue)),
                "When the outcome of an attempt is unknown and no probe could tell: retry, ask a person, or fail."),
            Key("idempotent", .boolean, "Whether doing it twice is as good as doing it once."),
            Key(
                "probe", .text,
                "A command that tells whether the effect is in place: exit 0 done, 3 not done, else it cannot tell."),
            Key(
                "verify", .text, "A command that tells on resume whether the effect still holds; exits as a probe does."
            ),
            Key(
                "undo", .text,
                "The compensation. It is checked and kept, and nothing runs it: this version has no rollback."),
            Key(
                "outputs",
                .names(.name, .either([.words(Parameter.Kind.allCases.map(\.rawValue)), .table(.output)])),
                "Declared outputs and their types; a missing one is a failure."),
            Key("env", .names(.variable, .scalar), "Environment variables; values may hold ${{ … }}, also of secrets."),
            Key("shell", .either([.text, .list(.text, isNeverEmpty: true)]), "bash -euo pipefail by default."),
            Key("working_directory", .text, "Where the commands run; where the run was started by default."),
            Key(
                "continue_on_error", .boolean,
                "Whether the run goes on when this has failed; of a foreach: when all its items have ended and some "
                    + "have failed. Such a run ends as completed, with failures; `resume RUN --retry-failed` repeats "
                    + "them."),
            Key(
                "pin_env", .list(.pattern(NameRules.variablePattern)),
                "Inherited variables that must not differ on resume."),
            Key(
                "locks", .list(.nonEmptyText),
                "Names in the store, all taken at once, and held while the step is in doubt."),
            Key("lock_timeout", .timeout, "How long the locks are waited for; 1h by default."),
        ],
        otherNames: [
            "id": "name", "command": "run", "script": "run", "cmd": "run", "depends": "needs", "depends_on": "needs",
            "dependencies": "needs", "when": "if", "condition": "if", "retries": "retry", "retry_policy": "retry",
            "retryStrategy": "retry", "timeout-minutes": "timeout", "timeout_minutes": "timeout",
            "timeout_sec": "timeout", "activeDeadlineSeconds": "timeout", "environment": "env",
            "dir": "working_directory",
            "working-directory": "working_directory", "workdir": "working_directory", "cwd": "working_directory",
            "continue-on-error": "continue_on_error", "ignore_errors": "continue_on_error", "loop": "foreach",
            "with_items": "foreach", "withItems": "foreach", "matrix": "foreach", "compensate": "undo",
            "rollback": "undo", "check": "probe", "output": "outputs",
        ],
        elsewhere: [
            "wait": "a wait is a step of its own: uses: sleep, signal or approval; for a condition write "
                + "repeat: {until: …, limit: …, delay: …}",
            "on_failure":
                "on_failure belongs to a stage; a step with if: failure() behind this one reacts to its failure",
            "catch": "a step with if: failure() behind this one reacts to its failure",
            "rescue": "a step with if: failure() behind this one reacts to its failure",
            "schedule": "workflow starts nothing by itself; wait with uses: sleep, with: {until: …}",
        ],
        later: ["degrade", "handoff", "budget"])

    static let foreach = KeyTable(
        [
            Key(
                "items", .either([.pattern(#"^\$\{\{[\s\S]*\}\}$"#), .list(.anything)]), isRequired: true,
                "A list, or one expression that gives a list; 1,000,000 items at most."),
            Key(
                "as", .pattern(NameRules.variablePattern),
                "The variable that holds the item, in this step and in the steps of this group; item by default."),
            Key("key", .expression, "What an instance is called, step[key], instead of its number; keys are unique."),
            Key(
                "max_parallel", .integer(Bounds.parallel),
                "Instances at once. Above 1, one that waits for its next attempt or is in doubt gives its place to "
                    + "another; with 1 they are done one after the other. An instance of several steps keeps its place."
            ),
            Key(
                "continue_on_error", .boolean,
                "Whether the other instances go on when one fails. The foreach, and with it the run, fails all the "
                    + "same; continue_on_error beside foreach lets the run go on."),
        ],
        otherNames: ["in": "items", "list": "items", "var": "as", "variable": "as"])

    static let loop = KeyTable(
        [
            Key(
                "until", .expression, isRequired: true,
                "Asked after each round; true ends the loop. It sees the outputs of the round's steps."),
            Key("limit", .integer(Bounds.rounds), isRequired: true, "The most rounds; not done by then is a failure."),
            Key("delay", .duration, "Between rounds; none by default."),
        ], otherNames: ["max": "limit", "times": "limit", "interval": "delay"])

    static let retry = KeyTable(
        [
            Key("limit", .integer(Bounds.retries), "Further attempts."),
            Key("delay", .duration, "Before the second attempt; 1s by default."),
            Key("backoff", .number(Bounds.backoff), "The factor from one delay to the next; 2 by default."),
            Key("max_delay", .duration, "The longest delay; 5m by default."),
            Key("jitter", .number(Bounds.jitter), "The part of a delay that is drawn at random; 0 by default."),
            Key(
                "exit_codes", .list(.integer(Bounds.exitCode), isNeverEmpty: true),
                "Only these, and what codes names, are retried; every failure by default."),
            Key(
                "codes", .list(.pattern(NameRules.namePattern), isNeverEmpty: true),
                "Only failures of these codes, and what exit_codes names, are retried: codes that the step reports "
                    + "with workflow event failure, timeout, signal, or exit for an exit status alone."),
        ],
        otherNames: [
            "count": "limit", "max": "limit", "attempts": "limit", "max_attempts": "limit", "interval": "delay",
            "interval_sec": "delay", "exit_code": "exit_codes", "code": "codes",
            "on": "codes", "factor": "backoff",
        ])

    static let output = KeyTable([
        Key("type", .words(Parameter.Kind.allCases.map(\.rawValue)), isRequired: true, "The type of its values.")
    ])

    // MARK: Built-in executors

    static let sleep = KeyTable(
        [
            Key("for", .pattern(#"^[0-9]+(ms|s|m|h|d)$|\$\{\{"#), "How long: 10s, 5m, 2h, 1d, or an expression."),
            Key("until", .text, "An instant: 2026-02-02T10:00:00Z, or an expression."),
        ], isChoice: true, otherNames: ["duration": "for", "seconds": "for", "time": "for"])

    private static let onTimeout = Key(
        "on_timeout", .words(TimeoutPolicy.allCases.map(\.rawValue)),
        "What becomes of the step when nothing has come: fail (the default) or skip.")

    static let signal = KeyTable([
        Key("name", .nonEmptyText, isRequired: true, "The signal's name, as in workflow signal RUN NAME."),
        Key("timeout", .timeout, "How long it is waited for; 30d by default."),
        onTimeout,
    ])

    static let approval = KeyTable(
        [
            Key("prompt", .nonEmptyText, isRequired: true, "What is to be approved."),
            Key("approvers", .list(.nonEmptyText, isNeverEmpty: true), "Who may approve; anybody by default."),
            Key("timeout", .timeout, "How long a verdict is waited for; 30d by default."),
            onTimeout,
        ], otherNames: ["message": "prompt", "users": "approvers"])
}
