import Glibc
import Testing

@Suite("Taking over after kill -9")
struct TakeOverTests {
    @Test("From kill -9 to the next step: the median of twenty is told")
    func takeOver() throws {
        let scene = try Scene()
        var text = "name: take-over\nstages:\n  - name: only\n    steps:\n"
        for number in 1...41 {
            // Each step says when it began, and then takes long enough to be the one that a kill meets.
            text += """
                      - name: s\(number)
                        shell: [sh, -eu]
                        run: |
                          read -r up _ < /proc/uptime; echo "$up" > "$SCENE/began-$WORKFLOW_STEP"
                          sleep \(number % 2 == 1 ? "0.05" : "0")

                """
        }
        try scene.write(text, to: "take-over.yaml")
        var engine = try scene.start("run", "take-over.yaml", "--run-id", "take-over", "--quiet")
        var tries: [Int64] = []
        for number in 0..<20 {
            // Killed while an odd step runs; the step ends under its supervisor before the engine comes back.
            let odd = "began-s\(2 * number + 1)"
            try scene.await(odd)
            try engine.killed()
            try eventually("the step ends") { scene.supervisors.isEmpty }
            let next = scene.file("began-s\(2 * number + 2)")
            let from = monotonicMilliseconds()
            engine = try scene.start("resume", "take-over", "--quiet")
            while access(next, F_OK) != 0 {
                try #require(monotonicMilliseconds() - from < 20_000, "\(engine.errors)")
                _ = usleep(200)
            }
            tries.append(monotonicMilliseconds() - from)
        }
        #expect(try engine.finished().status == 0)
        tries.sort()
        print(
            "take-over: from the start of `workflow resume` after kill -9 to the next step's first act: median "
                + "\(tries[10]) ms, fastest \(tries[0]) ms, slowest \(tries[19]) ms")
    }
}
