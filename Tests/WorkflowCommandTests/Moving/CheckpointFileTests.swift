import Glibc
import JSON
import Testing

@Suite("Carrying a run to another machine")
struct CheckpointFileTests {
    private static let definition = """
        name: carried
        params: {n: {type: integer, default: 2}}
        stages:
          - name: one
            steps:
              - name: first
                run: |
                  echo "first $WORKFLOW_IDEMPOTENCY_KEY" >> "$SCENE/led"
                  echo "id=vpc-1" >> "$WORKFLOW_OUTPUT"
              - name: each
                foreach: {items: "${{ range(params.n) }}", as: i}
                run: echo "each ${{ i }}" >> "$SCENE/led"
              - name: held
                run: |
                  echo "held $WORKFLOW_IDEMPOTENCY_KEY" >> "$SCENE/led"
                  until [ -e "$SCENE/go" ]; do sleep 0.02; done
              - {name: last, run: 'echo "last ${{ steps.first.outputs.id }} $PWD" >> "$SCENE/led"'}
        """

    /// A run that was killed with all its processes while `held` ran, and its newest checkpoint.
    private func interrupted() throws -> (Scene, String) {
        let scene = try Scene()
        try scene.write(Self.definition, to: "carried.yaml")
        let driver = try scene.start("run", "carried.yaml", "--run-id", "carried", "--label", "team=net")
        try eventually("the step is held") { scene.lines("led").count == 4 }
        driver.signal(SIGKILL)
        _ = try driver.finished()
        for supervisor in scene.supervisors { kill(supervisor, SIGKILL) }
        try scene.killEverything()
        return (scene, try #require(try scene.checkpoints("carried").last).id)
    }

    private func export(_ scene: Scene, _ arguments: String...) throws -> String {
        let exported = try scene.workflow(["checkpoint", "export"] + arguments)
        #expect(exported.status == 0, "\(exported)")
        return exported.output
    }

    @Test("It arrives in doubt where it was cut off, with the key that the attempt had, and goes on from there")
    func carried() throws {
        let (source, checkpoint) = try interrupted()
        let file = try export(source, checkpoint)
        let key = try #require(source.lines("led").last?.split(separator: " ").last)
        let target = try Scene()
        try target.write(file, to: "checkpoint.json")
        let arrived = try target.workflow("resume", "--checkpoint", "checkpoint.json")
        #expect(arrived.status == 3, "\(arrived)")
        let run = try #require(arrived.output.split(separator: "\n").first.map(String.init))
        #expect(try target.step("held", of: run)["status"] == "in_doubt")
        #expect(try target.step("first", of: run)["outputs"]?["id"] == "vpc-1")
        #expect(try target.step("each", of: run)["status"] == "success")
        #expect(target.lines("led") == [])
        try target.write("", to: "go")
        #expect(try target.workflow("resolve", run, "held", "--retry", "--reason", "looked").status == 0)
        #expect(try target.workflow("resume", run).status == 0)
        #expect(target.lines("led") == ["held \(key)", "last vpc-1 \(target.path)"])
        // The same file is the same run: it has ended.
        let again = try target.workflow("resume", "--checkpoint", "checkpoint.json")
        #expect(again.status == 0 && again.output.hasPrefix(run), "\(again)")
        #expect(target.lines("led").count == 2)
        try target.expectVerified(run)
        let listed = try JSONValue(parsing: try target.workflow("list", "-o", "json").output)
        #expect(listed.arrayValue?.count == 1)
        #expect(listed[0]?["labels"]?["team"] == "net")
        let created = try #require(try target.journal(run).first)
        #expect(created["payload"]?["forked_from"]?.stringValue == "carried@\(checkpoint)")
    }

    @Test("Handed over, the run is moved where it came from; asked again, it is the same file")
    func handedOver() throws {
        let (source, checkpoint) = try interrupted()
        let file = try export(source, checkpoint, "--hand-over")
        #expect(try source.status("carried") == "moved")
        #expect(try export(source, checkpoint, "--hand-over") == file)
        for older in try source.checkpoints("carried").dropLast() {
            let refused = try source.workflow("checkpoint", "export", older.id, "--hand-over")
            #expect(
                refused.status == 64 && refused.output.isEmpty, "what came after it would be done twice: \(refused)")
            #expect(try source.workflow("checkpoint", "export", older.id).status == 0)
        }
        #expect(try source.workflow("resume", "carried").status == 4)
        #expect(source.lines("led").count == 4)
        try source.expectVerified("carried")
        let target = try Scene()
        try target.write(file, to: "checkpoint.json")
        try target.write("", to: "go")
        let arrived = try target.workflow("resume", "--checkpoint", "checkpoint.json", "--on-doubt", "retry")
        #expect(arrived.status == 0, "\(arrived)")
    }

    @Test("A run that is driven is not handed over; an older checkpoint can be carried away")
    func notHandedOver() throws {
        let scene = try Scene()
        try scene.write(Self.definition, to: "carried.yaml")
        let driver = try scene.start("run", "carried.yaml", "--run-id", "carried")
        try eventually("the step is held") { scene.lines("led").count == 4 }
        let points = try scene.checkpoints("carried")
        #expect(try scene.workflow("checkpoint", "export", points[points.count - 1].id, "--hand-over").status == 75)
        #expect(try scene.workflow("checkpoint", "export", points[0].id, "--hand-over").status == 75)
        #expect(try scene.workflow("checkpoint", "export", points[0].id).status == 0)
        try scene.write("", to: "go")
        #expect(try driver.finished().status == 0)
    }

    @Test("What ended meanwhile is written down, masked, before a hand-over: it may have saved a newer checkpoint")
    func settledByHandOver() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: late
            secrets: {tok: {env: TOK}}
            stages:
              - name: only
                steps:
                  - {name: one, run: "true"}
                  - name: two
                    env: {T: "${{ secrets.tok }}"}
                    run: |
                      echo effect >> "$SCENE/led"
                      until [ -e "$SCENE/go" ]; do sleep 0.02; done
                      echo "got=$T" >> "$WORKFLOW_OUTPUT"
                  - {name: three, run: "true"}
            """, to: "late.yaml")
        let token = ["TOK": "sup3rs3cret"]
        let driver = try scene.start(["run", "late.yaml", "--run-id", "late"], environment: token)
        try eventually("the step is held") { scene.lines("led").count == 1 }
        driver.signal(SIGKILL)
        _ = try driver.finished()
        try scene.write("", to: "go")
        try eventually("its supervisor has ended") { scene.supervisors.isEmpty }
        let first = try #require(try scene.checkpoints("late").first).id
        let refused = try scene.workflow(
            ["checkpoint", "export", first, "--hand-over"], environment: token)
        #expect(refused.status == 64 && refused.output.isEmpty, "\(refused)")
        let newest = try #require(try scene.checkpoints("late").last)
        #expect(newest.step == "two")
        let handed = try scene.workflow(
            ["checkpoint", "export", newest.id, "--hand-over"], environment: token)
        #expect(handed.status == 0 && !handed.output.contains("sup3rs3cret"), "\(handed)")
        #expect(try scene.workflow("journal", "late", "-o", "json").output.contains("sup3rs3cret") == false)
        #expect(scene.lines("led") == ["effect"])
    }

    @Test("A file that cannot be written whole is 74, and asked for again it is whole")
    func fullDisk() throws {
        let (source, checkpoint) = try interrupted()
        let full = try source.tool(
            "bash", "-c",
            "cd '\(source.path)' && '\(source.binaries)/workflow' checkpoint export \(checkpoint) --hand-over > "
                + "/dev/full"
        )
        #expect(full.status == 74, "\(full)")
        #expect(try export(source, checkpoint, "--hand-over").hasSuffix("}\n"))
    }

    @Test("Locks and a turn that were held where it comes from are taken anew here")
    func locksAreTakenAnew() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: held
            concurrency: {group: prod, on_conflict: fail}
            stages:
              - name: only
                steps:
                  - name: g
                    locks: [dc]
                    steps:
                      - {name: one, run: "true"}
                      - {name: ask, uses: approval, with: {prompt: "go?", timeout: 1h}}
                      - {name: two, run: "true"}
            """, to: "held.yaml")
        #expect(try scene.workflow("run", "held.yaml", "--run-id", "source").status == 3)
        let checkpoint = try #require(try scene.checkpoints("source").last).id
        try scene.write(try export(scene, checkpoint), to: "checkpoint.json")
        // In the same store: the source still holds its turn.
        let arrived = try scene.workflow("resume", "--checkpoint", "checkpoint.json")
        #expect(arrived.status == 1, "\(arrived)")
        let run = try #require(arrived.output.split(separator: "\n").first.map(String.init))
        #expect(try scene.show(run)["error"]?["code"] == "concurrency_conflict")
        #expect(try scene.workflow("cancel", "source").status == 0)
        #expect(try scene.workflow("resume", run).status == 3)
        #expect(try scene.workflow("approve", run, "ask").status == 0)
        #expect(try scene.workflow("resume", run).status == 0)
        try scene.expectVerified(run)
    }

    @Test("Signals that no step has asked for yet travel with it")
    func signals() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: told
            stages:
              - name: only
                steps:
                  - {name: one, run: "true"}
                  - {name: ask, uses: approval, with: {prompt: "go?", timeout: 1h}}
                  - {name: dns, uses: signal, with: {name: dns, timeout: 1h}}
            """, to: "told.yaml")
        #expect(try scene.workflow("run", "told.yaml", "--run-id", "told").status == 3)
        #expect(try scene.workflow("signal", "told", "dns", "--data", "{\"zone\": \"eu\"}").status == 0)
        let checkpoint = try #require(try scene.checkpoints("told").last).id
        let target = try Scene()
        try target.write(try export(scene, checkpoint, "--hand-over"), to: "checkpoint.json")
        #expect(try target.workflow("resume", "--checkpoint", "checkpoint.json", "--plan").status == 64)
        #expect(!target.exists(".workflow"))
        let arrived = try target.workflow("resume", "--checkpoint", "checkpoint.json")
        #expect(arrived.status == 3, "\(arrived)")
        let run = try #require(arrived.output.split(separator: "\n").first.map(String.init))
        #expect(try target.workflow("approve", run, "ask").status == 0)
        #expect(try target.workflow("resume", run).status == 0)
        #expect(try target.step("dns", of: run)["outputs"]?["zone"] == "eu")
    }

    @Test("Two who resume one file at the same time drive one run")
    func race() throws {
        let (source, checkpoint) = try interrupted()
        let target = try Scene()
        try target.write(try export(source, checkpoint), to: "checkpoint.json")
        try target.write("", to: "go")
        let both = try (0..<3).map { _ in
            try target.start("resume", "--checkpoint", "checkpoint.json", "--on-doubt", "retry")
        }
        let statuses = try both.map { try $0.finished().status }
        #expect(statuses.contains(0), "\(statuses)")
        #expect(statuses.allSatisfy { $0 == 0 || $0 == 75 }, "\(statuses)")
        #expect(target.lines("led").count == 2)
        #expect(try JSONValue(parsing: try target.workflow("list", "-o", "json").output).arrayValue?.count == 1)
    }

    @Test(
        "A file that was changed, cut or is something else is 65 and makes no run",
        arguments: [
            "entry", "definition", "cut", "tail", "other", "version",
        ])
    func damaged(_ how: String) throws {
        let (source, checkpoint) = try interrupted()
        var file = try export(source, checkpoint)
        switch how {
        case "entry": file = file.replacing("vpc-1", with: "vpc-2")
        case "definition": file = file.replacing("until [", with: "while [")
        case "cut": file = String(file.dropLast(200))
        case "tail":
            var members = try #require(try JSONValue(parsing: file).objectValue)
            members["entries"] = .array(Array((members["entries"]?.arrayValue ?? []).dropLast()))
            file = try JSONValue.object(members).compactText()
        case "version": file = file.replacing("\"workflow_checkpoint\":1", with: "\"workflow_checkpoint\":2")
        default: file = "{}"
        }
        let target = try Scene()
        try target.write(file, to: "checkpoint.json")
        let refused = try target.workflow("resume", "--checkpoint", "checkpoint.json")
        #expect(refused.status == 65, "\(refused)")
        #expect(refused.errors.contains("checkpoint.json"), "\(refused)")
        // What can be told without a store makes none.
        if how == "definition" {
            #expect(try JSONValue(parsing: try target.workflow("list", "-o", "json").output) == .array([]))
        } else {
            #expect(!target.exists(".workflow"))
        }
    }
}
