import JSON
import Testing
import WorkflowCore
import WorkflowDefinitions

@Suite("What a definition's hash depends on")
struct LayoutTests {
    static let definitions = [
        GoodFileTests.example,
        """
        name: all-of-it
        params: {a: {type: array, default: [1, 2.5, -3, {x: null}]}, b: {type: object, default: {k: [true, "no", ""]}}}
        env: {ONE: 1.10, TWO: "a: b # c", THREE: }
        stages:
          - name: s
            env: {X: "${{ env.ONE }}"}
            steps:
              - {name: a, run: "line one\\n  line two\\n\\nline four\\n"}
              - {name: b, run: " leading", needs: []}
              - name: g
                repeat: {until: steps.c.status == "success", limit: 3, delay: 5s}
                steps:
                  - {name: c, foreach: {items: [x, "1", 1], as: i, key: "string(i) + (i == 1 ? 'n' : 't')"}, run: \
        'echo "${{ i }}"'}
                  - {name: d, uses: approval, with: {prompt: "größer ≥ 3 \\t\\u0007?", approvers: [ann, bob]}}
        on_exit: [{name: e, run: x}, {name: f, run: y}]
        """,
    ]

    @Test("layout, quotes, comments and the order of keys do not matter", arguments: definitions.indices)
    func layouts(number: Int) throws {
        let stored = try #require(Loading.result(Self.definitions[number]).definition)
        let value = try JSONValue(parsing: stored.canonicalJSON)
        for seed in 0..<60 as Range<UInt64> {
            var writer = LayoutWriter(seed: seed)
            let yaml = writer.yaml(value)
            let result = Loading.result(yaml)
            guard let again = result.definition else {
                Issue.record("\(result.diagnostics.map(\.text).joined(separator: "\n"))\n\(yaml)")
                return
            }
            #expect(again.hash == stored.hash, "\(yaml)")
            #expect(again.definition == stored.definition)
        }
    }

    @Test("the order of stages, steps and items does matter, and so does every value", arguments: definitions.indices)
    func changes(number: Int) throws {
        let stored = try #require(Loading.result(Self.definitions[number]).definition)
        let value = try JSONValue(parsing: stored.canonicalJSON)
        var hashes: Set<String> = [stored.hash]
        let changed = Self.changes(of: value)
        #expect(changed.count > 40)
        for change in changed {
            var writer = LayoutWriter(seed: 1)
            // What a change breaks has no hash at all.
            guard let hash = Loading.result(writer.yaml(change)).definition?.hash else { continue }
            #expect(hashes.insert(hash).inserted, "\(String(describing: try? change.compactText()))")
        }
        #expect(hashes.count > 5)
    }

    /// The value with one text, number or order changed, each in turn.
    private static func changes(of value: JSONValue) -> [JSONValue] {
        switch value {
        case .string(let text): return [.string(text + "x")]
        case .int(let number): return [.int(number + 1), .double(Double(number))]
        case .array(let elements):
            var all: [JSONValue] = []
            for index in elements.indices {
                for change in changes(of: elements[index]) {
                    var copy = elements
                    copy[index] = change
                    all.append(.array(copy))
                }
                if index > 0, elements[index] != elements[index - 1] {
                    var copy = elements
                    copy.swapAt(index, index - 1)
                    all.append(.array(copy))
                }
            }
            return all
        case .object(let members):
            return members.sorted { $0.key < $1.key }.flatMap { key, member in
                changes(of: member).map { change in
                    var copy = members
                    copy[key] = change
                    return .object(copy)
                }
            }
        default: return []
        }
    }
}
