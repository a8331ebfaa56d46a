import AttemptProtocol
package import ExecutorKit
import Glibc
import JSON

/// What an executor answers to `plan`.
package enum PlanAnswer: Sendable, Equatable {
    /// What it would do, safe to show; `isWhole` is false where it printed more than is taken.
    case planned(lines: [String], isWhole: Bool)
    /// It could not say, and why.
    case failed(String)
}

extension ExecutorPrograms {
    /// For each call.
    package static let planSecondsMax = 30
    private static let planBytesMax = 64 << 10

    /// Asks an executor what an operation would do. By its protocol that changes nothing. Events and outputs are thrown
    /// away.
    ///
    /// - Parameter request: with an empty run and key: there is none yet. The workspace is made here and removed.
    package func plan(
        _ operation: ExecutorDescriptor.Operation, of program: ExecutorProgram, _ request: ExecutorRequest
    ) async -> PlanAnswer {
        var request = request
        request.with = operation.with.withDefaults(request.with)
        if let problem = operation.with.problems(with: request.with).first {
            return .failed("its with is not what \(program.group)/\(operation.name) takes: \(problem.description)")
        }
        var template = Array("/tmp/workflow-plan-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            return .failed("no folder can be made in /tmp: \(String(cString: strerror(errno)))")
        }
        let workspace = String(cString: made)
        defer { try? FolderTree.remove(workspace) }
        request.workspace = workspace
        guard let input = try? request.json.compactBytes() else { return .failed("its with has no JSON text") }
        // Not those of a step that looks at a plan.
        let names = ["WORKFLOW_EVENTS=", "WORKFLOW_OUTPUT="]
        let kept = environment.filter { variable in !names.contains { variable.starts(with: $0.utf8) } }
        let result = await BoundedCommand(
            words: program.command + [ExecutorCall.plan.rawValue, operation.name],
            environment: kept + names.map { Array("\($0)/dev/null".utf8) },
            seconds: Self.planSecondsMax, outputBytesMax: Self.planBytesMax, input: input
        ).run()
        return answer(result, "\(program.path) plan \(operation.name)")
    }

    private func answer(_ result: BoundedCommand.Result, _ call: String) -> PlanAnswer {
        let said = ExecutorPrograms.quoted(result.errors)
        switch result.end {
        case .exited(0), .tooMuch:
            let lines = result.output.prefix(Self.planBytesMax).split(separator: 0x0A, omittingEmptySubsequences: false)
                .map { DisplayLine.text(Array($0)) }
            let isWhole = result.end != .tooMuch
            return .planned(lines: lines.last?.isEmpty == true ? lines.dropLast() : lines, isWhole: isWhole)
        case .exited(let status): return .failed("`\(call)` exited with status \(status)\(said)")
        case .signalled(let signal): return .failed("`\(call)` was ended by signal \(signal)\(said)")
        case .tooLong: return .failed("`\(call)` did not end within \(Self.planSecondsMax) s\(said)")
        case .notStarted(let number):
            return .failed("`\(call)` cannot be started: \(String(cString: strerror(number)))")
        }
    }
}
