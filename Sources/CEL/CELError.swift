/// Why an expression could not be parsed or evaluated, and where.
package struct CELError: Error, Sendable, Equatable {
    /// The kind of failure. The raw values are stable: they travel to diagnostics, logs and API answers.
    package enum Code: String, Sendable, CaseIterable {
        case syntax
        case sourceTooLarge = "source_too_large"
        case tooDeep = "too_deep"
        case undeclaredReference = "undeclared_reference"
        case unknownFunction = "unknown_function"
        case noSuchOverload = "no_such_overload"
        case noSuchKey = "no_such_key"
        case indexOutOfBounds = "index_out_of_bounds"
        case duplicateKey = "duplicate_key"
        case unsupportedKey = "unsupported_key"
        case divideByZero = "divide_by_zero"
        case overflow
        case invalidArgument = "invalid_argument"
        case invalidRegex = "invalid_regex"
        case invalidTimeZone = "invalid_time_zone"
        case invalidJSON = "invalid_json"
        case costExceeded = "cost_exceeded"
        case resultTooLarge = "result_too_large"
        /// A host function or variable failed; the message is the host's.
        case host
    }

    package var code: Code
    package var message: String
    /// Where in the expression, in bytes of UTF-8 from its start.
    package var offset: Int
    /// The same place for people: both count from 1, columns in Unicode scalars.
    package var line: Int
    package var column: Int

    /// An error without a place: the evaluator adds that of the operation that failed.
    package init(_ code: Code, _ message: String) {
        self.init(code, message, offset: 0, line: 1, column: 1)
    }

    package init(_ code: Code, _ message: String, offset: Int, line: Int, column: Int) {
        self.code = code
        self.message = message
        self.offset = offset
        self.line = line
        self.column = column
    }

    init(_ code: Code, _ message: String, at offset: Int, in source: some Collection<UInt8>) {
        let place = CELSourceLocation(of: offset, in: source)
        self.init(code, message, offset: offset, line: place.line, column: place.column)
    }
}

extension CELError.Code {
    /// Whether the evaluation ran into a limit. Such an error ends it: no operator looks past it.
    var isLimit: Bool { self == .costExceeded || self == .resultTooLarge }
}

/// The failures that many operations share.
extension CELError {
    /// How many arguments a message shows; a list may have handed over a million.
    private static let shownTypes = 8

    static func noSuchOverload(_ function: String, _ arguments: [CELValue]) -> CELError {
        let types = arguments.prefix(shownTypes).map(\.type.name).joined(separator: ", ")
        let more = arguments.count > shownTypes ? ", …" : ""
        return CELError(.noSuchOverload, "no such overload: \(function)(\(types)\(more))")
    }

    static func undeclared(_ name: String) -> CELError {
        CELError(.undeclaredReference, "undeclared reference to '\(name)'")
    }

    static func unknownFunction(_ name: String) -> CELError {
        CELError(.unknownFunction, "there is no function '\(name)'")
    }

    static func notBool(_ value: CELValue, _ role: String) -> CELError {
        CELError(.noSuchOverload, "\(role) must be a bool, not \(value.type.name)")
    }

    static func noSuchKey(_ key: String) -> CELError {
        CELError(.noSuchKey, "no such key: '\(Excerpt.of(key))'")
    }

    /// Bytes are not shown: their text would have to be made.
    static func noSuchKey(of key: CELValue) -> CELError {
        if case .bytes = key { return noSuchKey(key.type.name) }
        return noSuchKey(key.text ?? key.type.name)
    }

    static func unsupportedKey(_ key: CELValue) -> CELError {
        CELError(.unsupportedKey, "a map's key is a bool, int, uint or string, not \(key.type.name)")
    }

    static func duplicateKey(_ key: CELMap.Key) -> CELError {
        CELError(.duplicateKey, "the key '\(Excerpt.of(key.text))' stands twice in a map")
    }

    static func overflow(_ operation: String) -> CELError {
        CELError(.overflow, "the result of \(operation) is out of range")
    }
}

extension CELError: CustomStringConvertible {
    package var description: String { "\(line):\(column): \(message)" }
}

/// A place in an expression as people count it: from 1, columns in Unicode scalars.
package struct CELSourceLocation: Sendable, Hashable {
    package let line: Int
    package let column: Int

    /// The place of a byte of UTF-8 text.
    init(of offset: Int, in source: some Collection<UInt8>) {
        var line = 1
        var column = 1
        for byte in source.prefix(offset) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.line = line
        self.column = column
    }
}
