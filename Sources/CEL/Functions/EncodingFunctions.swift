internal import JSON

/// JSON and base64.
enum EncodingFunctions {
    static let all: [Function] = [
        .global("toJSON", 1, toJSON), .global("fromJSON", 1, fromJSON), .global("base64.encode", 1, encode),
        .global("base64.decode", 1, decode),
    ]

    private static func toJSON(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        try meter.charge(comparing: arguments[0])
        let text = try arguments[0].jsonText(byteLimit: meter.limits.textBytes)
        try meter.charge(madeBytes: text.utf8.count)
        return .string(text)
    }

    private static func fromJSON(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let text = try arguments.string(0)
        try meter.charge(text.utf8.count)
        do {
            return CELValue(try JSONValue(parsing: text))
        } catch {
            throw CELError(.invalidJSON, "the text is no JSON: \(error)")
        }
    }

    private static func encode(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        guard case .bytes(let bytes) = arguments[0] else { throw arguments.mismatch }
        try meter.charge(madeBytes: bytes.count / 3 * 4 + 4)
        return .string(Base64.encode(bytes))
    }

    private static func decode(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let text = try arguments.string(0)
        try meter.charge(madeBytes: text.utf8.count)
        guard let bytes = Base64.decode(text) else {
            throw CELError(.invalidArgument, "the text is not base64")
        }
        return .bytes(bytes)
    }
}
