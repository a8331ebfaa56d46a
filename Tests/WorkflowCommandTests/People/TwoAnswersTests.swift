import Glibc
import JSON
import Testing

/// Two people answer the same step at once: one answer counts, and the other person learns that theirs does not.
@Suite("Two answers at once")
struct TwoAnswersTests {
    private static let gate = """
        name: gate
        stages:
          - name: only
            steps:
              - {name: go_live, uses: approval, with: {prompt: "Switch?", approvers: [ada, lin]}}
              - {name: after, run: echo after >> "$SCENE/done"}
        """

    private func made() throws -> Scene {
        let scene = try Scene()
        try scene.write(Self.gate, to: "gate.yaml")
        #expect(try scene.workflow("store", "set", "identity=claimed").status == 0)
        return scene
    }

    /// The kinds of entries that answers leave.
    private func answers(_ scene: Scene, _ run: String) throws -> [String] {
        let journal = try scene.workflow("journal", run, "-o", "json").json.arrayValue ?? []
        return journal.compactMap { $0["type"]?.stringValue }.filter {
            ["step_approved", "step_rejected", "request_refused"].contains($0)
        }
    }

    @Test(
        "Of a run that no process drives, the one that is refused ends with 64, and the run follows the other",
        arguments: [["approve", "reject"], ["approve", "approve"], ["reject", "reject"]])
    func undriven(_ verbs: [String]) throws {
        let scene = try made()
        for round in 0..<5 {
            let run = "r\(round)"
            #expect(try scene.workflow("run", "gate.yaml", "--run-id", run, "-q").status == 3)
            let first = try scene.start([verbs[0], run, "go_live", "--as", "ada"])
            let second = try scene.start([verbs[1], run, "go_live", "--as", "lin"])
            let ends = [try first.finished(), try second.finished()]
            #expect(ends.map(\.status).sorted() == [0, 64], "\(ends)")
            let taken = try #require(ends.firstIndex { $0.status == 0 })
            let kinds = try answers(scene, run).filter { $0 != "request_refused" }
            #expect(kinds == [verbs[taken] == "approve" ? "step_approved" : "step_rejected"], "\(ends)")
            #expect(ends[1 - taken].errors.contains("does not wait for approval"), "\(ends)")
            #expect(!ends[1 - taken].errors.contains("recorded"), "\(ends)")
            let resumed = try scene.workflow("resume", run)
            #expect(resumed.status == (verbs[taken] == "approve" ? 0 : 1), "\(resumed)")
        }
    }

    @Test("Of a driven run, too: who was obeyed is not told of the other's refusal", arguments: ["approve", "reject"])
    func driven(_ verb: String) throws {
        let scene = try made()
        for round in 0..<4 {
            let run = "d\(round)"
            let driver = try scene.start("run", "gate.yaml", "--run-id", run, "--wait", "-q")
            try eventually("it waits") { try scene.workflow("list", "--status", "waiting").output.contains(run) }
            let answers = try ["ada", "lin"].map { try scene.start([verb, run, "go_live", "--as", $0]) }
            let ends = try answers.map { try $0.finished() }
            #expect(ends.map(\.status).sorted() == [0, 64], "\(ends)")
            #expect(try driver.finished().status == (verb == "approve" ? 0 : 1))
        }
    }
}
