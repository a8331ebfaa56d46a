import CEL
package import ExecutorKit
import Glibc
import JSON

/// `http/request`: one request, with all that belongs to it, as a call.
///
/// A call has its process to itself, so waiting for the server holds a thread that nothing else asks for.
package struct HTTPExecutor: BuiltInExecutor {
    package let descriptor: ExecutorDescriptor

    package init() {
        do throws(DescriptorError) {
            descriptor = try ExecutorDescriptor(parsing: Array(HTTPExecutor.describedText.utf8))
        } catch {
            preconditionFailure("the descriptor of http is written in this program: \(error)")
        }
    }

    package func perform(_ call: ExecutorCall, _ operation: String, _ request: ExecutorRequest) async -> Int32 {
        let output = CallOutput(environment: ProcessEnvironment.variables)
        do throws(ExecutorFailure) {
            let checked = try checked(request, operation)
            switch call {
            case .run: return run(checked, request, output)
            case .plan:
                for line in checked.planned { output.log(line) }
                return 0
            case .probe, .verify, .undo:
                throw .invalidRequest("http/\(operation) has no \(call.rawValue): give the step one of its own")
            }
        } catch {
            return fail(error, output)
        }
    }

    private func checked(_ request: ExecutorRequest, _ name: String) throws(ExecutorFailure) -> HTTPRequest {
        guard let operation = descriptor.operation(name) else {
            throw .invalidRequest("http has no operation \"\(DisplayText.line(name, limit: 80))\", but request")
        }
        var request = request
        request.with = operation.with.withDefaults(request.with)
        if let problem = operation.with.problems(with: request.with).first { throw .invalidRequest("with: \(problem)") }
        return try HTTPRequest(request)
    }

    private func run(_ http: HTTPRequest, _ request: ExecutorRequest, _ output: CallOutput) -> Int32 {
        guard let handle = TransferHandle() else {
            return fail(
                ExecutorFailure(
                    code: HTTPFailureCode.ownFault.rawValue, message: "libcurl cannot start", retry: .now, effect: .none
                ), output)
        }
        handle.onProgress = { received, expected in
            output.progress("\(DisplayText.size(received)) received", done: received, total: expected)
        }
        let outcome = HTTPExchange(
            request: http, handle: handle, log: output.log, progress: output.progress, stop: StopRequest(),
            now: { Int64(time(nil)) }
        ).outcome()
        let delivery = AnswerDelivery(workspace: request.workspace, output: output)
        switch outcome.body {
        case .success(let body):
            guard let answer = outcome.answer else { return 0 }
            do throws(ExecutorFailure) {
                try delivery.deliver(answer, body, effect: http.method.isSafe ? .none : .partial)
                return 0
            } catch {
                return fail(error, output)
            }
        case .failure(let failure):
            if let answer = outcome.answer { delivery.show(answer) }
            return fail(failure, output)
        }
    }

    private func fail(_ failure: ExecutorFailure, _ output: CallOutput) -> Int32 {
        output.log("\(failure.code): \(failure.message)")
        output.event(failure.event)
        return failure.code == "cancelled" ? StopRequest.status : 1
    }
}

extension HTTPRequest {
    /// What would be sent, for `plan`: names of headers, no values.
    fileprivate var planned: [String] {
        let size = body.map { "\(DisplayText.size($0.count)) of \(headers.value("content-type") ?? "no type")" }
        var lines = ["\(method.rawValue) \(url.shown)", "headers: \(headers.map(\.name).joined(separator: ", "))"]
        if let size { lines.append("body: \(DisplayText.line(size))") }
        if let expect { lines.append("expects: \(DisplayText.line(expect.source))") }
        if let poll {
            lines.append("until: \(DisplayText.line(poll.until.source)), \(poll.limit) looks at most")
        }
        return lines + ["nothing was sent"]
    }
}
