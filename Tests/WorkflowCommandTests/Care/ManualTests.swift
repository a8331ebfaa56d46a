import Glibc
import JSON
import Testing

@testable import WorkflowCLI

@Suite("The manual page and the examples")
struct ManualTests {
    /// Every command that help shows, as its words, with its description.
    private static let commands: [(words: [String], described: JSONValue)] = {
        guard let folder = try? TestFolder(), let dump = try? Command.run(["--experimental-dump-help"], in: folder),
            let root = try? dump.json()["command"]
        else { return [] }
        func all(_ described: JSONValue, _ words: [String]) -> [([String], JSONValue)] {
            let below = (described["subcommands"]?.arrayValue ?? []).filter {
                $0["commandName"]?.stringValue != "help" && $0["shouldDisplay"] != .bool(false)
            }
            return [(words, described)]
                + below.flatMap { all($0, words + [$0["commandName"]?.stringValue ?? ""]) }
        }
        return all(root, [])
    }()

    @Test("groff takes the page without a warning, and it tells of every command, option and exit status")
    func page() throws {
        let scene = try Scene()
        let page = try scene.workflow("man")
        #expect(page.status == 0 && page.errors == "")
        #expect(page.output.hasPrefix(".TH \"WORKFLOW\" \"1\""))
        #expect(Self.commands.count > 20)
        var text = page.output
        if access("/usr/bin/groff", X_OK) == 0 {
            try scene.write(page.output, to: "workflow.1")
            let formatted = try scene.tool(
                "groff", "-man", "-Tutf8", "-ww", "-P-cbou", "-rLL=200n", scene.file("workflow.1"))
            #expect(formatted.status == 0 && formatted.errors == "", "\(formatted.errors.prefix(2000))")
            text = formatted.output
        } else {
            print("groff is not installed: the page is checked as it is (apt-get install groff)")
            text = text.split(separator: "\\-", omittingEmptySubsequences: false).joined(separator: "-")
        }
        for (words, described) in Self.commands {
            if described["subcommands"] == nil {
                #expect(text.contains((["workflow"] + words).joined(separator: " ")), "\(words)")
            }
            for argument in described["arguments"]?.arrayValue ?? [] where argument["shouldDisplay"] == .bool(true) {
                for name in argument["names"]?.arrayValue ?? [] where name["kind"] == .string("long") {
                    let name = "--\(name["name"]?.stringValue ?? "")"
                    #expect(name == "--version" || text.contains(name), "\(words) \(name)")
                }
            }
        }
        for status in ExitStatus.allCases { #expect(text.contains(status.meaning.prefix(20)), "\(status)") }
        for section in ["NAME", "SYNOPSIS", "EXIT STATUS", "ENVIRONMENT", "FILES"] { #expect(text.contains(section)) }
        #expect(!page.output.contains("driver\\-log"))
    }

    @Test("What roff would read as its own is escaped")
    func escaping() {
        var roff = Roff()
        roff.line(Roff.escaped(".dot"))
        roff.line(Roff.escaped("'quote \\n --flag ~ ü"))
        #expect(roff.text == "\\&.dot\n\\(aqquote \\en \\-\\-flag \\(ti \\[u00FC]\n")
    }

    @Test("Every command has examples, and every example can be typed as it stands")
    func examples() throws {
        var count = 0
        for (words, described) in Self.commands {
            let lines = (described["discussion"]?.stringValue ?? "").split(separator: "\n")
            let examples = lines.filter { $0.hasPrefix("  ") }.flatMap { Self.invocations(String($0)) }
            #expect(!examples.isEmpty, "\(words) has no example")
            for example in examples {
                count += 1
                #expect(throws: Never.self, "\(words): workflow \(example.joined(separator: " "))") {
                    _ = try WorkflowProgram.parsed(example)
                }
            }
        }
        #expect(count > 40)
    }

    @Test("An example that cannot be typed is found")
    func badExample() {
        #expect(
            Self.invocations("  echo '{\"a\": 1}' | workflow eval - --input x.json # so") == [
                ["eval", "-", "--input", "x.json"]
            ])
        #expect(
            Self.invocations("  workflow man > a; source <(workflow completions bash)") == [
                ["man"], ["completions", "bash"],
            ])
        #expect(throws: (any Error).self) { _ = try WorkflowProgram.parsed(["prune", "--older", "30d"]) }
    }

    /// The words behind `workflow` in each command of a line of shell, which is as simple as examples are.
    private static func invocations(_ line: String) -> [[String]] {
        var commands: [[String]] = [[]]
        var word = ""
        var isWord = false
        var quote: Character?
        func isIgnored(_ words: [String]) -> Bool { words.first != "workflow" }
        func endWord() {
            if isWord { commands[commands.count - 1].append(word) }
            word = ""
            isWord = false
        }
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else {
                switch character {
                case "'", "\"":
                    quote = character
                    isWord = true
                case " ": endWord()
                case "#" where !isWord: return commands.filter { !isIgnored($0) }.map { Array($0.dropFirst()) }
                case "|", ";", "&", ">", "<", "(", ")":
                    endWord()
                    commands.append([])
                default:
                    word.append(character)
                    isWord = true
                }
            }
        }
        endWord()
        return commands.filter { !isIgnored($0) }.map { Array($0.dropFirst()) }
    }
}
