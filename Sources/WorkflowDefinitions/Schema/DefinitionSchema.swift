package import ExecutorKit
package import JSON
import WorkflowCore

/// The language as JSON Schema (2020-12), for editors; written from the key tables that the compiler reads by.
package enum DefinitionSchema {
    /// What kind of file the schema is for.
    package enum File: String, Sendable, CaseIterable {
        /// The file that is run.
        case definition
        /// A file that is included at the top of another.
        case part
        /// A file that is included in a list of steps.
        case steps
    }

    /// - Parameter executors: those whose operations and arguments editors are to know.
    package static func json(for file: File, executors: ExecutorCatalogue = .notAsked) -> JSONValue {
        let (keys, title): (KeyTable, String) =
            switch file {
            case .definition: (.workflow, "A workflow")
            case .part: (.part, "A part of a workflow, to be included")
            case .steps: (.steps, "Steps of a workflow, to be included")
            }
        var schema = object(keys)
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["title"] = .string(title)
        if file == .definition {
            schema["required"] = ["name"]
            // Validators name what is missing here; of "anyOf" they say only that nothing fits.
            schema["if"] = ["not": ["required": ["include"]]]
            schema["then"] = ["required": ["stages"]]
        }
        var definitions: [String: JSONValue] = [:]
        for table in ValueShape.Table.allCases {
            definitions[table.rawValue] =
                switch table {
                case .step: .object(stepSchema(executors))
                case .parameter: .object(parameterSchema())
                default: .object(object(table.keys))
                }
        }
        definitions["include_item"] = .object(object(.includeItem))
        definitions["step_item"] = stepItem
        schema["$defs"] = .object(definitions)
        return .object(schema)
    }

    // MARK: Mappings

    private static func object(_ table: KeyTable) -> [String: JSONValue] {
        var properties: [String: JSONValue] = [:]
        for key in table.entries {
            var value = self.value(key.shape)
            value["description"] = .string(key.description)
            properties[key.name] = .object(value)
        }
        var schema: [String: JSONValue] = [
            "type": "object", "properties": .object(properties), "additionalProperties": false,
        ]
        let required = table.entries.filter(\.isRequired).map { JSONValue.string($0.name) }
        if !required.isEmpty { schema["required"] = .array(required) }
        if table.isChoice {
            schema["minProperties"] = 1
            schema["maxProperties"] = 1
        }
        return schema
    }

    /// The type decides what the values may be, and which bounds mean something. Without one it is a string.
    private static func parameterSchema() -> [String: JSONValue] {
        var schema = object(.parameter)
        schema["allOf"] = .array(
            Parameter.Kind.allCases.map { kind in
                let value: JSONValue = ["type": .string(kind.rawValue)]
                var properties: [String: JSONValue] = ["default": value, "enum": ["items": value]]
                if kind != .string { properties["pattern"] = false }
                if kind != .integer, kind != .number {
                    properties["min"] = false
                    properties["max"] = false
                }
                var condition: [String: JSONValue] = ["properties": ["type": ["const": .string(kind.rawValue)]]]
                if kind != .string { condition["required"] = ["type"] }
                return ["if": .object(condition), "then": ["properties": .object(properties)]]
            })
        return schema
    }

    /// A step does one thing; what it does decides which other keys mean something.
    private static func stepSchema(_ executors: ExecutorCatalogue) -> [String: JSONValue] {
        var schema = object(.step)
        let nothing = Node(.null)
        let kinds: [(StepKind, JSONValue, ValueShape.Table?)] = [
            (.run(nothing), ["required": ["run"]], nil),
            (.group(nothing), ["required": ["steps"]], nil),
            (.sleep(nothing), uses("sleep"), .sleep),
            (.signal(nothing), uses("signal"), .signal),
            (.approval(nothing), uses("approval"), .approval),
            (
                .call(ExecutorName(group: "group", operation: "operation"), nothing),
                ["properties": ["uses": ["pattern": "/"]], "required": ["uses"]], nil
            ),
        ]
        schema["allOf"] = .array(
            oneThing
                + kinds.map { kind, condition, with in
                    var properties: [String: JSONValue] = [:]
                    for key in KeyTable.step.keys where !kind.allows(key) && !kind.isUseless(key) {
                        properties[key] = false
                    }
                    if let with { properties["with"] = reference(with.rawValue) }
                    var then: [String: JSONValue] = ["properties": .object(properties)]
                    if with != nil { then["required"] = ["with"] }
                    return ["if": condition, "then": .object(then)]
                } + CallSchema.conditions(executors))
        return schema
    }

    /// Exactly one of `run`, `uses` and `steps`, in a form that validators can explain: `run` is missing, or the other
    /// one is not allowed.
    private static let oneThing: [JSONValue] = [
        [
            "if": ["not": ["anyOf": [["required": ["uses"]], ["required": ["steps"]]]]],
            "then": ["required": ["run"]],
        ],
        ["if": ["required": ["run"]], "then": ["properties": ["uses": false, "steps": false]]],
        ["if": ["required": ["uses"]], "then": ["properties": ["steps": false]]],
    ]

    private static func uses(_ executor: String) -> JSONValue {
        ["properties": ["uses": ["const": .string(executor)]], "required": ["uses"]]
    }

    /// `include` is named outside of the branches too, so that editors offer it.
    private static let stepItem: JSONValue = [
        "type": "object",
        "properties": ["include": ["description": "Steps of another file, which stand here."]],
        "if": ["required": ["include"]],
        "then": reference("include_item"),
        "else": reference("step"),
    ]

    private static func reference(_ definition: String) -> JSONValue { ["$ref": .string("#/$defs/\(definition)")] }

    // MARK: Values

    private static func value(_ shape: ValueShape) -> [String: JSONValue] {
        switch shape {
        case .text: ["type": "string"]
        case .nonEmptyText: ["type": "string", "minLength": 1]
        case .pattern(let pattern): ["type": "string", "pattern": .string(pattern)]
        case .words(let words): ["type": "string", "enum": .array(words.map(JSONValue.string))]
        case .executor(let words):
            [
                "type": "string", "if": ["pattern": "/"], "then": ["pattern": .string(ExecutorName.fullPattern)],
                "else": ["enum": .array(words.map(JSONValue.string))],
            ]
        case .integer(let range):
            [
                "type": "integer", "minimum": .int(Int64(range.lowerBound)), "maximum": .int(Int64(range.upperBound)),
            ]
        case .number(let range?):
            ["type": "number", "minimum": .double(range.lowerBound), "maximum": .double(range.upperBound)]
        case .number(nil): ["type": "number"]
        case .boolean: ["type": "boolean"]
        case .duration: ["type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$"]
        case .timeout: ["type": "string", "pattern": "^0*[1-9][0-9]*(ms|s|m|h|d)$"]
        case .expression: ["type": ["string", "boolean"], "minLength": 1]
        case .scalar: ["type": ["string", "number", "boolean", "null"]]
        case .anything: [:]
        case .list(let element, let isNeverEmpty): list(of: .object(value(element)), isNeverEmpty: isNeverEmpty)
        case .names(let kind, let element): names(kind, .object(value(element)))
        case .table(let table): ["type": "object", "$ref": .string("#/$defs/\(table.rawValue)")]
        case .steps(let isNeverEmpty): list(of: reference("step_item"), isNeverEmpty: isNeverEmpty)
        case .either(let shapes): either(shapes)
        }
    }

    /// One of several shapes, in a form that validators can explain: the type of a value decides which of them it is to
    /// have.
    private static func either(_ shapes: [ValueShape]) -> [String: JSONValue] {
        let typed = shapes.map(value).map { (type: $0["type"]?.stringValue, schema: $0) }
        let types = typed.compactMap(\.type)
        guard types.count == shapes.count, Set(types).count == types.count else {
            return ["anyOf": .array(typed.map { .object($0.schema) })]
        }
        return [
            "type": .array(types.map(JSONValue.string)),
            "allOf": .array(
                typed.map { type, schema in
                    ["if": ["type": .string(type ?? "")], "then": .object(schema)]
                }),
        ]
    }

    private static func list(of element: JSONValue, isNeverEmpty: Bool) -> [String: JSONValue] {
        var schema: [String: JSONValue] = ["type": "array", "items": element]
        if isNeverEmpty { schema["minItems"] = 1 }
        return schema
    }

    private static func names(_ kind: ValueShape.NameKind, _ element: JSONValue) -> [String: JSONValue] {
        let names: JSONValue =
            switch kind {
            case .name: ["pattern": .string(NameRules.namePattern)]
            case .variable:
                [
                    "pattern": .string(NameRules.variablePattern),
                    "not": [
                        "anyOf": [
                            ["enum": .array(NameRules.reservedVariables.map(JSONValue.string))],
                            ["pattern": .string("^\(NameRules.scriptValuePrefix)")],
                        ]
                    ],
                ]
            }
        return ["type": "object", "propertyNames": names, "additionalProperties": element]
    }
}
