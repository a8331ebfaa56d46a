import AttemptProtocol
import Glibc
import JSON

/// Hands an answer over as outputs; a body that cannot be one is kept as the artifact `body`.
struct AnswerDelivery {
    let workspace: String
    let output: CallOutput

    /// - Parameter effect: what the request has done, should the answer not be kept.
    func deliver(_ answer: HTTPAnswer, _ body: AnswerBody, effect: ExecutorFailure.Effect) throws(ExecutorFailure) {
        _ = output.output("status", .int(Int64(answer.status)))
        _ = output.output("headers", answer.headers.json)
        let isWritten =
            switch body {
            case .empty: output.output("body", .null)
            case .json(let value): output.output("body", value)
            case .text(let text): output.output("body", .string(text))
            case .binary: false
            }
        if isWritten { return }
        _ = output.output("body", .null)
        let path: String
        do throws(SystemError) { path = try keep(answer.body) } catch {
            throw ExecutorFailure(
                code: HTTPFailureCode.ownFault.rawValue,
                message: "the body is too large for an output, or no text, and cannot be kept: \(error)",
                retry: effect == .none ? .now : .never, effect: effect)
        }
        let type = answer.type.map { DisplayText.line($0, limit: 100) } ?? "application/octet-stream"
        output.event(["type": "artifact", "name": "body", "path": .string(path), "media_type": .string(type)])
        let reason = body == .binary ? "is no text" : "is too large for an output"
        output.log("the body (\(DisplayText.size(answer.body.count))) \(reason); it is kept as the artifact body")
    }

    private func keep(_ bytes: [UInt8]) throws(SystemError) -> String {
        var path = workspace
        if path.isEmpty {
            var template = Array("/tmp/workflow-http-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { throw .last("mkdtemp", "/tmp") }
            path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        path += "/body"
        let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC)
        try file.writeAll(bytes, path)
        return path
    }

    /// Of an answer that is a failure: what there is of it in outputs, and the beginning of its text in the log.
    func show(_ answer: HTTPAnswer) {
        _ = output.output("status", .int(Int64(answer.status)))
        _ = output.output("headers", answer.headers.json)
        guard let body = try? AnswerBody.read(answer.body, type: answer.type, as: .auto) else { return excerpt(answer) }
        switch body {
        case .empty, .binary: _ = output.output("body", .null)
        case .json(let value):
            excerpt(answer)
            if !output.output("body", value) { _ = output.output("body", .null) }
        case .text(let text):
            excerpt(answer)
            if !output.output("body", .string(text)) { _ = output.output("body", .null) }
        }
    }

    private func excerpt(_ answer: HTTPAnswer) {
        output.log("  | \(DisplayText.line(String(decoding: answer.body.prefix(2000), as: UTF8.self), limit: 500))")
    }
}
