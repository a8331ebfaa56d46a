import CEL
import JSON

/// How the body of an answer is read: `with.response`.
enum BodyReading: String, Sendable {
    /// As its Content-Type says.
    case auto
    case json
    case text
}

/// The body of an answer as a value.
enum AnswerBody: Equatable {
    case empty
    case json(JSONValue)
    case text(String)
    /// No text: it is kept as a file.
    case binary

    struct NotJSON: Error, Equatable {
        /// Why, with the place.
        var reason: String
    }

    /// JSON where the type says so, ISO 8859-1 where it does, UTF-8 otherwise; what is none of it, or holds a NUL, is
    /// binary.
    static func read(_ bytes: [UInt8], type: String?, as reading: BodyReading) throws(NotJSON) -> AnswerBody {
        if bytes.isEmpty { return .empty }
        let media = MediaType(type ?? "")
        if reading == .json || (reading == .auto && media.isJSON) {
            let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
            do throws(JSONError) {
                return .json(try JSONValue(parsing: text, limits: .exact))
            } catch {
                throw NotJSON(reason: "\(error)")
            }
        }
        guard !bytes.contains(0) else { return .binary }
        if media.isLatin1 { return .text(String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))) }
        return String(validating: bytes, as: UTF8.self).map(AnswerBody.text) ?? .binary
    }
}

/// What a Content-Type says, as far as it matters here.
struct MediaType {
    let isJSON: Bool
    let isLatin1: Bool

    init(_ text: String) {
        let parts = HeaderField.key(text).split(separator: ";", omittingEmptySubsequences: false).map {
            $0.filter { $0 != " " && $0 != "\t" && $0 != "\"" }
        }
        let type = parts.first ?? ""
        isJSON = type == "application/json" || type == "text/json" || type.hasSuffix("+json")
        isLatin1 = parts.dropFirst().contains { $0 == "charset=iso-8859-1" || $0 == "charset=latin1" }
    }
}

/// What `expect` and `poll.until` see of an answer.
struct AnswerVariables: CELActivation {
    static let names = ["status", "headers", "body"]

    let answer: HTTPAnswer
    let body: Result<AnswerBody, AnswerBody.NotJSON>

    func value(of name: String) throws(CELError) -> CELValue? {
        switch name {
        case "status": return .int(Int64(answer.status))
        case "headers": return CELValue(answer.headers.json)
        case "body":
            switch body {
            case .success(.empty): return .null
            case .success(.json(let value)): return CELValue(value)
            case .success(.text(let text)): return .string(text)
            case .success(.binary): return .bytes(answer.body)
            case .failure(let error): throw CELError(.host, "the body is no JSON: \(error.reason)")
            }
        default: return nil
        }
    }
}
