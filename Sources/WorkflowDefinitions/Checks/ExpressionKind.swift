import CEL
import WorkflowCore

/// What can be said of an expression's value before it is evaluated.
enum ExpressionKind: Equatable {
    case boolean
    case number
    case text
    case list
    case map
    /// Null, bytes, a type.
    case other
    case unknown

    var isCertainlyNotBoolean: Bool { self != .boolean && self != .unknown }
    var isCertainlyNotList: Bool { self != .list && self != .unknown }

    init(_ kind: Parameter.Kind) {
        self =
            switch kind {
            case .integer, .number: .number
            case .boolean: .boolean
            case .string: .text
            case .array: .list
            case .object: .map
            }
    }

    init(_ value: CELValue) {
        self =
            switch value {
            case .bool: .boolean
            case .int, .uint, .double: .number
            case .string: .text
            case .list: .list
            case .map: .map
            default: .other
            }
    }

    /// For messages.
    var written: String {
        switch self {
        case .boolean: "true or false"
        case .number: "a number"
        case .text: "a text"
        case .list: "a list"
        case .map: "a map"
        case .other: "something else"
        case .unknown: "unknown"
        }
    }
}
