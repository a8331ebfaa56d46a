internal import ArgumentParser

/// `key=value` on the command line: everything behind the first `=` is the value.
struct KeyValue: Sendable, Equatable {
    let key: String
    let value: String

    init(_ argument: String) throws {
        // By bytes: a combining mark behind the sign would make one character of both.
        let bytes = argument.utf8
        guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")), equals != bytes.startIndex else {
            let name = argument.isEmpty || bytes.first == UInt8(ascii: "=") ? "key" : argument
            throw ValidationError("a name, = and a value are needed, such as \(name)=value")
        }
        key = String(argument[..<equals])
        value = String(argument[bytes.index(after: equals)...])
    }

    /// The first key that was given twice.
    static func repeated(_ pairs: [KeyValue]) -> String? {
        var seen: Set<String> = []
        return pairs.first { !seen.insert($0.key).inserted }?.key
    }
}
