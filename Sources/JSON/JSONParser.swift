/// Reads one JSON text, strictly by RFC 8259: no comments, no trailing commas, no byte order mark, no repeated keys.
///
/// Open arrays and objects are kept on a stack of their own, so the depth of a text costs memory and never call stack.
/// Two keys that differ only in Unicode normalization count as repeated, because a Swift dictionary cannot hold both.
struct JSONParser {
    private let bytes: [UInt8]
    private let limits: JSONLimits
    private var position = 0
    private var open: [Container] = []

    /// An array or object whose end has not been read yet.
    private enum Container {
        case array([JSONValue])
        case object([String: JSONValue], key: String)
    }

    init(_ bytes: [UInt8], limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func parse() throws(JSONError) -> JSONValue {
        guard bytes.count <= limits.bytes else {
            throw JSONError(.tooLarge, "the JSON text has \(bytes.count) bytes; the limit is \(limits.bytes)", at: 0)
        }
        while true {
            skipWhitespace()
            // Nil where a container was opened: its first element is the next value to read.
            guard var value = try beginValue() else { continue }
            // The container is handed over, not kept beside: a second reference would copy it for every element.
            while !open.isEmpty {
                guard let closed = try append(value, to: open.removeLast()) else { break }
                value = closed
            }
            if open.isEmpty {
                skipWhitespace()
                guard position == bytes.count else { throw unexpected("after the JSON value") }
                return value
            }
        }
    }

    // MARK: Containers

    /// Reads a scalar or an empty container; opens any other container and reads up to its first value.
    private mutating func beginValue() throws(JSONError) -> JSONValue? {
        guard position < bytes.count else { throw unexpected("where a value was expected") }
        switch bytes[position] {
        case UInt8(ascii: "{"):
            try enter()
            if take(UInt8(ascii: "}")) { return .object([:]) }
            open.append(.object([:], key: try key(of: [:])))
            return nil
        case UInt8(ascii: "["):
            try enter()
            if take(UInt8(ascii: "]")) { return .array([]) }
            open.append(.array([]))
            return nil
        case UInt8(ascii: "\""): return .string(try JSONStringReader.read(bytes, &position))
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return try JSONNumberReader.read(bytes, &position, rounds: limits.roundsIntegers)
        default: throw unexpected("where a value was expected")
        }
    }

    /// Puts a finished value into its container. Returns the container as a value when that was its last, else leaves
    /// it open before the next value.
    private mutating func append(_ value: JSONValue, to container: consuming Container) throws(JSONError) -> JSONValue?
    {
        skipWhitespace()
        switch consume container {
        case .array(var elements):
            elements.append(value)
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw unexpected("where ',' or ']' was expected") }
            open.append(.array(elements))
        case .object(var members, let key):
            members[key] = value
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw unexpected("where ',' or '}' was expected") }
            skipWhitespace()
            let next = try self.key(of: members)
            open.append(.object(members, key: next))
        }
        return nil
    }

    private mutating func enter() throws(JSONError) {
        guard open.count < limits.depth else {
            throw JSONError(.tooDeep, "the JSON text is nested deeper than \(limits.depth)", at: position)
        }
        position += 1
        skipWhitespace()
    }

    private mutating func key(of members: [String: JSONValue]) throws(JSONError) -> String {
        let start = position
        guard start < bytes.count, bytes[start] == UInt8(ascii: "\"") else {
            throw unexpected("where an object's key was expected")
        }
        let key = try JSONStringReader.read(bytes, &position)
        if let known = members.index(forKey: key) {
            guard members[known].key.isSame(as: key) else {
                throw JSONError(
                    .duplicateKey,
                    "the key \"\(key.prefix(100))\" stands in one object with another that differs in its bytes alone "
                        + "(composed and decomposed characters); give them different names", at: start)
            }
            throw JSONError(.duplicateKey, "the key \"\(key.prefix(100))\" stands twice in one object", at: start)
        }
        skipWhitespace()
        guard take(UInt8(ascii: ":")) else { throw unexpected("where ':' was expected") }
        return key
    }

    // MARK: Bytes

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
            default: return
            }
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let start = position
        for index in 0..<word.utf8CodeUnitCount {
            guard position < bytes.count, bytes[position] == word.utf8Start[index] else {
                if position >= bytes.count { throw unexpected("inside '\(word)'") }
                throw JSONError(.unexpectedCharacter, "expected '\(word)'", at: start)
            }
            position += 1
        }
        return value
    }

    private func unexpected(_ place: String) -> JSONError {
        guard position < bytes.count else {
            return JSONError(.unexpectedEnd, "the JSON text ends \(place)", at: position)
        }
        let byte = bytes[position]
        let shown = byte > 0x20 && byte < 0x7F ? "'\(Unicode.Scalar(byte))'" : "byte \(byte)"
        return JSONError(.unexpectedCharacter, "unexpected \(shown) \(place)", at: position)
    }
}
