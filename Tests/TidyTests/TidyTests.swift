import Testing

/// The style of this package, as far as a machine can see it. What is found is to be mended, not excepted.
@Suite("Tidy")
struct TidyTests {
    @Test("Each file has short lines, one idea, and no call that its target may not make")
    func files() {
        #expect(Repository.files.count > 500, "the sources are looked for at \(Repository.root)")
        expectNone(Repository.files.flatMap(Rules.violations))
    }

    @Test("Imports, Package.swift and the table of the architecture say the same")
    func architecture() {
        expectNone(Architecture.violations(Repository.files, Repository.manifest, Architecture.edges))
    }

    @Test("Messages below the command line name no shell command but those that are still owed")
    func shellCommands() {
        expectNone(ShellCommands.violations(Repository.files, debts: ShellCommands.debts))
    }

    @Test("No file is dead")
    func deadFiles() {
        expectNone(DeadFiles.violations(Repository.files, Repository.paths, Repository.manifest))
    }

    @Test("Every code that is printed has its page, and every page its code and a next move")
    func codes() {
        #expect(Codes.printed(Repository.files).count > 100)
        expectNone(Codes.violations(Repository.files, pages: Repository.pages))
        let embedded = Repository.files.first { $0.path == "Sources/CDocuments/documents.c" }
        for page in Repository.pages {
            let name = page.path.split(separator: "/").last ?? ""
            #expect(
                embedded?.lines.contains { $0.contains("/\(name)\"") } == true,
                "\(page.path):1: is not embedded: add it to Sources/CDocuments/documents.c")
        }
    }

    private func expectNone(_ violations: [Violation]) {
        #expect(violations.isEmpty, "\(violations.map { "\n\($0)" }.joined())")
    }
}

/// Each rule finds what is planted, and nothing in what is as it should be.
@Suite("Tidy: the rules themselves")
struct TidyRulesTests {
    private static let core = "Sources/WorkflowCore/Model/Planted.swift"

    private func found(_ violations: [Violation]) -> [String] { violations.map { "\($0.path):\($0.line)" } }

    @Test(
        "A planted line is found in its place",
        arguments: [
            ("let x = 1 //" + String(repeating: "é", count: 110), core), ("let now = ContinuousClock.now", core),
            ("let x = Double.random(in: 0...1, using: &SystemRandomNumberGenerator())", core),
            ("func f() async {}", core), ("Task { await f() }", core), ("print(x)", core),
            ("let q = \"SELECT 1\"", "Sources/WorkflowEngine/Planted.swift"),
            ("let q = \"PRAGMA user_version\"", "Sources/WorkflowCLI/Planted.swift"),
            ("try! f()", "Sources/WorkflowCLI/Planted.swift"), ("Task { f() }", "Sources/WorkflowEngine/Planted.swift"),
            ("let x = y as! Int", "Sources/workflow-supervisor/Planted.swift"),
            ("fatalError(a)", "Sources/WorkflowEngine/Planted.swift"), ("let x = getenv(name)", core),
            ("final class A: @unchecked Sendable {}", "Sources/WorkflowEngine/Planted.swift"),
            ("/// Some comment.\nfinal class A: @unchecked Sendable {}", "Sources/WorkflowEngine/Planted.swift"),
        ] as [(String, String)])
    func planted(_ text: String, _ path: String) {
        let file = SourceFile(path, "import JSON\n" + text + "\n")
        #expect(Set(found(Rules.violations(file))) == ["\(path):\(text.hasPrefix("///") ? 3 : 2)"])
    }

    @Test(
        "What only looks like it is not found",
        arguments: [
            ("let x = 1 // " + String(repeating: "é", count: 106), core), ("// print(x), try! and SELECT", core),
            ("group.addTask { f() }", "Sources/WorkflowEngine/Planted.swift"), ("footprint(x)", core),
            ("let isAwaited = asynchronous", core),
            ("let q = \"SELECT 1\"", "Sources/WorkflowStoreSQLite/Planted.swift"),
            ("await Task { f() }.value", "Sources/WorkflowEngine/Planted.swift"),
            ("// Nothing goes on without a thread.\nfatalError(a)", "Sources/WorkflowEngine/Planted.swift"),
            ("try! f()", "Tests/CELTests/Planted.swift"), ("case UPDATED", core),
            (
                "/// `@unchecked Sendable`: behind the mutex.\nfinal class A: @unchecked Sendable {}",
                "Sources/WorkflowEngine/Planted.swift"
            ),
            (String(repeating: "a", count: 200), "migrations/sqlite/m001_initial.sql"),
        ] as [(String, String)])
    func clean(_ text: String, _ path: String) {
        #expect(Rules.violations(SourceFile(path, text + "\n")) == [])
    }

    @Test("A file of 500 lines is one idea, one of 501 is not")
    func length() {
        let line = "let x = 1\n"
        #expect(Rules.violations(SourceFile(Self.core, String(repeating: line, count: 500))) == [])
        let long = Rules.violations(SourceFile(Self.core, String(repeating: line, count: 501)))
        #expect(found(long) == ["\(Self.core):501"])
    }

    @Test("Edges differ from the table, from the manifest, or are not needed")
    func edges() {
        let manifest = """
            let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
            let package = Package(
                targets: [
                    .target(name: "JSON", swiftSettings: strict),
                    .target(
                        name: "CEL",
                        dependencies: [
                            "JSON", yams,
                        ],
                        swiftSettings: strict),
                    .testTarget(name: "CELTests", dependencies: ["CEL"]),
                ]
            )
            """
        let dependencies = Architecture.dependencies(manifest)
        #expect(dependencies == ["JSON": [], "CEL": ["JSON", "Yams"], "CELTests": ["CEL"]])
        let edges = Architecture.edges("JSON: Glibc\nCEL: JSON Yams\nCELTests: CEL")
        func check(_ edges: [String: Set<String>], _ files: [(String, String)]) -> [String] {
            Architecture.violations(files.map { SourceFile($0.0, $0.1) }, manifest, edges).map(\.description)
        }
        let json = ("Sources/JSON/A.swift", "#if canImport(Glibc)\nimport Glibc\n#else\nimport Darwin\n#endif\n")
        let cel = ("Sources/CEL/A.swift", "package import JSON\nimport struct Yams.yaml\n// import Foundation\n")
        let test = ("Tests/CELTests/A.swift", "import Foundation\n@testable import CEL\n")
        #expect(check(edges, [json, cel, test]) == [])
        let foreign = ("Sources/CEL/B.swift", "let x = 1\ninternal import Glibc\n")
        #expect(
            check(edges, [json, cel, foreign, test]).map { $0.prefix(50) }
                == ["Sources/CEL/B.swift:2: CEL may not import Glibc: move".prefix(50)])
        #expect(check(edges, [json, ("Sources/CEL/A.swift", "import JSON\n"), test]).count == 1, "Yams is not used")
        #expect(check(Architecture.edges("JSON: Glibc\nCEL: JSON\nCELTests: CEL"), [json, test]).count == 1)
        #expect(check(Architecture.edges("JSON: Glibc\nCEL: JSON Yams"), [json, test]).count == 2)
    }

    @Test("Debts of shell commands may not rise, and are lowered where they have fallen")
    func debts() {
        let path = "Sources/WorkflowEngine/A.swift"
        let two = SourceFile(path, "// `workflow list`\nlet a = \"see `workflow list`\"\nlet b = \"`workflow show`\"\n")
        #expect(found(ShellCommands.violations([two], debts: [:])) == ["\(path):2"])
        #expect(found(ShellCommands.violations([two], debts: [path: 1])) == ["\(path):3"])
        #expect(ShellCommands.violations([two], debts: [path: 2]) == [])
        #expect(found(ShellCommands.violations([two], debts: [path: 3])) == ["\(path):1"])
        let gone = ShellCommands.violations([two], debts: [path: 2, "Sources/Gone.swift": 1])
        #expect(found(gone) == ["Sources/Gone.swift:1"])
        let inPlace = SourceFile("Sources/WorkflowCLI/A.swift", "\"`workflow list`\"")
        #expect(ShellCommands.violations([inPlace], debts: [:]) == [])
    }

    @Test("A file that nothing names, or no target takes, is dead")
    func dead() {
        let used = SourceFile("Sources/JSON/A.swift", "struct Used {}\n")
        let user = SourceFile("Sources/JSON/main.swift", "let x = Used()\n")
        let unused = SourceFile("Sources/JSON/B.swift", "// Used\nstruct Unused {}\nfunc nowhere(_ a: Used) {}\n")
        let named = SourceFile("Sources/JSON/C.swift", "// Unused\nextension Used: Sendable {}\n")
        #expect(found(DeadFiles.violations([used, user, unused, named], [], "")) == ["Sources/JSON/B.swift:1"])
        let paths = [
            "Sources/JSON/old.orig", "Tests/CELTests/Cases/a.txt", "Sources/A/Documentation.docc/A.md", "Tests/run",
        ]
        #expect(found(DeadFiles.violations([], paths, "exclude: [\"Cases\"]")) == ["Sources/JSON/old.orig:1"])
    }

    @Test("Codes are found however they are written, and compared with pages both ways")
    func codes() {
        let source = SourceFile(
            "Sources/WorkflowEngine/A.swift",
            """
            package enum Code: String, CaseIterable {
                /// A comment.
                case first = "the_first"
                case second
            }
            struct B {
                enum ThirdCode {
                    case third
                    var text: String {
                        switch self {
                        case .third: "the_third"
                        }
                    }
                }
            }
            let a = Failure(kind: .permanent, code: "fourth", message: "not_this")
            let b = document(code: isGone ? "fifth_a" : "fifth_b")
            let c = [("code": .string("sixth"), "message": .string("nor_this"))]
            // code: "nor_that"
            let d = doubt.failure?.code ?? "seventh"
            let e = OptionGrammar(values: "dh", code: "eE")
            enum ExitStatus: Int32 {
                case usage = 64
                var meaning: String { "no_code" }
            }
            """)
        let codes = [
            "the_first", "second", "the_third", "fourth", "fifth_a", "fifth_b", "sixth", "seventh", "64",
        ]
        #expect(Codes.printed([source]).map(\.code) == codes)
        #expect(Codes.printed([SourceFile("Sources/WorkflowTestKit/A.swift", "let a = F(code: \"other\")")]) == [])
        let page = Codes.folder + "A.md"
        func check(_ sections: [String]) -> [String] {
            found(Codes.violations([source], pages: [SourceFile(page, "# A\n\n" + sections.joined())]))
        }
        let sections = codes.map { "## \($0)\n\nWhy.\n\n    workflow list\n" }
        #expect(check(sections) == [])
        #expect(check(Array(sections.dropLast())) == ["Sources/WorkflowEngine/A.swift:23"])
        #expect(check(Array(sections.dropFirst())) == ["Sources/WorkflowEngine/A.swift:3"])
        #expect(check(sections + ["## eighth\n\nWhy.\n\n    workflow list\n"]) == ["\(page):48"])
        #expect(check(sections + ["## second\n\nWhy.\n\n    workflow list\n"]) == ["\(page):48"])
        #expect(check(Array(sections.dropLast()) + ["## 64\n\nWhy.\n"]) == ["\(page):43"])
    }
}
