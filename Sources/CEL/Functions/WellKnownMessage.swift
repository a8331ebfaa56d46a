/// The messages of `google.protobuf` that the language takes for its own values. No other message can be made.
enum WellKnownMessage {
    /// The messages by their full names.
    static let names: Set<String> = Set(
        [
            "BoolValue", "StringValue", "BytesValue", "DoubleValue", "FloatValue", "Int32Value", "Int64Value",
            "UInt32Value", "UInt64Value", "ListValue", "Struct", "Value", "Duration", "Timestamp",
        ].map { "google.protobuf.\($0)" })

    /// The value that a message with these fields stands for; fails for any other message than those of `names`.
    static func value(_ type: String, _ fields: CELMap) throws(CELError) -> CELValue {
        switch type.split(separator: ".").last {
        case "BoolValue":
            guard case .bool(let value) = try only("value", of: fields, .bool(false)) else {
                throw mistyped(type, fields)
            }
            return .bool(value)
        case "StringValue":
            guard case .string(let value) = try only("value", of: fields, .string("")) else {
                throw mistyped(type, fields)
            }
            return .string(value)
        case "BytesValue":
            guard case .bytes(let value) = try only("value", of: fields, .bytes([])) else {
                throw mistyped(type, fields)
            }
            return .bytes(value)
        case "DoubleValue": return .double(try double(only("value", of: fields, .double(0)), type, fields))
        case "FloatValue":
            return .double(Double(Float(try double(only("value", of: fields, .double(0)), type, fields))))
        case "Int32Value": return .int(try int(only("value", of: fields, .int(0)), type, fields, as: Int32.self))
        case "Int64Value": return .int(try int(only("value", of: fields, .int(0)), type, fields, as: Int64.self))
        case "UInt32Value": return .uint(try uint(only("value", of: fields, .uint(0)), type, fields, as: UInt32.self))
        case "UInt64Value": return .uint(try uint(only("value", of: fields, .uint(0)), type, fields, as: UInt64.self))
        case "ListValue":
            guard case .list(let value) = try only("values", of: fields, .list([])) else {
                throw mistyped(type, fields)
            }
            return .list(value)
        case "Struct":
            guard case .map(let value) = try only("fields", of: fields, .map(CELMap())) else {
                throw mistyped(type, fields)
            }
            for entry in value.entries {
                guard case .string = entry.key else { throw .unsupportedKey(entry.key.value) }
            }
            return .map(value)
        case "Value": return try dynamicValue(type, fields)
        case "Duration": return try duration(type, fields)
        case "Timestamp": return try timestamp(type, fields)
        default: throw unknown(type)
        }
    }

    // MARK: Times

    private static func duration(_ type: String, _ fields: CELMap) throws(CELError) -> CELValue {
        let (seconds, nanoseconds) = try time(type, fields)
        let (whole, overflowed) = seconds.multipliedReportingOverflow(by: CELDuration.nanosecondsPerSecond)
        let (sum, added) = whole.addingReportingOverflow(nanoseconds)
        guard !overflowed, !added else { throw .overflow(type) }
        return .duration(CELDuration(nanoseconds: sum))
    }

    private static func timestamp(_ type: String, _ fields: CELMap) throws(CELError) -> CELValue {
        let (seconds, nanoseconds) = try time(type, fields)
        guard let exact = Int32(exactly: nanoseconds), let value = CELTimestamp(seconds: seconds, nanoseconds: exact)
        else { throw .overflow(type) }
        return .timestamp(value)
    }

    private static func time(_ type: String, _ fields: CELMap) throws(CELError) -> (Int64, Int64) {
        try allow(["seconds", "nanos"], in: fields)
        return (
            try int(fields["seconds"] ?? .int(0), type, fields, as: Int64.self),
            try int(fields["nanos"] ?? .int(0), type, fields, as: Int32.self)
        )
    }

    // MARK: Values

    private static func dynamicValue(_ type: String, _ fields: CELMap) throws(CELError) -> CELValue {
        guard fields.count <= 1 else { throw mistyped(type, fields) }
        guard let entry = fields.entries.first else { return .null }
        switch (entry.key.text, entry.value) {
        case ("null_value", .null), ("null_value", .int(0)): return .null
        case ("bool_value", .bool), ("string_value", .string), ("list_value", .list), ("struct_value", .map):
            return entry.value
        case ("number_value", let number): return .double(try double(number, type, fields))
        default: throw mistyped(type, fields)
        }
    }

    private static func double(_ value: CELValue, _ type: String, _ fields: CELMap) throws(CELError) -> Double {
        switch value {
        case .double(let value): return value
        case .int(let value): return Double(value)
        case .uint(let value): return Double(value)
        default: throw mistyped(type, fields)
        }
    }

    private static func int<Width: FixedWidthInteger>(
        _ value: CELValue, _ type: String, _ fields: CELMap, as width: Width.Type
    ) throws(CELError) -> Int64 {
        guard case .int(let integer) = value else { throw mistyped(type, fields) }
        guard let narrow = Width(exactly: integer) else { throw .overflow(type) }
        return Int64(narrow)
    }

    private static func uint<Width: FixedWidthInteger>(
        _ value: CELValue, _ type: String, _ fields: CELMap, as width: Width.Type
    ) throws(CELError) -> UInt64 {
        guard case .uint(let integer) = value else { throw mistyped(type, fields) }
        guard let narrow = Width(exactly: integer) else { throw .overflow(type) }
        return UInt64(narrow)
    }

    private static func only(_ name: String, of fields: CELMap, _ other: CELValue) throws(CELError) -> CELValue {
        try allow([name], in: fields)
        return fields[name] ?? other
    }

    private static func allow(_ names: [String], in fields: CELMap) throws(CELError) {
        for entry in fields.entries where !names.contains(entry.key.text) {
            throw CELError(
                .noSuchKey, "there is no field '\(entry.key.text)'; the fields are \(names.joined(separator: ", "))")
        }
    }

    private static func mistyped(_ type: String, _ fields: CELMap) -> CELError {
        CELError(
            .noSuchOverload,
            "\(type) cannot be made of these fields: "
                + "\(fields.entries.map { "\($0.key.text): \($0.value.type.name)" }.joined(separator: ", "))"
        )
    }

    static func unknown(_ type: String) -> CELError {
        CELError(.undeclaredReference, "there is no message type '\(type)'")
    }
}
