import JSON
import WorkflowCore
import WorkflowTestKit

/// Obeys the commands of a scenario, one after the other.
struct ScenarioActor {
    let definition: Definition
    private var run: TestRun?

    init(definition: Definition) {
        self.definition = definition
    }

    /// - Returns: what was decided, or `! code: message` where it was refused.
    mutating func obey(_ command: String) throws -> [String] {
        let words = command.split(separator: " ").map(String.init)
        switch words[0] {
        case "run", "create":
            run = try TestRun(
                definition, parameters: try ScenarioActor.object(in: command), driven: words[0] == "run")
            return run?.trace ?? []
        default:
            guard var run else { throw Missing(what: "a run before \"\(command)\"") }
            defer { self.run = run }
            do {
                return try ScenarioActor.obey(command, words, &run)
            } catch let refusal as InputRefusal {
                return ["! \(refusal.code.rawValue): \(refusal.message)"]
            }
        }
    }

    private static func obey(_ command: String, _ words: [String], _ run: inout TestRun) throws -> [String] {
        let (first, second) = (words[0], words.count > 1 ? words[1] : "")
        switch first {
        case "driver":
            guard let reason = DriverAttached.Reason(rawValue: second) else { throw Missing(what: command) }
            return try run.crash(reason, onDoubt: words.count > 2 ? DoubtPolicy(rawValue: words[2]) : nil)
        case "recovered": return try run.recovered()
        case "stop": return try run.take(.stopAsked)
        case "leave": return try run.take(.driverLeft(reason: second))
        case "pause": return try run.pause()
        case "cancel": return try run.cancel()
        case "resolve":
            guard words.count > 2, let decision = StepResolved.Decision(rawValue: words[2]) else {
                throw Missing(what: command)
            }
            return try run.resolve(second, decision, try object(in: command))
        case "approve": return try run.approve(second)
        case "reject": return try run.reject(second)
        case "signal": return try run.signal(second, .object(try object(in: command)))
        case "turn": return try run.take(.concurrencyTaken)
        case "rewind":
            let point = try run.checkpoint(second)
            return try run.take(.rewindAsked(point.id, sequence: point.sequence, by: TestRun.person))
        case "clock":
            guard let length = Milliseconds(text: String(second.dropFirst())) else { throw Missing(what: command) }
            run.clock.advance(by: Milliseconds(second.hasPrefix("-") ? -length.count : length.count))
            return []
        case "show":
            return ["\(run.state.status.rawValue), stage \(run.state.stageName)"] + run.instanceStatuses
                + (run.state.failure.map { ["error: \($0.message)"] } ?? [])
        default: return try news(command, of: first, words.dropFirst().joined(separator: " "), &run)
        }
    }

    /// `a succeeds {"id": 1}`, `a fails with 75`, `a times out`, …
    private static func news(_ command: String, of step: String, _ what: String, _ run: inout TestRun) throws
        -> [String]
    {
        switch what {
        case let text where text.hasPrefix("succeeds"): return try run.succeed(step, try object(in: command))
        case "fails": return try run.fail(step, exitCode: 1)
        case let text where text.hasPrefix("fails with "):
            return try run.fail(step, exitCode: Int(text.dropFirst("fails with ".count)))
        case "fails for good": return try run.fail(step, .permanent)
        case "times out": return try run.fail(step, .timedOut)
        case "is killed": return try run.fail(step, .killed)
        case "is ended": return try run.fail(step, .cancelled)
        case "has waited": return try run.wait(step)
        case "has its locks": return try run.giveLocks(step)
        case let text where text.hasPrefix("has waited for pass "): return try run.wait(step)
        case "still holds": return try run.take(.verifyEnded(step: step, .done, message: ""))
        case "has drifted": return try run.take(.verifyEnded(step: step, .notDone, message: "it is gone"))
        case "never began": return try run.take(.attemptNeverBegan(run.attempt(step)))
        case "is lost": return try run.lose(step)
        case "is found done": return try run.probe(step, .done)
        case "is found not done": return try run.probe(step, .notDone)
        case "cannot be told": return try run.probe(step, .cannotTell)
        default: throw Missing(what: "a meaning of \"\(command)\"")
        }
    }

    private static func object(in command: String) throws -> [String: JSONValue] {
        guard let start = command.firstIndex(of: "{") else { return [:] }
        guard case .object(let members) = try JSONValue(parsing: Array(command[start...].utf8)) else { return [:] }
        return members
    }
}
