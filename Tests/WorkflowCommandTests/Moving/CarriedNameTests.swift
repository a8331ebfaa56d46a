import Glibc
import JSON
import Testing

@Suite("A run that is carried to another store keeps its names")
struct CarriedNameTests {
    private static let definition = """
        name: keeper
        env: {RES: "res-${{ run.id }}"}
        stages:
          - name: one
            steps:
              - {name: make, run: 'echo "make $RES $WORKFLOW_RUN_ID ${{ run.local_id }}" >> "$SCENE/led"'}
              - {name: go, uses: approval, with: {prompt: "Go?"}}
              - {name: more, run: 'echo "more $RES $WORKFLOW_RUN_ID $WORKFLOW_LOCAL_RUN_ID" >> "$SCENE/led"'}
              - {name: wait, uses: approval, with: {prompt: "Go on?"}}
              - {name: end, run: 'echo "end $RES $WORKFLOW_RUN_ID $WORKFLOW_LOCAL_RUN_ID" >> "$SCENE/led"'}
        """

    private func carry(_ run: String, from source: Scene) throws -> (Scene, String) {
        let newest = try #require(try source.checkpoints(run).last).id
        let exported = try source.workflow("checkpoint", "export", newest, "--hand-over")
        #expect(exported.status == 0, "\(exported)")
        let target = try Scene()
        try target.write(exported.output, to: "checkpoint.json")
        let arrived = try target.workflow("resume", "--checkpoint", "checkpoint.json")
        #expect(arrived.status == 3, "\(arrived)")
        return (target, try #require(arrived.output.split(separator: "\n").first.map(String.init)))
    }

    @Test("`run.id` and WORKFLOW_RUN_ID stay what they were, carried once and twice; `run.local_id` is the store's")
    func names() throws {
        let source = try Scene()
        try source.write(Self.definition, to: "keeper.yaml")
        #expect(try source.workflow("run", "keeper.yaml", "--run-id", "src").status == 3)
        #expect(source.lines("led") == ["make res-src src src"])
        let (second, run) = try carry("src", from: source)
        #expect(run != "src")
        #expect(try second.show(run)["forked_from"]?.stringValue?.hasPrefix("src@chk-") == true)
        #expect(try source.show("src")["forked_from"] == .null)
        #expect(try second.workflow("approve", run, "go").status == 0)
        #expect(try second.workflow("resume", run).status == 3)
        #expect(second.lines("led") == ["more res-src src \(run)"])
        let (third, last) = try carry(run, from: second)
        #expect(try third.workflow("approve", last, "wait").status == 0)
        let ended = try third.workflow("resume", last)
        #expect(ended.status == 0, "\(ended)")
        #expect(third.lines("led") == ["end res-src src \(last)"])
        try third.expectVerified(last)
        let created = try #require(try third.journal(last).first)
        #expect(created["payload"]?["origin"]?["run"] == "src")
    }

    @Test("The keys of its steps are those that they would have had where it began")
    func keys() throws {
        let source = try Scene()
        try source.write(Self.definition, to: "keeper.yaml")
        #expect(try source.workflow("run", "keeper.yaml", "--run-id", "src").status == 3)
        let newest = try #require(try source.checkpoints("src").last).id
        let target = try Scene()
        try target.write(try source.workflow("checkpoint", "export", newest).output, to: "checkpoint.json")
        let arrived = try target.workflow("resume", "--checkpoint", "checkpoint.json")
        let run = try #require(arrived.output.split(separator: "\n").first.map(String.init))
        for (scene, name) in [(source, "src"), (target, run)] {
            #expect(try scene.workflow("approve", name, "go").status == 0)
            #expect(try scene.workflow("resume", name).status == 3)
        }
        func key(_ scene: Scene, _ run: String) throws -> String? {
            try scene.journal(run).last {
                $0["type"]?.stringValue == "attempt_started" && $0["payload"]?["step"]?.stringValue == "more"
            }?["payload"]?["key"]?.stringValue
        }
        let first = try #require(try key(source, "src"))
        #expect(try key(target, run) == first, "the same effect, wherever the run goes on")
        // The same file once more is the same run.
        let again = try target.workflow("resume", "--checkpoint", "checkpoint.json")
        #expect(again.output.split(separator: "\n").first.map(String.init) == run)
    }

    @Test("A run that arrived lasts from its arrival: what nobody drove is no longer than that")
    func lasted() throws {
        let source = try Scene()
        try source.write(Self.definition, to: "keeper.yaml")
        #expect(try source.workflow("run", "keeper.yaml", "--run-id", "src").status == 3)
        _ = usleep(1_500_000)  // Longer than what is told of a gap.
        let (target, run) = try carry("src", from: source)
        #expect(try target.workflow("cancel", run).status == 0)
        let shown = try target.workflow("show", run).output
        let lasted = try #require(shown.split(separator: "\n").first { $0.hasPrefix("lasted") })
        #expect(!lasted.contains("nobody drove"), "\(lasted)")
        #expect(shown.contains("src, as where it began"))
    }
}
