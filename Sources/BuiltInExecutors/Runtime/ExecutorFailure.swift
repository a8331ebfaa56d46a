import JSON

/// Why a call failed, in words that a retry rule can use: the event `failure`.
struct ExecutorFailure: Error, Equatable {
    enum Retry: Equatable {
        /// Trying again would end in the same way.
        case never
        case now
        /// No earlier than so many seconds from now.
        case after(seconds: Int64)
    }

    enum Effect: String {
        /// Nothing was done.
        case none
        /// All of it or a part is in place, and trying again is no danger, or will not be done.
        case partial
        /// Whether anything was done cannot be told.
        case unknown
    }

    var code: String
    var message: String
    var retry: Retry
    var effect: Effect

    var event: JSONValue {
        var members: [String: JSONValue] = [
            "type": "failure", "code": .string(code), "effect": .string(effect.rawValue),
            "message": .string(DisplayText.line(message, limit: CallOutput.messageMax)),
        ]
        switch retry {
        case .never: members["retry"] = "never"
        case .now: members["retry"] = "now"
        case .after(let seconds):
            members["retry"] = "after"
            members["after"] = .string("\(seconds)s")
        }
        return .object(members)
    }
}
