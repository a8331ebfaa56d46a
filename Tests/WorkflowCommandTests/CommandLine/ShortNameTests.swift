import JSON
import Testing

@Suite("Short names of runs")
struct ShortNameTests {
    private func folder() throws -> TestFolder {
        let folder = try TestFolder()
        try folder.write("two.yaml", Definitions.two)
        for id in ["day-007", "day-017", "other_007x", "night.018", "zz18"] {
            let run = try Command.run(["run", "two.yaml", "--quiet", "--run-id", id], in: folder)
            try #require(run.status == 0, "\(run)")
        }
        return folder
    }

    @Test("The end of an id names the run of a look, which is told")
    func suffix() throws {
        let folder = try folder()
        for (word, id) in [("007", "day-007"), ("017", "day-017"), ("7x", "other_007x"), ("y-007", "day-007")] {
            for command in [["show"], ["logs"], ["journal"], ["checkpoint", "list"]] {
                let whole = try Command.run(command + [id], in: folder)
                let short = try Command.run(command + [word], in: folder)
                #expect(short.status == 0, "\(short)")
                if command != ["show"] { #expect(short.output == whole.output) }
                #expect(short.errorLines.first == "\(id) (its id ends in \(word))", "\(short)")
                #expect(!whole.error.contains("ends in"))
            }
        }
        let json = try Command.run(["show", "007", "-o", "json"], in: folder)
        #expect(try json.json()["run"]?.stringValue == "day-007")
        #expect(try Command.run(["evidence", "017"], in: folder).status == 0)
        #expect(try Command.run(["graph", "017"], in: folder).status == 0)
        #expect(try Command.run(["diff", "017"], in: folder).status == 0)
    }

    @Test("A whole word at the end comes before a part of one")
    func wholeWord() throws {
        let folder = try folder()
        // night.018 and zz18 end so, and behind a mark only the first.
        #expect(try Command.run(["show", "018"], in: folder).errorLines.first == "night.018 (its id ends in 018)")
        #expect(try Command.run(["show", "z18"], in: folder).errorLines.first == "zz18 (its id ends in z18)")
        #expect(try Command.run(["show", "day-007"], in: folder).error.isEmpty)
    }

    @Test("One that fits more runs is 64 with all of them", arguments: ["7", "17x", "18", "8", "1", "nope", ""])
    func ambiguous(_ word: String) throws {
        let folder = try folder()
        let candidates = ["zz18", "night.018", "other_007x", "day-017", "day-007"].filter { $0.hasSuffix(word) }
        let result = try Command.run(["show", word], in: folder)
        if word.isEmpty || candidates.isEmpty {
            #expect(result.status == 66, "\(result)")
        } else {
            #expect(result.status == 64, "\(result)")
            #expect(
                result.error.hasPrefix(
                    "error: the ids of \(candidates.count) runs end in \(word): "
                        + "\(candidates.joined(separator: ", "));"),
                "\(result)")
        }
        #expect(result.output.isEmpty)
    }

    @Test("Without a name the newest run is looked at, and told")
    func newest() throws {
        let folder = try folder()
        for command in [["show"], ["logs"], ["journal"], ["checkpoint", "list"], ["show", "--timeline"]] {
            let result = try Command.run(command, in: folder)
            #expect(result.status == 0, "\(result)")
            #expect(result.errorLines.first == "zz18 (the newest run)", "\(result)")
        }
        #expect(try Command.run(["show", "-o", "json"], in: folder).json()["run"]?.stringValue == "zz18")
        #expect(try Command.run(["journal", "-o", "json"], in: folder).json()[0]?["run"]?.stringValue == "zz18")
        let empty = try TestFolder()
        try empty.write("two.yaml", Definitions.two)
        #expect(try Command.run(["run", "two.yaml", "-p", "x=1"], in: empty).status == 65)
        #expect(try Command.run(["show"], in: empty).status == 66)
    }

    @Test(
        "What changes a run takes its whole id",
        arguments: [
            ["cancel", "007"], ["pause", "007"], ["resume", "007"], ["approve", "007", "first"],
            ["reject", "007", "first"], ["signal", "007", "go"],
            ["resolve", "007", "first", "--retry", "--reason", "x"], ["cancel", "17"],
        ])
    func acts(arguments: [String]) throws {
        let folder = try folder()
        let result = try Command.run(arguments, in: folder)
        #expect(result.status == 66, "\(result)")
        for command in ["cancel", "pause", "resume", "approve", "reject"] {
            #expect(try Command.run([command], in: folder).status == 64, "\(command)")
        }
    }
}

@Suite("Parts of logs")
struct LogPartTests {
    private static let definition = """
        name: parts
        stages:
          - name: planning
            steps:
              - name: draw
                steps: [{name: lines, run: 'echo drawn'}, {name: fill, steps: [{name: red, run: 'echo filled'}]}]
          - name: provisioning
            steps:
              - name: upgrade
                foreach: {items: ["n1", "n2"], as: node, key: node, max_parallel: 1}
                steps:
                  - {name: drain, run: 'echo "drain ${{ node }}"'}
                  - {name: boot, run: 'echo "boot ${{ node }}"'}
              - name: flaky
                retry: {limit: 1, delay: 0s}
                run: |
                  for i in 1 2 3; do echo "try $WORKFLOW_ATTEMPT line $i"; done
                  [ "$WORKFLOW_ATTEMPT" = 2 ]
              - {name: upgraded, run: 'echo all'}
        """

    private func folder() throws -> TestFolder {
        let folder = try TestFolder()
        try folder.write("parts.yaml", Self.definition)
        let run = try Command.run(["run", "parts.yaml", "--quiet", "--run-id", "r"], in: folder)
        try #require(run.status == 0, "\(run)")
        return folder
    }

    @Test("A stage, a foreach and an item are printed with all that they hold")
    func parts() throws {
        let folder = try folder()
        func lines(_ arguments: String...) throws -> [String] {
            try Command.run(["logs", "r"] + arguments, in: folder).outputLines
        }
        let items = ["drain n1", "boot n1", "drain n2", "boot n2"]
        let tries = (1...2).flatMap { attempt in (1...3).map { "try \(attempt) line \($0)" } }
        #expect(try lines("planning") == ["drawn", "filled"])
        #expect(try lines("draw") == ["drawn", "filled"])
        #expect(try lines("fill") == ["filled"])
        #expect(try lines("red") == ["filled"])
        #expect(try lines("provisioning") == items + tries + ["all"])
        #expect(try lines("upgrade") == items)
        #expect(try lines("upgrade[n2]") == ["drain n2", "boot n2"])
        #expect(try lines("upgrade[n1].boot") == ["boot n1"])
        #expect(try lines() == ["drawn", "filled"] + items + tries + ["all"])
    }

    @Test("--attempt and --tail take a part of each")
    func attempts() throws {
        let folder = try folder()
        func logs(_ arguments: String...) throws -> CommandResult {
            try Command.run(["logs", "r"] + arguments, in: folder)
        }
        #expect(try logs("flaky", "--attempt", "1").outputLines == (1...3).map { "try 1 line \($0)" })
        #expect(try logs("flaky", "--attempt", "2", "--tail", "1").output == "try 2 line 3\n")
        #expect(
            try logs("flaky", "--tail", "2").outputLines.map { $0.suffix(6) } == [
                "line 2", "line 3", "line 2", "line 3",
            ])
        #expect(try logs("--tail", "0").output.isEmpty)
        #expect(try logs("--tail", "100").output == logs().output)
        #expect(try logs("flaky", "--tail", "1", "-f").outputLines == ["try 1 line 3", "try 2 line 3"])
        let none = try logs("flaky", "--attempt", "3")
        #expect(none.status == 66)
        #expect(none.error == "error: flaky of r has no attempt 3; its attempts are 1 to 2\n")
        for wrong in [["--attempt", "0"], ["--tail", "-1"], ["--tail", "x"], ["--attempt", "last"]] {
            #expect(try Command.run(["logs", "r"] + wrong, in: folder).status == 64, "\(wrong)")
        }
    }

    @Test(
        "A name that is not there is guessed, and items are not listed",
        arguments: [
            ("upgrad", "upgrade"), ("flakey", "flaky"), ("provisionin", "provisioning"), ("upgrade[n3]", "upgrade[n1]"),
        ])
    func guesses(_ typed: String, _ meant: String) throws {
        let folder = try folder()
        let result = try Command.run(["logs", "r", typed], in: folder)
        #expect(result.status == 66)
        #expect(result.error == "error: r has no step and no stage \(typed); did you mean \"\(meant)\"?\n")
        let show = try Command.run(["show", "r", typed], in: folder)
        #expect(show.status == 66)
        if meant != "provisioning" { #expect(show.error.contains("did you mean \"\(meant)\"?"), "\(show)") }
    }

    @Test("What nothing is like lists the steps that were written; show names the steps of a stage")
    func lists() throws {
        let folder = try folder()
        let unlike = try Command.run(["logs", "r", "zzzzzzzzzzzzzzzzzzzzzz"], in: folder)
        #expect(
            unlike.error.hasSuffix("; its steps are draw, lines, fill, red, upgrade, flaky, upgraded\n"), "\(unlike)")
        let stage = try Command.run(["show", "r", "provisioning"], in: folder)
        #expect(stage.status == 66)
        #expect(
            stage.error
                == "error: r has no step provisioning, which is a stage; its steps are upgrade, flaky, upgraded\n")
    }
}
