/// A type as a value: what `type(x)` gives, and what a type's name evaluates to.
package struct CELType: Sendable, Hashable {
    package let name: String

    package init(name: String) {
        self.name = name
    }

    package static let null = CELType(name: "null_type")
    package static let bool = CELType(name: "bool")
    package static let int = CELType(name: "int")
    package static let uint = CELType(name: "uint")
    package static let double = CELType(name: "double")
    package static let string = CELType(name: "string")
    package static let bytes = CELType(name: "bytes")
    package static let list = CELType(name: "list")
    package static let map = CELType(name: "map")
    package static let duration = CELType(name: "google.protobuf.Duration")
    package static let timestamp = CELType(name: "google.protobuf.Timestamp")
    package static let type = CELType(name: "type")
    package static let optional = CELType(name: "optional_type")
    package static let address = CELType(name: "net.IP")
    package static let network = CELType(name: "net.CIDR")
}

/// The names that have a value where the host gives them none.
enum Constants {
    static let all: [String: CELValue] = {
        let types: [CELType] = [
            .null, .bool, .int, .uint, .double, .string, .bytes, .list, .map, .duration, .timestamp, .type, .optional,
            .address, .network,
        ]
        var values = Dictionary(uniqueKeysWithValues: types.map { ($0.name, CELValue.type($0)) })
        // The only enumeration among the messages that the language knows; enumerations are integers.
        values["google.protobuf.NullValue.NULL_VALUE"] = .int(0)
        return values
    }()
}
