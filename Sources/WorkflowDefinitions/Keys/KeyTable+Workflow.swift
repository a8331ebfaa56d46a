import WorkflowCore

extension KeyTable {
    /// The file that is run.
    static let workflow = KeyTable(
        [
            Key(
                "name", .pattern(NameRules.workflowPattern), isRequired: true,
                "The workflow's name: small letters, digits and \"-\"."),
            Key("description", .text, "One line for people."),
            Key(
                "include", .either([.nonEmptyText, .list(.nonEmptyText, isNeverEmpty: true)]),
                "Files whose params, env, secrets, defaults, stages and on_exit count as if they stood here; paths are "
                    + "relative to this file. Their stages and owed work come before those of this file. Nothing is "
                    + "overridden: a name that is defined twice is an error. Steps are included with \"- include: "
                    + "FILE\" "
                    + "in a list of steps."),
            Key(
                "params", .names(.name, .table(.parameter)),
                "What a run is started with (-p key=value). Expressions see params.NAME."),
            Key(
                "env", .names(.variable, .scalar),
                "Environment variables of every step. Values may hold ${{ … }}; env.NAME is seen by expressions."),
            Key(
                "secrets", .names(.name, .table(.secret)),
                "Values that are resolved at each start and never recorded. Hand them to scripts in env: "
                    + "${{ secrets.NAME }}."),
            Key("defaults", .table(.defaults), "What holds for every step that does not say otherwise."),
            Key("max_parallel", .integer(Bounds.parallel), "Steps of one run at once; 8 by default."),
            Key("concurrency", .table(.concurrency), "Runs of one group never overlap."),
            Key(
                "stages", .list(.table(.stage), isNeverEmpty: true),
                "The ordered phases of a run; each is entered when the one before it is complete."),
            Key(
                "on_exit", .steps(isNeverEmpty: false),
                "Owed work: steps that run when the run ends in any way, also after a crash and resume."),
        ],
        otherNames: [
            "parameters": "params", "inputs": "params", "arguments": "params", "environment": "env", "variables": "env",
            "jobs": "stages", "phases": "stages", "finally": "on_exit", "always": "on_exit", "handlers": "on_exit",
            "includes": "include", "imports": "include", "extends": "include",
        ],
        elsewhere: [
            "rollback":
                "nothing rolls a run back in this version: write the way back as a workflow of its own, and what "
                + "is owed however a run ends under on_exit",
            "on_failure": "on_failure stands in a stage: on_failure: {return_to: STAGE, limit: 3}; a step with "
                + "if: failure() reacts inside its stage, and what is owed however a run ends belongs in on_exit",
            "schedule": timed, "on": timed, "cron": timed, "triggers": timed, "trigger": timed,
            "wait": "a wait is a step: uses: sleep, signal or approval; for a condition write "
                + "repeat: {until: …, limit: …, delay: …}",
            "timeout": "a timeout belongs to steps: defaults: {timeout: 10m} sets that of each",
            "retry": "retries belong to steps: defaults: {retry: {limit: 2}} sets those of each",
        ],
        later: [
            "agents", "supervisor", "routing", "guardrails", "guardrail_reviewer", "integration", "budget", "prices",
        ])

    private static let timed =
        "workflow starts nothing by itself: let cron or a systemd timer call `workflow run FILE --run-id "
        + "NAME-$(date +%F)`; a second call of that day starts nothing"

    /// What a file that is included at the top of another may hold.
    static let part = KeyTable(
        workflow.entries(["include", "params", "env", "secrets", "defaults", "stages", "on_exit"]),
        otherNames: workflow.otherNames, elsewhere: workflow.elsewhere, later: workflow.later)

    /// A file that is included in a list of steps.
    static let steps = KeyTable(
        [Key("steps", .steps(isNeverEmpty: true), isRequired: true, "Steps that stand where this file is included.")],
        otherNames: ["jobs": "steps", "tasks": "steps"])

    /// An item of a list of steps that stands for the steps of another file.
    static let includeItem = KeyTable([
        Key(
            "include", .either([.nonEmptyText, .list(.nonEmptyText, isNeverEmpty: true)]), isRequired: true,
            "A file whose one key is steps; they stand here, in their order. The path is relative to this file.")
    ])

    static let parameter = KeyTable(
        [
            Key("type", .words(Parameter.Kind.allCases.map(\.rawValue)), "string by default."),
            Key("description", .text, "One line for people."),
            Key("required", .boolean, "Without a value no run starts; false by default."),
            Key("default", .anything, "The value of a run that gives none."),
            Key("enum", .list(.anything, isNeverEmpty: true), "The only values allowed."),
            Key("pattern", .text, "For strings: RE2 syntax, found anywhere unless it is anchored with ^ and $."),
            Key("min", .number(nil), "For numbers: the least value."),
            Key("max", .number(nil), "For numbers: the greatest value."),
        ],
        otherNames: [
            "minimum": "min", "maximum": "max", "options": "enum", "choices": "enum", "values": "enum",
            "regex": "pattern", "value": "default",
        ])

    static let secret = KeyTable(
        [
            Key("env", .pattern(NameRules.variablePattern), "The environment variable of the engine that holds it."),
            Key("file", .nonEmptyText, "The file that holds it."),
            Key("command", .nonEmptyText, "A command that prints it."),
        ], isChoice: true)

    static let defaults = KeyTable(
        step.entries([
            "timeout", "kill_after", "retry", "on_doubt", "idempotent", "shell", "working_directory", "pin_env",
            "lock_timeout",
        ]), otherNames: step.otherNames)

    static let concurrency = KeyTable([
        Key("group", .nonEmptyText, isRequired: true, "The group's name; may hold ${{ … }} of params and env."),
        Key(
            "on_conflict", .words(ConcurrencyGroup.Conflict.allCases.map(\.rawValue)),
            "What a run does while another of its group is not over: wait for it (queue, the default) or fail."),
    ])

    static let stage = KeyTable(
        [
            Key("name", .pattern(NameRules.namePattern), isRequired: true, "Unique in the definition."),
            Key("description", .text, "One line for people."),
            Key("env", .names(.variable, .scalar), "Environment variables of the stage's steps."),
            Key(
                "steps", .steps(isNeverEmpty: true), isRequired: true,
                "The steps, each after the one before it unless its needs say otherwise."),
            Key("on_failure", .table(.onFailure), "Where a failed stage goes back to."),
        ],
        otherNames: ["id": "name", "environment": "env", "jobs": "steps", "tasks": "steps"])

    static let returnPolicy = KeyTable([
        Key(
            "return_to", .pattern(NameRules.namePattern), isRequired: true,
            "This or an earlier stage; its steps and those of the stages after it run again."),
        Key("limit", .integer(Bounds.returns), isRequired: true, "How many times in one run."),
    ])
}
