import ExecutorKit
import JSON

/// What editors are to know of the operations of executors: their `with`, in which any value may be an expression.
enum CallSchema {
    /// One condition for each operation, in the order of the names.
    static func conditions(_ executors: ExecutorCatalogue) -> [JSONValue] {
        executors.groups.compactMap(executors.entry).flatMap { entry in
            entry.descriptor.operations.map { operation in
                let name = ExecutorName(group: entry.descriptor.group, operation: operation.name).text
                var then: [String: JSONValue] = ["properties": ["with": withExpressions(operation.with.source)]]
                if !operation.with.required.isEmpty { then["required"] = ["with"] }
                return [
                    "if": ["properties": ["uses": ["const": .string(name)]], "required": ["uses"]],
                    "then": .object(then),
                ]
            }
        }
    }

    private static let expression: JSONValue = ["type": "string", "pattern": #"\$\{\{"#]

    /// The schema of an object, in which each member may be an expression instead.
    private static func withExpressions(_ schema: JSONValue) -> JSONValue {
        guard var members = schema.objectValue, let properties = members["properties"]?.objectValue else {
            return schema
        }
        members["properties"] = .object(
            properties.mapValues { property in
                var choice: [String: JSONValue] = ["anyOf": [withExpressions(property), expression]]
                // Editors show it from here.
                choice["description"] = property["description"]
                return .object(choice)
            })
        return .object(members)
    }
}
