import CEL
import JSON
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Runs the cases of the specification's own conformance suite in `../shared/cel` beside the package. A clone without
/// that folder skips them by name; `WORKFLOW_TEST_SHARED=none` hides a folder that is there.
@Suite("Conformance with the CEL specification")
struct ConformanceTests {
    /// Cases that cannot pass, each with its reason.
    static let exceptions: [String: String] = Dictionary(
        uniqueKeysWithValues: ["double", "single"].map { quotes in
            (
                "parse/bytes_literals/triple_\(quotes)_quoted_unescaped_punctuation",
                "the file expects a backslash before the '?', where the expression has none: an escape of the "
                    + "text-protobuf form was lost when the case was turned into JSON"
            )
        })

    @Test(
        "A case gives its value, or fails where an error is expected",
        .enabled(
            if: ConformanceSuite.folder != nil,
            "SKIPPED: no folder shared/cel beside the clone, so no case of the specification's suite was run"),
        arguments: ConformanceSuite.all)
    func conforms(_ item: ConformanceCase) throws {
        let result = Result { () throws(CELError) in
            try CELExpression(parsing: item.expression).evaluate(
                in: CELVariables(item.bindings, hasQualifiedNames: true, container: item.container))
        }
        try #require(item.isReadable, "\(item.name) is of a form that this test does not know")
        let passes: Bool
        switch (item.expected, result) {
        case (nil, .failure): passes = true
        case (let expected?, .success(let value)): passes = value == expected
        default: passes = false
        }
        if let reason = Self.exceptions[item.name] {
            #expect(!passes, "\(item.name) passes now, although: \(reason)")
        } else {
            #expect(passes, "\(item.name): \(item.expression) gave \(result)")
        }
    }
}

struct ConformanceCase: Sendable, CustomTestStringConvertible {
    let name: String
    let expression: String
    let container: String
    let bindings: [String: CELValue]
    /// Nil where the evaluation is to fail.
    let expected: CELValue?
    /// Whether the file's form of the expected result was understood.
    let isReadable: Bool

    var testDescription: String { name }
}

enum ConformanceSuite {
    /// The folder itself, looked for beside every folder above this file: as the compiler names the file, and as it is
    /// named once symbolic links are followed.
    static let folder: String? = {
        if let hidden = getenv("WORKFLOW_TEST_SHARED"), String(cString: hidden) == "none" { return nil }
        for file in [#filePath, resolved(#filePath)] {
            var folder = file[...]
            while let slash = folder.lastIndex(of: "/") {
                folder = folder[..<slash]
                let candidate = "\(folder)/../shared/cel"
                if access("\(candidate)/basic.json", R_OK) == 0 { return candidate }
            }
        }
        return nil
    }()

    static let all: [ConformanceCase] = {
        guard let folder else { return [] }
        return [
            "basic", "comparisons", "conversions", "fields", "fp_math", "integer_math", "lists", "logic", "macros",
            "namespace", "parse", "plumbing", "string", "timestamps",
        ].flatMap { cases(in: "\(folder)/\($0).json", prefix: $0) }
    }()

    private static func cases(in path: String, prefix: String) -> [ConformanceCase] {
        guard let file = fopen(path, "rb") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        let items = (try? JSONValue(parsing: bytes))?["cases"]?.arrayValue ?? []
        return items.compactMap { item in
            guard let name = item["name"]?.stringValue, let expression = item["expr"]?.stringValue else { return nil }
            let expected = item["value"].flatMap(value)
            return ConformanceCase(
                name: "\(prefix)/\(name)", expression: expression, container: item["container"]?.stringValue ?? "",
                bindings: (item["bindings"]?.objectValue ?? [:]).compactMapValues(value),
                expected: expected, isReadable: (expected == nil) == (item["error"] != nil))
        }
    }

    private static func resolved(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// A value in the tagged form of the cases.
    private static func value(_ tagged: JSONValue) -> CELValue? {
        let text = tagged["value"]?.stringValue ?? ""
        switch tagged["type"]?.stringValue {
        case "null": return .null
        case "bool": return tagged["value"]?.boolValue.map(CELValue.bool)
        case "int": return Int64(text).map(CELValue.int)
        case "uint": return UInt64(text).map(CELValue.uint)
        case "double": return Double(text).map(CELValue.double)
        case "string": return .string(text)
        case "bytes":
            return try? evaluate("base64.decode(text)", ["text": .string(tagged["base64"]?.stringValue ?? "")])
        case "duration": return try? .duration(CELDuration(parsing: text))
        case "timestamp": return try? .timestamp(CELTimestamp(parsing: text))
        case "type": return .type(CELType(name: text))
        case "list": return tagged["value"]?.arrayValue.map { .list($0.compactMap(value)) }
        case "map":
            var map = CELMap()
            for pair in tagged["value"]?.arrayValue ?? [] {
                guard let key = pair[0].flatMap(value).flatMap(CELMap.Key.init), let value = pair[1].flatMap(value)
                else { return nil }
                map.insert(value, for: key)
            }
            return .map(map)
        default: return nil
        }
    }
}
