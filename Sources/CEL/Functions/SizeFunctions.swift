/// `size`, and the type functions that take any value.
enum SizeFunctions {
    static let all: [Function] = [
        .global("size", 1, size), .method("size", 1, size), .global("type", 1, type), .global("dyn", 1, dyn),
    ]

    private static func size(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        switch arguments[0] {
        case .string(let text):
            try meter.charge(textBytes: text.utf8.count)
            return .int(Int64(text.unicodeScalars.count))
        case .bytes(let bytes): return .int(Int64(bytes.count))
        case .list(let elements): return .int(Int64(elements.count))
        case .map(let map): return .int(Int64(map.count))
        default: throw arguments.mismatch
        }
    }

    private static func type(_ arguments: Arguments, _ meter: inout Meter) -> CELValue { .type(arguments[0].type) }

    private static func dyn(_ arguments: Arguments, _ meter: inout Meter) -> CELValue { arguments[0] }
}
