import Testing

/// What is valid and does not do what people expect, and what people look for that there is not.
@Suite("Notices")
struct NoticeTests {
    @Test("One warning says that nothing runs the undo of a file's steps")
    func undo() {
        let one = Loading.texts(Loading.step("run: x\nundo: z"))
        #expect(
            one == [
                "f.yaml:7:9: warning: \"undo\" of step \"first\" is checked and kept, and nothing runs it: this "
                    + "version has no rollback; write the way back as a workflow of its own, and run that when it is "
                    + "needed"
            ])
        let three = Loading.texts(
            "name: w\nstages: [{name: s, steps: [{name: a, run: x, undo: z}, {name: g, steps: [{name: b, run: x, "
                + "undo: z}]}]}]\n"
                + "on_exit: [{name: c, run: x, undo: z}]")
        #expect(three.count == 1)
        #expect(three.first?.contains("\"undo\" of 3 steps") == true, "\(three)")
        #expect(Loading.texts(Loading.step("run: x")) == [])
        let files = MemoryFiles(files: [
            "f.yaml": "name: w\ninclude: g.yaml\nstages: [{name: s, steps: [{name: a, run: x, undo: z}]}]",
            "g.yaml": "on_exit: [{name: b, run: x, undo: z}]",
        ])
        #expect(files.texts().count == 2, "one for each file")
    }

    private static func two(_ condition: String, _ before: String = "") -> String {
        """
        name: w
        stages:
          - name: a
            steps: [{name: work, run: x}]
          - name: b
            steps:
              \(before)
              - name: notify
                if: \(condition)
                run: x
        """
    }

    @Test(
        "A condition that cannot see the failure it asks for points to on_exit",
        arguments: [
            ("always()", "", true), ("failure()", "", true),
            ("always() && params.x", "- {name: q, run: x, needs: []}", false),
            ("failure()", "- {name: q, run: x}", false), ("always()", "- {name: q, run: x}", false),
            ("success()", "", false),
        ])
    func unseen(_ condition: String, _ before: String, _ isWarned: Bool) {
        let texts = Loading.texts(Self.two(condition, before)).filter { $0.contains("cannot see a failure") }
        #expect(texts.count == (isWarned ? 1 : 0), "\(texts)")
        if isWarned {
            #expect(
                texts.first
                    == "f.yaml:9:13: warning: \"if\" of step \"notify\" cannot see a failure: when the stage before "
                    + "\"a\" fails, this stage is not entered; what is owed however the run ends belongs in on_exit")
        }
    }

    @Test("In the first stage a step that comes first sees no failure, and always() does no harm")
    func first() {
        #expect(Loading.texts(Loading.step("run: x\nif: failure()")).first?.contains("nothing runs before it") == true)
        #expect(Loading.texts(Loading.step("run: x\nif: always()")) == [])
    }

    @Test(
        "What people look for and is called otherwise, or is not there, says what there is",
        arguments: [
            ("rollback: true", "nothing rolls a run back in this version"),
            ("on_failure: [{name: x, run: z}]", "on_failure stands in a stage"), ("schedule: '0 3 * * *'", "--run-id"),
            ("on: push", "cron or a systemd timer"), ("wait: 5m", "a wait is a step: uses: sleep, signal or approval"),
            ("timeout: 5m", "defaults: {timeout: 10m}"), ("concurrency: {group: g, on_conflict: skip}", "write fail"),
        ])
    func elsewhere(_ key: String, _ part: String) {
        let texts = Loading.texts(Loading.step("run: x", head: key))
        #expect(texts.count == 1, "\(texts)")
        #expect(texts.first?.contains(part) == true, "\(texts)")
    }

    @Test("The same inside of a step")
    func insideSteps() {
        #expect(
            Loading.texts(Loading.step("uses: wait\nwith: {http: x}")).first?.contains("sleep waits for a time") == true
        )
        #expect(Loading.texts(Loading.step("run: x\nwait: 5m")).first?.contains("a wait is a step of its own") == true)
        #expect(Loading.texts(Loading.step("run: x\nrescue: y")).first?.contains("if: failure()") == true)
    }
}
