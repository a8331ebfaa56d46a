import JSON
import Terminal
import Testing
import WorkflowDocs
import WorkflowViews

@testable import WorkflowCLI

@Suite("docs")
struct DocsTests {
    @Test("The language is printed whole, in 80 columns, and by help too")
    func language() throws {
        let folder = try TestFolder()
        let docs = try Command.run(["docs", "language"], in: folder)
        #expect(docs.status == 0, "\(docs)")
        #expect(docs.error == "")
        #expect(docs.outputLines.allSatisfy { $0.unicodeScalars.count <= 80 })
        for word in [
            "on_doubt: retry | ask | fail", "steps.NAME.outputs.KEY", "text.matches(pattern)", "USES: APPROVAL",
        ] {
            #expect(docs.output.contains(word), "\(word)")
        }
        #expect(try Command.run(["help", "language"], in: folder).output == docs.output)
        #expect(try Command.run(["docs"], in: folder).output.contains("\n  language  "))
    }

    @Test("One key, function, variable or section is printed alone")
    func parts() throws {
        let folder = try TestFolder()
        let retry = try Command.run(["docs", "language", "retry"], in: folder)
        #expect(retry.output.contains("How a failed attempt is followed by another."))
        #expect(retry.output.contains("RETRY"))
        #expect(retry.output.contains("max_delay: duration"))
        #expect(try Command.run(["help", "language", "orValue"], in: folder).output.contains("optional.orValue(x)"))
        #expect(
            try Command.run(["docs", "language", "approval"], in: folder).output.contains("approvers: list of text"))
        #expect(try Command.run(["docs", "language", "run"], in: folder).output.contains("run.started_at"))
    }

    @Test("Every word has a meaning in 80 columns and a command that can be typed, in order")
    func words() throws {
        let folder = try TestFolder()
        let docs = try Command.run(["docs", "words"], in: folder)
        #expect(docs.status == 0 && docs.error.isEmpty)
        #expect(docs.outputLines.allSatisfy { $0.unicodeScalars.count <= 80 }, "\(docs)")
        let words = Glossary.entries.map(\.word)
        #expect(words == words.sorted())
        #expect(docs.outputLines.filter { !$0.isEmpty && !$0.hasPrefix(" ") } == words)
        for word in [
            "checkpoint", "journal", "in doubt", "drifted", "orphaned", "moved", "rewind", "claim", "fencing token",
            "interrupted", "unseen",
        ] { #expect(words.contains(word), "\(word)") }
        for entry in Glossary.entries {
            #expect(entry.command.hasPrefix("workflow "))
            #expect(throws: Never.self, "\(entry.command)") {
                _ = try WorkflowProgram.parsed(entry.command.split(separator: " ").dropFirst().map(String.init))
            }
            #expect(entry.meaning.hasSuffix("."))
        }
        #expect(try Command.run(["docs"], in: folder).output.contains("\n  words  "))
        let man = try Command.run(["man"], in: folder).output
        #expect(man.contains(".SH \"WORDS\"") && man.contains("fencing token"))
        #expect(try Command.run(["--help"], in: folder).output.contains("workflow docs words"))
    }

    @Test("One word is told alone, as statuses write it too", arguments: ["in doubt", "in_doubt", "In Doubt", "claim"])
    func word(_ word: String) throws {
        let docs = try Command.run(["docs", "words", word], in: try TestFolder())
        #expect(docs.status == 0)
        #expect(docs.outputLines.count(where: { !$0.hasPrefix(" ") }) == 1, "\(docs)")
    }

    @Test("A word that there is not is 66", arguments: [("chekpoint", "checkpoint"), ("in dout", "in doubt")])
    func noSuchWord(_ typed: String, _ meant: String) throws {
        let docs = try Command.run(["docs", "words", typed], in: try TestFolder())
        #expect(docs.status == 66)
        #expect(docs.error.contains("did you mean \"\(meant)\"?"), "\(docs)")
    }

    @Test("What there is not is 66, with what was meant")
    func unknown() throws {
        let folder = try TestFolder()
        let article = try Command.run(["docs", "langauge"], in: folder)
        #expect(article.status == 66)
        #expect(article.error.contains("did you mean \"language\"?"))
        let key = try Command.run(["docs", "language", "retyr"], in: folder)
        #expect(key.status == 66)
        #expect(key.error.contains("did you mean"), "\(key)")
        #expect(try Command.run(["help", "language", "now"], in: folder).status == 66)
    }

    @Test("All articles and codes are listed, in 80 columns but for what the articles are about")
    func list() throws {
        let folder = try TestFolder()
        let docs = try Command.run(["docs"], in: folder)
        #expect(docs.status == 0 && docs.error.isEmpty)
        for name in ["language", "words", "operating", "architecture", "states", "cost"] {
            #expect(docs.outputLines.contains { $0.hasPrefix("  \(name)  ") }, "\(name)")
        }
        let listed = docs.output.split { ", \n".contains($0) }.map(String.init)
        for page in Library.builtIn.codes { #expect(listed.contains(page.code), "\(page.code)") }
        let json = try Command.run(["docs", "-o", "json"], in: folder).json()
        #expect(json["codes"]?.arrayValue?.count == Library.builtIn.codes.count)
        #expect(json["articles"]?.arrayValue?.first?["name"] == "language")
    }

    @Test("Every page says in 80 columns what happened and what to type, and what it says to type can be typed")
    func pages() throws {
        #expect(Library.builtIn.codes.count > 150)
        for page in Library.builtIn.codes {
            let lines = MarkdownText.lines(of: page.text, width: 80)
            #expect(lines.allSatisfy { DisplayWidth.of($0) <= 80 || $0.hasPrefix("    ") }, "\(page.code)")
            #expect(lines.first?.hasPrefix(" ") == false, "\(page.code)")
            let commands = lines.filter { $0.hasPrefix("    workflow ") && !$0.contains("'") && !$0.contains(" > ") }
            for command in commands {
                let words = command.replacing("\"…\"", with: "…").split(
                    separator: "\"", omittingEmptySubsequences: false)
                let arguments = words.enumerated().flatMap { index, part in
                    index % 2 == 1 ? [String(part)] : part.split(separator: " ").map(String.init)
                }
                // The parser answers these by an error of its own.
                if ["--help", "--version"].contains(arguments.last) { continue }
                #expect(throws: Never.self, "\(page.code): \(command)") {
                    _ = try WorkflowProgram.parsed(Array(arguments.dropFirst()))
                }
            }
        }
    }

    @Test(
        "A code has its page, also in the brackets that it is printed in, and an exit status",
        arguments: [
            ("run_is_driven", "run_is_driven"), ("[unknown_key]", "unknown_key"), ("75", "75"), ("timeout", "timeout"),
        ])
    func code(_ typed: String, _ code: String) throws {
        let folder = try TestFolder()
        let docs = try Command.run(["docs", typed], in: folder)
        #expect(docs.status == 0 && docs.error.isEmpty)
        #expect(docs.outputLines.first == code)
        #expect(docs.outputLines.allSatisfy { $0.count <= 80 }, "\(docs)")
        let json = try Command.run(["docs", typed, "-o", "json"], in: folder).json()
        #expect(json["kind"] == "code" && json["name"]?.stringValue == code)
        #expect(json["text"]?.stringValue?.contains("workflow ") == true)
    }

    @Test("Articles are the files of the catalogs, filled to 80 columns")
    func articles() throws {
        let folder = try TestFolder()
        let docs = try Command.run(["docs", "operating"], in: folder)
        #expect(docs.status == 0 && docs.error.isEmpty)
        #expect(docs.outputLines.first == "Operating")
        #expect(docs.output.contains("\nONE STORE, ONE USER, ONE PLACE\n"))
        #expect(docs.output.contains("    ExecStart="), "a unit is not filled")
        for article in Library.builtIn.articles {
            #expect(!article.about.isEmpty, "\(article.name)")
            #expect(try Command.run(["docs", article.name], in: folder).status == 0)
        }
    }

    @Test(
        "What there is not is 66, with where it is or what was meant",
        arguments: [
            ("run_is_drivn", "did you mean \"run_is_driven\"?"), ("operatng", "did you mean \"operating\"?"),
            ("retry", "`workflow docs language retry`"), ("checkpoint", "`workflow docs words checkpoint`"),
            ("zzzzzzzzzz", "`workflow docs` lists what there is"),
        ])
    func noSuchCode(_ typed: String, _ meant: String) throws {
        let docs = try Command.run(["docs", typed], in: try TestFolder())
        #expect(docs.status == 66)
        #expect(docs.error.contains(meant), "\(docs)")
    }

    @Test("An error ends with its code, and an error in JSON names the page")
    func pointers() throws {
        let folder = try TestFolder()
        let none = try Command.run(["list", "--store", "nowhere"], in: folder)
        #expect(none.status == 66)
        #expect(none.errorLines.first?.hasSuffix(" [store_missing]") == true, "\(none)")
        _ = try folder.write("f.yaml", "name: f\nstages: [{name: s, steps: [{name: a, run: exit 7}]}]\n")
        let run = try Command.run(["run", "f.yaml", "-o", "json"], in: folder)
        #expect(try run.json()["steps"]?.arrayValue?.first?["error"]?["docs"] == "workflow docs exit_status")
        #expect(ErrorDocument.command("somebody_elses") == nil)
    }

    @Test("Markdown: paragraphs and items are filled, code, commands and tables stay apart")
    func markdown() {
        let text = """
            # Title

            One sentence that goes
            over two lines.

            ## A part

            - an item that is too long for it
              and goes on
            1. another

            | it says | it means |
            | --- | --- |
            | `a` | what it is |

                workflow list --status failed,paused --limit 10

            ```sh
            a  b
            ```
            """
        #expect(
            MarkdownText.lines(of: text, width: 24) == [
                "Title", "", "One sentence that goes", "over two lines.", "", "A PART", "", "- an item that is too",
                "  long for it and goes", "  on", "1. another", "", "  `a`", "      what it is", "",
                "    workflow list --status failed,paused --limit 10", "", "    a  b",
            ])
    }
}
