import AttemptProtocol
package import ExecutorKit
import Glibc
import JSON

/// The executors that are built in: each is a folder here, and one line.
package enum BuiltIns {
    package static let all: [any BuiltInExecutor] = [
        HTTPExecutor()
    ]

    /// The program `workflow-executor`, whose arguments `ExecutorInvocation` describes.
    ///
    /// - Parameter arguments: without the program's own name.
    /// - Returns: its exit status.
    package static func run(_ arguments: [String]) async -> Int32 {
        // A reader of the log or of the events that is gone ends no request.
        signal(SIGPIPE, SIG_IGN)
        switch ExecutorInvocation(builtInArguments: arguments) {
        case .list:
            for executor in all { print(executor.descriptor.group) }
            return 0
        case .describe(let group):
            guard let executor = executor(group) else { return ExecutorInvocation.noSuchGroupStatus }
            guard let text = try? executor.descriptor.json.compactText() else { return 70 }
            print(text)
            return 0
        case .perform(let call, let group, let operation):
            guard let executor = executor(group) else { return ExecutorInvocation.noSuchGroupStatus }
            do {
                let bytes = try Descriptor(adopting: STDIN_FILENO).readWhole(limit: requestMax, "the request")
                guard let bytes else { return refuse("the request has more than \(requestMax >> 20) MiB") }
                return await executor.perform(call, operation, try ExecutorRequest(parsing: bytes, for: call))
            } catch let error as DescriptorError {
                return refuse(error.message)
            } catch {
                return refuse("\(error)")
            }
        case nil:
            return refuse(
                "usage: \(ExecutorInvocation.builtInProgram) list | GROUP describe | GROUP run|plan|probe|verify|undo "
                    + "OPERATION < REQUEST")
        }
    }

    private static let requestMax = 64 << 20

    private static func executor(_ group: String) -> (any BuiltInExecutor)? {
        guard let found = all.first(where: { $0.descriptor.group.isSame(as: group) }) else {
            _ = refuse(
                "there is no built-in group \"\(DisplayText.line(group, limit: 80))\"; there is "
                    + all.map(\.descriptor.group).joined(separator: ", "))
            return nil
        }
        return found
    }

    private static func refuse(_ message: String) -> Int32 {
        let bytes = Array("\(ExecutorInvocation.builtInProgram): \(message)\n".utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        return 64
    }
}
