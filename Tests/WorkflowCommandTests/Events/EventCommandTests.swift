import Glibc
import JSON
import Testing

@Suite("workflow event", .timeLimit(.minutes(10)))
struct EventCommandTests {
    private func scene(_ steps: String) throws -> Scene {
        let scene = try Scene()
        try scene.write("name: events\nstages:\n  - name: only\n    steps:\n" + steps, to: "w.yaml")
        return scene
    }

    private func step(_ scene: Scene, _ run: String) throws -> JSONValue {
        let shown = try JSONValue(parsing: try scene.workflow("show", run, "-o", "json").output)
        return try #require(shown["steps"]?[0])
    }

    private func script(_ lines: String...) -> String {
        "      - name: a\n        run: |\n"
            + lines.map { "          \($0)\n" }.joined()
    }

    @Test("Outputs, records, usage and failures from a script, and what is refused")
    func types() throws {
        let scene = try scene(
            script(
                "w=\(BuildFolder.path)/workflow", "$w event output vpc vpc-1", "echo '[1,2]' | $w event output list -",
                "$w event record created '{\"id\": 7}'", "$w event record note 'a text'",
                "$w event usage --model m --input-tokens 5 --cost-usd 0.01", "$w event progress 1/2 half",
                "t=s3cr3t-$((6 * 7))", "echo $t | $w event mask", "echo it is $t",
                "! $w event record leak $t 2>refused", "! $w event nonsense 2>/dev/null",
                "! $w event mask abc 2>/dev/null"))
        #expect(try scene.workflow("run", "w.yaml", "--run-id", "r").status == 0)
        let shown = try step(scene, "r")
        #expect(shown["outputs"]?["vpc"] == .string("vpc-1"))
        #expect(shown["outputs"]?["list"] == .array([.int(1), .int(2)]))
        #expect(shown["losses"]?["refused_events"] == .int(1))
        #expect(try #require(fileText(scene.file("refused"))).contains("masked value"))
        #expect(try scene.workflow("logs", "r", "a").output.contains("it is ***"))
        let journal = try scene.workflow("journal", "r", "-o", "json").output
        for word in ["\"created\"", "\"a text\"", "\"0.01\""] { #expect(journal.contains(word), "\(word)") }
        #expect(try scene.tool("grep", "-rl", "s3cr3t-42", scene.store).status != 0)
    }

    @Test("An artifact is kept with the logs, named by show and the journal, and removed with the run")
    func artifact() throws {
        let scene = try scene(
            script(
                "w=\(BuildFolder.path)/workflow", "echo 'the plan' > plan.txt",
                "$w event artifact plan plan.txt --media-type text/plain", "rm plan.txt",
                "! $w event artifact gone plan.txt 2>refused"))
        #expect(try scene.workflow("run", "w.yaml", "--run-id", "r").status == 0)
        #expect(try #require(fileText(scene.file("refused"))).contains("the artifact gone was not kept"))
        let shown = try scene.workflow("show", "r", "a").output
        let path = try #require(
            shown.split { $0.isWhitespace }.map(String.init).first { $0.hasSuffix(".artifacts/plan") })
        #expect(fileText(path) == "the plan\n")
        let journal = try scene.workflow("journal", "r", "-o", "json").output
        #expect(
            journal.contains("\"media_type\"")
                && journal.contains("2d619c7869a25a069e8d9fe28202d200c8bef01cba077934e702217e8a678b59"))
        #expect(try scene.workflow("prune", "--older-than", "0h").status == 0)
        #expect(fileText(path) == nil)
    }

    @Test("Outside of a step it says what it is for")
    func outside() throws {
        let scene = try scene(script("true"))
        let told = try scene.workflow("event", "progress", "1/2")
        #expect(told.status == 64 && told.errors.contains("WORKFLOW_EVENTS"))
    }

    @Test("A failure's code decides about the next attempt, which sees what was recorded")
    func failure() throws {
        let scene = try scene(
            script(
                "w=\(BuildFolder.path)/workflow", "cat $WORKFLOW_EARLIER_EVENTS >> earlier",
                "$w event record tried $WORKFLOW_ATTEMPT",
                "if [ $WORKFLOW_ATTEMPT = 1 ]; then $w event failure rate_limit later --retry after --after 10ms; "
                    + "exit 9; fi",
                "$w event failure broken 'no such thing' --retry never; exit 9")
                + "        retry: {limit: 5, delay: 1ms, codes: [rate_limit, broken]}\n")
        #expect(try scene.workflow("run", "w.yaml", "--run-id", "r").status == 1)
        let shown = try step(scene, "r")
        #expect(shown["attempts"] == .int(2))
        #expect(shown["error"]?["code"] == .string("broken"))
        #expect(shown["error"]?["retry"] == .string("never"))
        #expect(shown["error"]?["message"]?.stringValue?.contains("no such thing") == true)
        #expect(scene.lines("earlier") == [#"{"attempt":1,"data":1,"kind":"tried","type":"record"}"#])
    }

    @Test("Progress is shown while the step runs")
    func progress() throws {
        let scene = try scene(
            script(
                "\(BuildFolder.path)/workflow event progress 3/10 copying", "touch begun",
                "while [ ! -e go ]; do sleep 0.02; done"))
        let running = try scene.start("run", "w.yaml", "--run-id", "r")
        try eventually("it runs") { scene.exists("begun") }
        let shown = try step(scene, "r")
        #expect(shown["progress"]?["message"] == .string("copying"))
        #expect(shown["progress"]?["done"] == .double(3) || shown["progress"]?["done"] == .int(3))
        #expect(try scene.workflow("show", "r", "a").output.contains("[###-------] 3/10 copying"))
        try scene.write("", to: "go")
        #expect(try running.finished(within: 60).status == 0)
        #expect(try step(scene, "r")["progress"] == nil)
    }

    @Test("Every record that was said to be kept is there after a storm of kills, once and in order")
    func storm() throws {
        let scene = try scene(
            script(
                "i=0", "while [ ! -e enough ] || [ $i -lt 10 ]; do", "  i=$((i + 1))",
                "  \(BuildFolder.path)/workflow event record count a$WORKFLOW_ATTEMPT-$i || exit 1",
                "  echo a$WORKFLOW_ATTEMPT-$i >> told", "done"))
        var numbers = SystemRandomNumberGenerator()
        let kills = KillSettings.scaled(12)
        var driver = try scene.start("run", "w.yaml", "--run-id", "r")
        for _ in 0..<kills {
            // By what the step has done and not by time, so that the storm is the same on a slow and on a fast machine.
            let wanted = scene.lines("told").count + Int.random(in: 1...4, using: &numbers)
            try eventually("\(wanted) records are told; \(driver.errors)", within: 120) {
                scene.lines("told").count >= wanted
            }
            _ = usleep(UInt32.random(in: 0...20_000, using: &numbers))
            // Engine, supervisor and script, in the order in which the kernel names them.
            try scene.killEverything()
            driver = try scene.start("resume", "r", "--on-doubt", "retry")
        }
        try scene.write("", to: "enough")
        #expect(try driver.finished(within: 240).status == 0)
        let journal = try JSONValue(parsing: try scene.workflow("journal", "r", "-o", "json").output)
        let kept = (journal.arrayValue ?? []).flatMap { $0["payload"]?["events"]?.arrayValue ?? [] }
            .compactMap { $0["data"]?.stringValue }
        let told = scene.lines("told")
        print("event storm: \(kills) kills, \(told.count) records told, \(kept.count) kept")
        #expect(told.count >= kills + 10)
        #expect(Set(kept).count == kept.count)
        // What was kept just before a kill, and not told, is there too.
        let toldOnes = Set(told)
        #expect(kept.filter(toldOnes.contains) == told)
        #expect(kept.count - told.count <= kills)
    }
}
