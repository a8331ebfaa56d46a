/// The keys that one kind of mapping knows.
struct KeyTable: Sendable {
    var keys: [String]
    /// What other tools call the same thing.
    var otherNames: [String: String] = [:]
    /// Keys of the language that this version does not understand yet.
    var later: [String] = []

    static let workflow = KeyTable(
        keys: [
            "name", "description", "include", "params", "env", "secrets", "defaults", "max_parallel", "concurrency",
            "stages", "on_exit",
        ],
        otherNames: [
            "parameters": "params", "inputs": "params", "arguments": "params", "environment": "env", "variables": "env",
            "jobs": "stages", "phases": "stages", "finally": "on_exit", "always": "on_exit", "handlers": "on_exit",
        ],
        later: [
            "agents", "supervisor", "routing", "guardrails", "guardrail_reviewer", "integration", "budget",
            "prices",
        ])

    /// What a file that is included at the top of another may hold.
    static let part = KeyTable(
        keys: ["include", "params", "env", "secrets", "defaults", "stages", "on_exit"],
        otherNames: workflow.otherNames, later: workflow.later)

    /// A file that is included in a list of steps.
    static let steps = KeyTable(keys: ["steps"], otherNames: ["jobs": "steps", "tasks": "steps"])

    static let parameter = KeyTable(
        keys: ["type", "description", "required", "default", "enum", "pattern", "min", "max"],
        otherNames: [
            "minimum": "min", "maximum": "max", "options": "enum", "choices": "enum", "values": "enum",
            "regex": "pattern", "value": "default",
        ])

    static let secret = KeyTable(keys: ["env", "file", "command"])

    static let defaults = KeyTable(
        keys: [
            "timeout", "kill_after", "retry", "on_doubt", "idempotent", "shell", "working_directory", "pin_env",
            "lock_timeout",
        ],
        otherNames: step.otherNames)

    static let concurrency = KeyTable(keys: ["group", "on_conflict"])

    static let stage = KeyTable(
        keys: ["name", "description", "env", "steps", "on_failure"],
        otherNames: ["id": "name", "environment": "env", "jobs": "steps", "tasks": "steps"])

    static let returnPolicy = KeyTable(keys: ["return_to", "limit"])

    static let step = KeyTable(
        keys: [
            "name", "description", "run", "uses", "with", "steps", "needs", "if", "foreach", "repeat", "retry",
            "timeout", "kill_after", "on_doubt", "idempotent", "probe", "verify", "undo", "outputs", "env", "shell",
            "working_directory", "continue_on_error", "pin_env", "locks", "lock_timeout",
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
        later: ["degrade", "handoff", "budget"])

    static let foreach = KeyTable(
        keys: ["items", "as", "key", "max_parallel", "continue_on_error"],
        otherNames: ["in": "items", "list": "items", "var": "as", "variable": "as"])
    static let loop = KeyTable(
        keys: ["until", "limit", "delay"], otherNames: ["max": "limit", "times": "limit", "interval": "delay"])
    static let retry = KeyTable(
        keys: ["limit", "delay", "backoff", "max_delay", "jitter", "exit_codes"],
        otherNames: [
            "count": "limit", "max": "limit", "attempts": "limit", "max_attempts": "limit", "interval": "delay",
            "interval_sec": "delay", "exit_code": "exit_codes", "factor": "backoff",
        ])
    static let output = KeyTable(keys: ["type"])
    static let sleep = KeyTable(
        keys: ["for", "until"], otherNames: ["duration": "for", "seconds": "for", "time": "for"])
    static let signal = KeyTable(keys: ["name", "timeout", "on_timeout"])
    static let approval = KeyTable(
        keys: ["prompt", "approvers", "timeout", "on_timeout"], otherNames: ["message": "prompt", "users": "approvers"])
}
