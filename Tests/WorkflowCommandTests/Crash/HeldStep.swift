import Glibc
import JSON
import Testing

/// Three steps; the one in the middle writes `began` and then waits until the test makes `go`.
///
/// Every start of a step is a line `step attempt key` in `starts`, every end one in `ends`.
struct HeldStep {
    let scene: Scene
    let run = "held"

    /// - Parameters:
    ///   - more: further keys of the held step, each on a line of its own.
    ///   - tail: further steps or stages, in YAML, behind the last step.
    init(_ more: [String] = [], tail: String = "") throws {
        scene = try Scene()
        let keys = more.map { "        \($0)" }.joined(separator: "\n")
        try scene.write(
            """
            name: held
            stages:
              - name: only
                steps:
                  - name: before
                    run: \(HeldStep.start); \(HeldStep.end); echo "id=7" >> "$WORKFLOW_OUTPUT"
                  - name: held
            \(keys)
                    run: |
                      \(HeldStep.start)
                      echo "$$" > "$SCENE/began"
                      \(HeldStep.hold)
                      \(HeldStep.end)
                      echo "id=8" >> "$WORKFLOW_OUTPUT"
                  - name: after
                    run: \(HeldStep.start); \(HeldStep.end); echo "seen=${{ steps.held.outputs.?id.orValue('none') }}" \
            >> "$WORKFLOW_OUTPUT"
            \(tail)
            """, to: "held.yaml")
    }

    static let start = #"echo "$WORKFLOW_STEP $WORKFLOW_ATTEMPT $WORKFLOW_IDEMPOTENCY_KEY" >> "$SCENE/starts""#
    static let end = #"echo "$WORKFLOW_STEP $WORKFLOW_ATTEMPT $WORKFLOW_IDEMPOTENCY_KEY" >> "$SCENE/ends""#

    /// Only the first start waits: a second one that should not be is then seen in `starts`, and does not hang the
    /// test.
    private static let hold =
        #"[ "$(grep -c '^held ' "$SCENE/starts")" -gt 1 ] || while [ ! -e "$SCENE/go" ]; do sleep 0.01; done"#

    /// Starts the run, and comes back when the held step has begun.
    func begin() throws -> Started {
        let engine = try scene.start("run", "held.yaml", "--run-id", run)
        try eventually("the held step begins; \(engine.errors)") {
            try #require(engine.isRunning, "\(engine.errors)")
            return !scene.lines("began").isEmpty
        }
        return engine
    }

    /// Engine, supervisor and command are gone at once, as when the power fails.
    func beginAndLoseAll() throws {
        _ = try begin()
        try scene.killEverything()
        #expect(starts == ["before", "held"])
    }

    func letGo() throws { try scene.write("", to: "go") }

    func resume(_ more: String...) throws -> Finished { try scene.workflow(["resume", run] + more) }

    /// The steps whose script began, in order.
    var starts: [String] { scene.lines("starts").map { String($0.prefix { $0 != " " }) } }
    /// The steps whose script came to its end.
    var ends: [String] { scene.lines("ends").map { String($0.prefix { $0 != " " }) } }
    /// The idempotency keys that a step was started with.
    func keys(_ step: String) -> [String] {
        scene.lines("starts").filter { $0.hasPrefix(step + " ") }.compactMap {
            $0.split(separator: " ").last.map(String.init)
        }
    }

    func heldStatus() throws -> String { try scene.step("held", of: run)["status"]?.stringValue ?? "none" }
}
