import Glibc
import JSON
import Testing

/// Control characters, and those that turn text around, in everything that people and other machines can choose.
@Suite("Text that would do something to a terminal")
struct HostileTextTests {
    /// An escape sequence, C1, a bidi override, an Arabic letter mark, a line separator, and DEL.
    private static let hostile = "a\u{1b}[2Jb\u{9b}31mc\u{202e}d\u{61c}e\u{2028}f\u{7f}g"

    /// Whether nothing in it does anything.
    private func expectTame(_ text: String, _ what: String) {
        for scalar in text.unicodeScalars {
            let isWild =
                scalar.value < 0x20 && scalar != "\n" && scalar != "\t" || (0x7F...0x9F).contains(scalar.value)
                || [0x61C, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF].contains(scalar.value)
                || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
            if isWild {
                Issue.record("\(what): U+\(String(scalar.value, radix: 16)) in \(text.debugDescription.prefix(600))")
                return
            }
        }
    }

    private func expectTame(_ result: CommandResult) {
        expectTame(result.output, "\(result.arguments) output")
        expectTame(result.error, "\(result.arguments) error")
    }

    @Test(
        "Names of files, in problems and refusals",
        arguments: ["validate", "run", "plan", "graph", "validate --format github"])
    func fileNames(_ command: String) throws {
        let folder = try TestFolder()
        let words = command.split(separator: " ").map(String.init)
        for name in [Self.hostile + ".yaml", "x\n::warning::y\u{1b}[31m.yaml", "t\tu\rv.yaml"] {
            try folder.write(name, "name: a\nstages:\n  - nam: b\n")
            for file in [name, name + ".missing"] {
                let result = try Command.run(words + [file], in: folder)
                #expect(result.status == (file == name ? 65 : 66), "\(result)")
                expectTame(result)
                #expect(!(result.output + result.error).contains("\n::warning"), "\(result)")
            }
        }
    }

    @Test("Arguments in refusals, and the store's path")
    func arguments() throws {
        let folder = try TestFolder()
        try folder.write("two.yaml", Definitions.two)
        #expect(try Command.run(["run", "two.yaml", "-q"], in: folder).status == 0)
        for hostile in [Self.hostile, "x\nerror: y"] {
            for arguments in [
                [hostile], ["show", hostile], ["list", "--status", hostile], ["list", "--since", hostile],
                ["resume", "--checkpoint", hostile], ["run", "two.yaml", "-p", "x=\(hostile)"], ["eval", hostile],
                ["logs", "r", hostile], ["backup", "missing/\(hostile)"], ["list", "--store", hostile],
                ["doctor", "--store", hostile], ["run", "two.yaml", "--\(hostile)"], ["evidence", "--verify", hostile],
            ] {
                let result = try Command.run(arguments, in: folder)
                #expect(result.status != 0, "\(result)")
                expectTame(result)
                #expect(!result.error.contains("\nerror: y"), "\(result)")
            }
            let store = try Command.run(["run", "two.yaml", "--store", folder.path("s" + hostile)], in: folder)
            #expect(store.status == 0, "\(store)")
            expectTame(store)
            for command in [["doctor"], ["list"], ["backup", "b.db", "--force"]] {
                let result = try Command.run(command + ["--store", folder.path("s" + hostile)], in: folder)
                #expect(result.status == 0, "\(result)")
                expectTame(result)
                #expect(!(result.output + result.error).contains("\nerror: y"), "\(result)")
            }
        }
    }

    @Test("Data: shown escaped, and in JSON and YAML the same values as ever")
    func data() throws {
        let folder = try TestFolder()
        try folder.write("two.yaml", Definitions.two)
        let run = try Command.run(["run", "two.yaml", "--run-id", "r", "--label", "k=\(Self.hostile)"], in: folder)
        #expect(run.status == 0, "\(run)")
        expectTame(run)
        for command in [["list"], ["show", "r"], ["journal", "r"], ["show", "r", "--decisions"]] {
            for format in ["text", "json", "yaml"] {
                let result = try Command.run(command + ["-o", format], in: folder)
                #expect(result.status == 0, "\(result)")
                expectTame(result)
            }
        }
        let listed = try Command.run(["list", "-o", "json"], in: folder)
        #expect(try listed.json()[0]?["labels"]?["k"]?.stringValue == Self.hostile)
        #expect(listed.output.contains("\\u009b31m") && listed.output.contains("\\u202e"), "\(listed)")
        let yaml = try Command.run(["list", "-o", "yaml"], in: folder)
        #expect(yaml.output.contains("\\x9B31m") && yaml.output.contains("\\u202E"), "\(yaml)")
    }

    @Test("eval gives a program the value as it is")
    func values() throws {
        let folder = try TestFolder()
        #expect(try Command.run(["eval", "\"a\\u001bb\""], in: folder).output == "a\u{1b}b\n")
    }
}
