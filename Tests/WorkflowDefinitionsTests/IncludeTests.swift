import Testing
import WorkflowCore
import WorkflowDefinitions

/// Files that exist in a test only.
struct MemoryFiles {
    var files: [String: String]
    /// Other names of the same file.
    var links: [String: String] = [:]

    func load(_ name: String, _ loader: DefinitionLoader = Loading.everything) -> LoadResult {
        loader.load(Array((files[name] ?? "").utf8), file: name, identity: name) {
            (path: String, bytesMax: Int) throws(IncludeFailure) -> IncludedFile in
            let target = links[path] ?? path
            guard let text = files[target] else { throw IncludeFailure(message: "does not exist") }
            guard text.utf8.count <= bytesMax else { throw IncludeFailure(message: "is too large") }
            return IncludedFile(bytes: Array(text.utf8), identity: target)
        }
    }

    func texts(_ name: String = "f.yaml") -> [String] { load(name).diagnostics.map(\.text) }
}

@Suite("Included files")
struct IncludeTests {
    @Test("parameters, environment, secrets, defaults, stages and owed work come together, in the order written")
    func parts() throws {
        let files = MemoryFiles(files: [
            "flows/f.yaml": """
            name: w
            include: [../common/base.yaml, net.yaml]
            params: {own: {}}
            stages:
              - name: last
                steps:
                  - name: c
                    run: echo "${{ params.own }} ${{ params.shared }} ${{ steps.b.outputs.id }} ${{ env.REGION }}"
            on_exit: [{name: own_exit, run: x}]
            """,
            "flows/../common/base.yaml": """
            params: {shared: {type: string}}
            env: {REGION: eu}
            secrets: {token: {env: TOKEN}}
            defaults: {timeout: 7m}
            stages: [{name: first, steps: [{name: a, run: x}]}]
            on_exit: [{name: base_exit, run: x}]
            """,
            "flows/net.yaml": "stages: [{name: second, steps: [{name: b, run: 'echo \"${{ params.own }}\"'}]}]",
        ])
        let result = files.load("flows/f.yaml")
        #expect(result.diagnostics.map(\.text) == [])
        let definition = try #require(result.definition?.definition)
        #expect(definition.stages.map(\.name) == ["first", "second", "last"])
        #expect(definition.onExit.map(\.name) == ["base_exit", "own_exit"])
        #expect(definition.parameters.map(\.name) == ["own", "shared"])
        #expect(definition.secrets.map(\.name) == ["token"])
        #expect(definition.stages[2].steps[0].timeout == .minutes(7))
    }

    @Test("a definition in one file and the same in several have one hash")
    func identity() throws {
        let whole = MemoryFiles(files: [
            "f.yaml": """
            name: w
            env: {A: "1", B: 1.10}
            stages:
              - {name: s, steps: [{name: a, run: x}, {name: b, run: y}, {name: g, steps: [{name: c, run: z}]}]}
            """
        ])
        let parts = MemoryFiles(files: [
            "f.yaml": """
            name: w
            include: env.yaml
            env: {B: 1.10}
            stages:
              - name: s
                steps:
                  - {name: a, run: x}
                  - include: more/steps.yaml
            """,
            "env.yaml": "env: {A: 1}",
            "more/steps.yaml": "steps: [{name: b, run: y}, {name: g, steps: [{include: inner.yaml}]}]",
            "more/inner.yaml": "steps: [{name: c, run: z}]",
        ])
        let one = try #require(whole.load("f.yaml").definition)
        let several = try #require(parts.load("f.yaml").definition)
        #expect(one.hash == several.hash)
        #expect(one.definition == several.definition)
        #expect(several.source == Array((parts.files["f.yaml"] ?? "").utf8))
    }

    @Test("included steps stand in the list: order, needs and names are those of the whole list")
    func steps() throws {
        let files = MemoryFiles(files: [
            "f.yaml": """
            name: w
            stages:
              - name: s
                steps:
                  - {name: a, run: x}
                  - include: more.yaml
                  - {name: d, needs: [b], run: x}
                  - {name: e, run: x}
            on_exit:
              - include: exit.yaml
            """,
            "more.yaml": "steps:\n  - {name: b, run: x}\n  - {name: c, needs: [a], run: x}\n",
            "exit.yaml": "steps: [{name: tell, run: x}]",
        ])
        #expect(files.texts() == [])
        let definition = try #require(files.load("f.yaml").definition?.definition)
        #expect(definition.stages[0].steps.map(\.name) == ["a", "b", "c", "d", "e"])
        #expect(definition.stages[0].steps.map(\.needs) == [[], [0], [0], [1], [3]])
        #expect(definition.onExit.map(\.name) == ["tell"])
    }

    @Test("a file that is reached by two ways counts once")
    func diamond() throws {
        let files = MemoryFiles(
            files: [
                "f.yaml": "name: w\ninclude: [a.yaml, b.yaml]\nstages: [{name: s, steps: [{name: x, run: x}]}]",
                "a.yaml": "include: base.yaml", "b.yaml": "include: link.yaml", "base.yaml": "params: {p: {}}",
            ], links: ["link.yaml": "base.yaml"])
        #expect(files.texts() == [])
        #expect(files.load("f.yaml").definition?.definition.parameters.map(\.name) == ["p"])
    }

    @Test("problems name the file that they are in")
    func places() {
        let files = MemoryFiles(files: [
            "f.yaml": """
            name: w
            include: a.yaml
            params: {p: {}}
            env: {E: own}
            defaults: {timeout: 1m}
            stages:
              - name: s
                steps:
                  - {name: one, run: 'echo "${{ params.q }}"'}
                  - include: b.yaml
            """,
            "a.yaml": """
            params:
              p: {type: strin}
            env: {E: x}
            defaults: {timeout: 2m}
            stages: [{name: s, steps: [{name: one, run: x}]}]
            name: part
            guests: 1
            """,
            "b.yaml": "steps:\n  - {name: two, run: 'echo \"${{ params.r }}\"', neds: []}\n",
        ])
        #expect(
            files.texts() == [
                "f.yaml:3:10: error: parameter \"p\" is defined a second time; the first is in a.yaml:2; nothing is "
                    + "overridden: take one of the two out",
                "f.yaml:4:7: error: variable \"E\" is defined a second time; the first is in a.yaml:3; nothing is "
                    + "overridden: take one of the two out",
                "f.yaml:5:12: error: default \"timeout\" is defined a second time; the first is in a.yaml:4; nothing "
                    + "is overridden: take one of the two out",
                "f.yaml:7:11: error: a second stage is called \"s\"; the first is in a.yaml:5",
                "f.yaml:9:16: error: a second step is called \"one\"; the first is in a.yaml:5; names are unique in "
                    + "the whole definition",
                "f.yaml:9:37: error: there is no parameter \"q\"; declare it under params",
                "a.yaml:2:13: error: the type of parameter \"p\" must be one of string, integer, number, boolean, "
                    + "array, object, not \"strin\"; did you mean \"string\"?",
                "a.yaml:6:1: error: \"name\" stands in the file that is run, not in an included one; take it out of "
                    + "this file",
                "a.yaml:7:1: error: unknown key \"guests\" in an included file; the keys are include, params, env, "
                    + "secrets, defaults, stages, on_exit",
                "b.yaml:2:33: error: there is no parameter \"r\"; declare it under params",
                "b.yaml:2:48: error: unknown key \"neds\" in step \"two\"; did you mean \"needs\"?",
            ])
    }

    private static let main = "name: w\ninclude: a.yaml\nstages: [{name: s, steps: [{name: one, run: x}]}]"

    @Test(
        "what cannot be included is refused by name",
        arguments: [
            ("include: [a.yaml, missing.yaml]", "f.yaml:2:19: error: \"missing.yaml\" does not exist"),
            ("include: []", "f.yaml:2:10: error: \"include\" is empty"),
            ("include: 5", "f.yaml:2:10: error: \"include\" must be a path or a list of paths, not the number 5"),
            (
                "include: {file: a.yaml}",
                "f.yaml:2:10: error: \"include\" must be a path or a list of paths, not a mapping"
            ),
            ("include: ''", "f.yaml:2:10: error: \"include\" names no file; write include: common.yaml"),
            (
                "include: https://example.org/a.yaml",
                "f.yaml:2:10: error: \"https://example.org/a.yaml\" is an address; only files are included; keep a "
                    + "copy beside the definition"
            ),
            (
                "include: parts/*.yaml",
                "f.yaml:2:10: error: \"parts/*.yaml\" has a pattern in it, and patterns are not expanded; name every "
                    + "file"
            ),
            (
                "include: ~/a.yaml",
                "f.yaml:2:10: error: \"~/a.yaml\" begins with \"~\", which only a shell expands; write the path out"
            ),
            (
                "include: '${{ params.x }}.yaml'",
                "f.yaml:2:10: error: expressions are not evaluated in \"include\"; write the path out"
            ),
            ("include: \"a\\0b\"", "f.yaml:2:10: error: \"a\\u{0}b\" is no path of a file"),
            (
                "include: steps.yaml",
                "steps.yaml:1:1: error: a file of steps cannot be included here; write "
                    + "\"- include: FILE\" in a list of steps"
            ),
            (
                "include: list.yaml",
                "f.yaml:2:10: error: \"list.yaml\" is no part of a workflow: it has none of its keys; the keys are "
                    + "include, params, env, secrets, defaults, stages, on_exit, or steps in a list of steps"
            ),
            (
                "include: bad.yaml",
                "bad.yaml:1:6: error: the alias *x names no anchor that ends before it; a text that begins with * "
                    + "stands in quotes, or below |"
            ),
        ])
    func refused(include: String, expected: String) {
        let files = MemoryFiles(files: [
            "f.yaml": "name: w\n\(include)\nstages: [{name: s, steps: [{name: one, run: x}]}]",
            "a.yaml": "params: {p: {}}", "steps.yaml": "steps: [{name: z, run: x}]", "list.yaml": "[1]",
            "bad.yaml": "env: *x",
        ])
        #expect(files.texts() == [expected])
    }

    @Test("circles are refused with the chain, also over another name of the file")
    func circles() {
        var files = MemoryFiles(files: [
            "f.yaml": Self.main, "a.yaml": "include: b.yaml", "b.yaml": "include: ./a.yaml",
        ])
        #expect(
            files.texts() == [
                "b.yaml:1:10: error: files include each other in a circle: a.yaml → b.yaml → a.yaml; take one of "
                    + "these out"
            ])
        files.files["b.yaml"] = "include: other.yaml"
        files.links["other.yaml"] = "a.yaml"
        #expect(files.texts().first?.contains("a.yaml → b.yaml → other.yaml; take") == true)
        files.files["a.yaml"] = "include: f.yaml"
        #expect(files.texts().first?.contains("in a circle: f.yaml → a.yaml → f.yaml") == true)
        let steps = MemoryFiles(files: [
            "f.yaml": "name: w\nstages: [{name: s, steps: [{include: a.yaml}]}]",
            "a.yaml": "steps: [{name: g, steps: [{include: a.yaml}]}]",
        ])
        #expect(steps.texts().first?.contains("in a circle: a.yaml → a.yaml") == true)
    }

    @Test("lists of steps say what is wrong with an include in them")
    func stepLists() {
        let files = MemoryFiles(files: [
            "f.yaml": """
            name: w
            stages:
              - name: s
                steps:
                  - {include: a.yaml, if: "true"}
                  - include: a.yaml
                  - include: part.yaml
                  - include: text.yaml
                  - include: none.yaml
            """,
            "a.yaml": "steps: [{name: a, run: x}]", "part.yaml": "stages: []", "text.yaml": "steps: x",
            "none.yaml": "steps: []",
        ])
        #expect(
            files.texts() == [
                "f.yaml:5:27: error: an item that includes steps has no other key, and this one has \"if\"; make two "
                    + "items of it",
                "f.yaml:6:18: error: \"a.yaml\" is included a second time; the first is in line 5; the names of steps "
                    + "are unique, so a file of steps is included once",
                "part.yaml:1:1: error: unknown key \"stages\" in a file of steps; the keys are steps",
                "part.yaml:1:1: error: a file that is included in a list of steps has no steps; add steps: […], or "
                    + "include it at the top of the definition",
                "text.yaml:1:8: error: \"steps\" must be a list of steps, not the text \"x\"",
                "none.yaml:1:8: error: \"steps\" is empty",
            ])
    }

    @Test("depth, number, bytes, nesting and values are limited over all files together")
    func limits() {
        var chain = MemoryFiles(files: ["f.yaml": Self.main.replacing("a.yaml", with: "1.yaml")])
        for number in 1...17 { chain.files["\(number).yaml"] = "include: \(number + 1).yaml" }
        #expect(chain.texts() == ["16.yaml:1:10: error: files include each other more than 16 levels deep"])

        let names = (0...100).map { "p\($0).yaml" }
        var many = MemoryFiles(files: [
            "f.yaml": Self.main.replacing("a.yaml", with: "[\(names.joined(separator: ", "))]")
        ])
        for name in names { many.files[name] = "params: {}" }
        #expect(many.texts().count == 1)
        #expect(many.texts().first?.contains("more than 100 files are included") == true)

        let small = DefinitionLoader(limits: .init(bytes: 100, depth: 12, values: 30))
        var files = MemoryFiles(files: ["f.yaml": Self.main, "a.yaml": "#" + String(repeating: "x", count: 40)])
        #expect(files.load("f.yaml", small).diagnostics.map(\.text) == ["f.yaml:2:10: error: \"a.yaml\" is too large"])
        files.files["a.yaml"] = "env: {A: 1, B: 1, C: 1, D: 1, E: 1, F: 1}"
        files.files["f.yaml"] = Self.main
        let wide = DefinitionLoader(limits: .init(bytes: 1000, depth: 12, values: 15))
        #expect(files.load("f.yaml", wide).diagnostics.map(\.text).first?.contains("more than 15 values") == true)

        let group = "{name: g1, steps: [{name: g2, steps: [{name: g3, steps: [{name: a, run: x}]}]}]}"
        let deep = MemoryFiles(files: [
            "f.yaml": "name: w\nstages: [{name: s, steps: [{name: g, steps: [{include: a.yaml}]}]}]",
            "a.yaml": "steps: [\(group)]",
        ])
        let deepLoader = DefinitionLoader(
            limits: .init(depth: 13))
        #expect(deep.load("f.yaml", deepLoader).definition != nil)
        let shallow = DefinitionLoader(limits: .init(depth: 12))
        #expect(
            deep.load("f.yaml", shallow).diagnostics.map(\.text) == [
                "a.yaml:1:66: error: the file nests deeper than 12 levels"
            ])
    }

    @Test("without a reader nothing can be included")
    func noReader() {
        #expect(Loading.texts(Self.main) == ["f.yaml:2:10: error: nothing can be included here"])
    }

    @Test("a stored definition includes nothing")
    func stored() {
        let error = #expect(throws: DefinitionError.self) {
            try Loading.everything.load(
                canonicalJSON: Array(#"{"include":"x","name":"w","stages":[]}"#.utf8), source: [])
        }
        #expect(error?.message.contains("includes nothing") == true)
    }
}
