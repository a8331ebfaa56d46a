import Glibc
import JSON
import Testing

@Suite("A fan-out over five hundred targets", .serialized)
struct FanOutTests {
    private static let count = 500
    /// Thirteen of them, spread over all.
    private static let failing = (1...13).map { "t\($0 * 37)" }

    @Test("What fails is retried, reported together, and alone runs again once it is mended", .timeLimit(.minutes(5)))
    func mended() throws {
        let began = monotonicMilliseconds()
        let scene = try Scene()
        try writeParameters(in: scene)
        for target in Self.failing { try scene.write("x", to: "blocked-\(target)") }

        // Killed in the middle: what runs goes on under its supervisors, and none of it is repeated.
        let engine = try scene.start(
            "run", Repository.path("workflows/fan-out.yaml"), "--params", "targets.json", "--run-id", "fan", "--quiet")
        try eventually("some targets are done") { scene.lines("ledger").count >= 100 }
        #expect(try engine.killed())
        #expect(scene.lines("ledger").count < Self.count)
        let failed = try scene.workflow(["resume", "fan", "--quiet"], seconds: 120)
        #expect(failed.status == 1, "\(failed)")
        #expect(failed.lastLine.hasPrefix("workflow resume"), "\(failed)")
        check(scene, failing: 3, "after the failure")
        let apply = try scene.step("apply", of: "fan")
        #expect(apply["status"]?.stringValue == "failed")
        #expect(apply["error"]?["code"]?.stringValue == "items_failed")
        #expect(
            apply["error"]?["message"]?.stringValue?.hasPrefix("13 of 500 items failed: apply[t37], apply[t74],")
                == true,
            "\(apply["error"] ?? .null)")
        #expect(try reported(scene) == Self.failing)
        // Three that ran; one that the kill kept from beginning has a number, too.
        let before = try attempts(scene, of: Self.failing)
        #expect(before.count == 13 && before.allSatisfy { (3...4).contains($0) }, "\(before)")

        for target in Self.failing { unlink(scene.file("blocked-\(target)")) }
        let mended = try scene.workflow(["resume", "fan", "--quiet"], seconds: 120)
        #expect(mended.status == 0, "\(mended)")
        check(scene, failing: 4, "after the resume")
        #expect(try reported(scene) == [])
        #expect(try attempts(scene, of: Self.failing) == before.map { $0 + 1 })
        try scene.expectVerified("fan")
        print("fan-out: \(Self.count) targets, 13 of them failing; \(monotonicMilliseconds() - began) ms")
    }

    /// How often each target's command ran: once where it succeeded, so often where it failed.
    private func check(_ scene: Scene, failing: Int, _ comment: Comment) {
        var runs: [String: Int] = [:]
        for line in scene.lines("ledger") { runs[line, default: 0] += 1 }
        for target in (0..<Self.count).map({ "t\($0)" }) {
            #expect(runs[target] == (Self.failing.contains(target) ? failing : 1), "\(target) \(comment)")
        }
        #expect(runs.count == Self.count, comment)
    }

    private func reported(_ scene: Scene) throws -> [String] {
        let failed = try scene.step("report", of: "fan")["outputs"]?["failed"]?.arrayValue
        return try #require(failed).compactMap(\.stringValue)
    }

    private func attempts(_ scene: Scene, of targets: [String]) throws -> [Int] {
        let steps = try scene.show("fan")["steps"]?.arrayValue ?? []
        return targets.compactMap { target in
            steps.first { $0["name"]?.stringValue == "apply[\(target)]" }?["attempts"]?.intValue.map(Int.init)
        }
    }

    private func writeParameters(in scene: Scene) throws {
        let targets = (0..<Self.count).map { "\"t\($0)\"" }.joined(separator: ", ")
        // Appends of one short line are whole, whoever else appends.
        let command = #"echo \"$1\" >> ledger; [ ! -e \"blocked-$1\" ]"#
        try scene.write(#"{"targets": [\#(targets)], "command": "\#(command)"}"#, to: "targets.json")
    }
}
