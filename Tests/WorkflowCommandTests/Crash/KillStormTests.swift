import Glibc
import JSON
import Testing

/// Forty steps, one after another and five at a time, each with an effect that must happen once: a line in a ledger.
private struct FortySteps {
    /// Name and the names that it needs, in order.
    let steps: [(name: String, needs: [String])]

    init() {
        var steps: [(String, [String])] = []
        var last: [String] = []
        while steps.count < 40 {
            let isWide = steps.count % 10 == 5
            let width = isWide ? 4 : 1
            let names = (0..<width).map { "s\(steps.count + $0 + 1)" }
            for name in names { steps.append((name, last)) }
            last = names
        }
        self.steps = steps
    }

    var text: String {
        var text = "name: forty-steps\nmax_parallel: 4\nstages:\n"
        for (number, half) in [steps[..<20], steps[20...]].enumerated() {
            text += "  - name: \(["provisioning", "configuring"][number])\n    steps:\n"
            let names = Set(half.map(\.name))
            for step in half {
                text += "      - name: \(step.name)\n"
                text += "        needs: [\(step.needs.filter(names.contains).joined(separator: ", "))]\n"
                text += "        shell: [sh, -eu]\n"
                text +=
                    "        run: echo \"$WORKFLOW_STEP $WORKFLOW_IDEMPOTENCY_KEY\" >> \"$SCENE/$WORKFLOW_RUN_ID\"\n"
            }
        }
        return text
    }

    /// Every effect once, none before what it needs.
    func check(_ ledger: [String], _ comment: Comment) {
        var position: [String: Int] = [:]
        var keys: Set<Substring> = []
        for (number, line) in ledger.enumerated() {
            let parts = line.split(separator: " ")
            #expect(parts.count == 2, comment)
            #expect(position.updateValue(number, forKey: String(parts[0])) == nil, "\(parts[0]) twice; \(comment)")
            #expect(keys.insert(parts[1]).inserted, comment)
        }
        for step in steps {
            guard let own = position[step.name] else {
                Issue.record("\(step.name) never; \(comment)")
                continue
            }
            for need in step.needs { #expect(position[need] ?? .max < own, "\(step.name) before \(need); \(comment)") }
        }
        #expect(ledger.count == steps.count, comment)
    }
}

@Suite("kill -9 of the engine at any moment", .serialized)
struct KillStormTests {
    /// `WORKFLOW_TEST_KILLS` and `WORKFLOW_TEST_SEED` in the environment ask for more, and for others.
    static let killsWanted = getenv("WORKFLOW_TEST_KILLS").flatMap { Int(String(cString: $0)) } ?? 200
    static let seed = getenv("WORKFLOW_TEST_SEED").flatMap { UInt64(String(cString: $0)) } ?? 20_260_202

    @Test(
        "Every effect of forty steps happens once and in order, however often the engine is killed",
        .timeLimit(.minutes(10)))
    func storm() throws {
        let scene = try Scene()
        let definition = FortySteps()
        try scene.write(definition.text, to: "forty.yaml")
        var random = SplitMix(seed: Self.seed)

        // How long a run takes that nobody disturbs, and starting up alone: kills are drawn around one step.
        let began = monotonicMilliseconds()
        let calm = try scene.workflow("run", "forty.yaml", "--run-id", "calm", "--quiet")
        #expect(calm.status == 0, "\(calm)")
        let whole = monotonicMilliseconds() - began
        definition.check(scene.lines("calm"), "undisturbed")
        let beforeLook = monotonicMilliseconds()
        _ = try scene.status("calm")
        let startUp = monotonicMilliseconds() - beforeLook
        let perStep = max(whole - startUp, 40) / 40

        var kills = 0
        var runs = 0
        while kills < Self.killsWanted {
            runs += 1
            let run = "storm-\(runs)"
            let stormBegan = monotonicMilliseconds()
            var command = ["run", "forty.yaml", "--run-id", run, "--quiet"]
            var attempts = 0
            while true {
                attempts += 1
                try #require(attempts < 2_000, "\(run) gets nowhere")
                let engine = try scene.start(command)
                // Half of them while the engine starts up and recovers, half around the steps after that.
                let earliest = Bool.random(using: &random) ? 0 : 2 * startUp
                let latest = earliest == 0 ? 2 * startUp : earliest + 5 * perStep
                let delay = Int64.random(in: earliest * 1000...latest * 1000, using: &random)
                _ = usleep(useconds_t(delay))
                if try engine.killed() {
                    kills += 1
                    // Without a store, or without the run in it, nothing was acknowledged: it is started again.
                    if command[0] == "run", try scene.workflow("show", run).status == 0 {
                        command = ["resume", run, "--quiet"]
                    }
                    continue
                }
                let ended = try engine.finished()
                #expect(ended.status == 0, "\(run), seed \(Self.seed): \(ended)")
                break
            }
            definition.check(scene.lines(run), "\(run), seed \(Self.seed)")
            #expect(try scene.status(run) == "completed")
            try scene.expectVerified(run)
            let attemptsTaken = try scene.show(run)["steps"]?.arrayValue?.compactMap { $0["attempts"]?.intValue } ?? []
            print(
                "storm: \(run) completed after \(attempts) drivers in \(monotonicMilliseconds() - stormBegan) ms; "
                    + "\(attemptsTaken.reduce(0, +) - 40) attempts were voided; \(kills) kills so far")
        }
        #expect(kills >= Self.killsWanted)
        print("storm: \(kills) kills in \(runs) runs; start-up \(startUp) ms, step \(perStep) ms, seed \(Self.seed)")
    }

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

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers for the same seed, everywhere.
private struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
