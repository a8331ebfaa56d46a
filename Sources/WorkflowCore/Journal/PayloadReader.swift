internal import JSON

/// Why a stored fact cannot be read. The run is not touched then: a newer program, or damage, is at work.
package enum FactError: Error, Sendable, Equatable {
    case unknownType(String)
    case unknownVersion(String, Int)
    case malformed(type: String, member: String)

    package var message: String {
        switch self {
        case .unknownType(let type): "the journal has an entry of the unknown type \(type)"
        case .unknownVersion(let type, let version): "the journal has a \(type) entry of the unknown version \(version)"
        case .malformed(let type, let member): "the journal has a \(type) entry whose member \(member) is unreadable"
        }
    }
}

/// Typed access to the members of a stored payload.
struct PayloadReader {
    let type: String
    let members: [String: JSONValue]

    init(type: String, payload: JSONValue) throws(FactError) {
        guard case .object(let members) = payload else { throw .malformed(type: type, member: "(all)") }
        self.type = type
        self.members = members
    }

    func text(_ name: String) throws(FactError) -> String {
        guard case .string(let text)? = members[name] else { throw .malformed(type: type, member: name) }
        return text
    }

    /// nil where there is no such member.
    func optionalText(_ name: String) throws(FactError) -> String? {
        members[name] == nil ? nil : try text(name)
    }

    func optionalTimestamp(_ name: String) throws(FactError) -> Timestamp? {
        guard let text = try optionalText(name) else { return nil }
        guard let instant = Timestamp(text: text) else { throw .malformed(type: type, member: name) }
        return instant
    }

    func integer(_ name: String) throws(FactError) -> Int64 {
        guard case .int(let number)? = members[name] else { throw .malformed(type: type, member: name) }
        return number
    }

    func count(_ name: String) throws(FactError) -> Int {
        guard let number = Int(exactly: try integer(name)), number >= 0 else {
            throw .malformed(type: type, member: name)
        }
        return number
    }

    func flag(_ name: String) throws(FactError) -> Bool {
        guard case .bool(let flag)? = members[name] else { throw .malformed(type: type, member: name) }
        return flag
    }

    func object(_ name: String) throws(FactError) -> [String: JSONValue] {
        guard case .object(let object)? = members[name] else { throw .malformed(type: type, member: name) }
        return object
    }

    func array(_ name: String) throws(FactError) -> [JSONValue] {
        guard case .array(let values)? = members[name] else { throw .malformed(type: type, member: name) }
        return values
    }

    /// Empty where there is no such member.
    func optionalArray(_ name: String) throws(FactError) -> [JSONValue] {
        members[name] == nil ? [] : try array(name)
    }

    func any(_ name: String) throws(FactError) -> JSONValue {
        guard let value = members[name] else { throw .malformed(type: type, member: name) }
        return value
    }

    func texts(_ name: String) throws(FactError) -> [String: String] {
        var result: [String: String] = [:]
        for (key, value) in try object(name) {
            guard case .string(let text) = value else { throw .malformed(type: type, member: name) }
            result[key] = text
        }
        return result
    }

    func textList(_ name: String) throws(FactError) -> [String] {
        guard case .array(let values)? = members[name] else { throw .malformed(type: type, member: name) }
        var result: [String] = []
        for value in values {
            guard case .string(let text) = value else { throw .malformed(type: type, member: name) }
            result.append(text)
        }
        return result
    }

    func inner(_ name: String) throws(FactError) -> PayloadReader {
        PayloadReader(type: type, members: try object(name))
    }

    func optional(_ name: String) throws(FactError) -> PayloadReader? {
        members[name] == nil ? nil : try inner(name)
    }

    func value<Value: RawRepresentable>(_ name: String) throws(FactError) -> Value where Value.RawValue == String {
        guard let value = Value(rawValue: try text(name)) else { throw .malformed(type: type, member: name) }
        return value
    }

    func time(_ name: String) throws(FactError) -> Timestamp {
        guard let time = Timestamp(text: try text(name)) else { throw .malformed(type: type, member: name) }
        return time
    }

    func id(_ name: String) throws(FactError) -> UniqueID {
        guard let id = UniqueID(text: try text(name)) else { throw .malformed(type: type, member: name) }
        return id
    }

    private init(type: String, members: [String: JSONValue]) {
        self.type = type
        self.members = members
    }
}
