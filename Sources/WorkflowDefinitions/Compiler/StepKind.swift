import ExecutorKit
import WorkflowCore

/// What a step does: exactly one of `run`, `uses` and `steps`.
enum StepKind {
    case run(Node)
    case group(Node)
    case sleep(Node)
    case signal(Node)
    case approval(Node)
    /// The place of the name.
    case call(ExecutorName, Node)

    /// Nil, with an error, where it is not exactly one.
    init?(_ fields: Fields, owner: String, problems: ProblemList) {
        let given = ["run", "uses", "steps"].filter(fields.has)
        guard given.count == 1, let key = given.first, let node = fields[key] else {
            if given.isEmpty {
                problems.error(
                    .missingKey, "\(owner) does nothing", at: fields.position,
                    suggestion: "give it one of run, uses and steps")
            } else {
                problems.error(
                    .conflictingKeys, "\(owner) has \(given.joined(separator: " and ")): a step does one thing",
                    at: fields.entry(given[1])?.keyPosition ?? fields.position, suggestion: "make two steps of it")
            }
            return nil
        }
        switch key {
        case "run": self = .run(node)
        case "steps": self = .group(node)
        default:
            guard let executor = ValueReader(problems: problems).text(node, "\"uses\" of \(owner)") else { return nil }
            switch executor {
            case "sleep": self = .sleep(node)
            case "signal": self = .signal(node)
            case "approval": self = .approval(node)
            default:
                if let name = ExecutorName(parsing: executor) {
                    self = .call(name, node)
                    return
                }
                StepKind.reportUnknown(executor, at: node.position, owner: owner, problems: problems)
                return nil
            }
        }
    }

    static let builtIn = ["sleep", "signal", "approval"]
    private static let later = ["supervise", "route", "review", "isolate", "debate", "swarm"]

    private static func reportUnknown(_ executor: String, at position: Position, owner: String, problems: ProblemList) {
        if later.contains(executor) {
            problems.error(
                .unsupportedFeature, "uses: \(executor) is not supported by this version of workflow", at: position)
        } else if executor == "wait" {
            problems.error(
                .unknownExecutor, "there is no executor \(quoted(executor))", at: position,
                suggestion:
                    "sleep waits for a time, signal for a message, approval for a person; for a condition write "
                    + "run with repeat: {until: …, limit: …, delay: …}")
        } else if executor.utf8.contains(UInt8(ascii: "/")) {
            problems.error(
                .unknownExecutor, "\(quoted(executor)) is no name of an executor's operation", at: position,
                suggestion: "write GROUP/OPERATION, each of small letters, digits and \"-\", 64 at most")
        } else if executor == "shell" || executor == "bash" || executor == "script" {
            problems.error(
                .unknownExecutor, "there is no executor \(quoted(executor))", at: position,
                suggestion: "a shell script is written with run")
        } else {
            problems.error(
                .unknownExecutor, "\(owner) uses \(quoted(executor)), and there is no such executor", at: position,
                suggestion: problems.didYouMean(executor, among: builtIn + later)
                    ?? "it is one of \(builtIn.joined(separator: ", ")), or GROUP/OPERATION of an executor: "
                    + "`workflow executor list` prints what there is")
        }
    }

    /// Whether its attempts are processes.
    var startsProcess: Bool {
        switch self {
        case .run, .call: true
        case .group, .sleep, .signal, .approval: false
        }
    }

    var description: String {
        switch self {
        case .run: "runs a script"
        case .group: "is a group of steps"
        case .sleep: "only sleeps"
        case .signal: "only waits for a signal"
        case .approval: "only waits for an approval"
        case .call(let name, _): "calls \(name.text)"
        }
    }

    func allows(_ key: String) -> Bool {
        switch key {
        case "name", "description", "needs", "if", "foreach", "repeat", "continue_on_error", "locks", "lock_timeout",
            "env", "run", "uses", "steps":
            true
        case "with":
            switch self {
            case .sleep, .signal, .approval, .call: true
            case .run, .group: false
            }
        case "outputs", "undo":
            if case .run = self { true } else { false }
        default: startsProcess
        }
    }

    /// Keys that do no harm beside a sleep, and no good.
    func isUseless(_ key: String) -> Bool {
        guard case .sleep = self else { return false }
        return ["timeout", "kill_after", "retry", "on_doubt", "idempotent"].contains(key)
    }

    func advice(for key: String) -> String? {
        switch (key, self) {
        case ("timeout", .signal), ("timeout", .approval): "write it in with: {timeout: …}"
        case ("with", .run): "give a script its values in env"
        case ("outputs", .call): "its executor declares them"
        case ("undo", .call): "leave it out; write what undoes it as a step of its own"
        case (_, .group): "set it on the steps inside"
        default: "leave it out"
        }
    }
}
