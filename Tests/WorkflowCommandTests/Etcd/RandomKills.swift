import Glibc
import JSON
import Testing
import WorkflowTestKit

/// Drives a run to its end, or to where it waits for somebody, and on the way kills it with `kill -9` at random
/// moments, in turn: the engine alone; the engine, the supervisors and the steps at once, as when a machine's memory
/// runs out; the supervisors under a living engine, and then that, while the steps run on. What steps have started as
/// daemons is left alone.
struct RandomKills {
    let scene: Scene
    let run: String
    var kills = 0
    var ofEverything = 0
    var ofSupervisors = 0
    var drivers = 0
    private var random: SeededGenerator

    init(of run: String, in scene: Scene) {
        self.scene = scene
        self.run = run
        random = SeededGenerator(seed: KillSettings.seed)
    }

    var description: String {
        "\(run), seed \(KillSettings.seed): \(kills) kills (\(ofEverything) of everything, \(ofSupervisors) of "
            + "supervisors), \(drivers) drivers"
    }

    /// - Parameters:
    ///   - command: what starts the run; nil resumes it.
    ///   - wanted: after so many kills, or as `KillSettings` scales them, it is left in peace, so that the test ends.
    ///   - window: the longest time between a start and a kill, in milliseconds. The first kills come early, so that
    ///     some meet the run also on a machine where it soon ends.
    mutating func drive(_ command: [String]?, kills wanted: Int, within window: Int) throws -> Finished {
        let resume = ["resume", run, "--quiet"]
        var command = command ?? resume
        var left = KillSettings.scaled(wanted)
        var most = min(window, 60)
        let driversMax = drivers + 200 + 2 * left
        while true {
            try #require(drivers < driversMax, "the run gets nowhere: \(description)")
            drivers += 1
            let engine = try scene.start(command)
            if left > 0 {
                _ = usleep(useconds_t(Int.random(in: 10_000...most * 1_000, using: &random)))
                if kills % 3 == 2 {
                    let supervisors = scene.supervisors
                    for pid in supervisors { _ = kill(pid, SIGKILL) }
                    ofSupervisors += supervisors.count
                    _ = usleep(useconds_t(Int.random(in: 0...most * 500, using: &random)))
                }
                if try engine.killed() {
                    if kills % 3 == 1 {
                        try scene.killEverything()
                        ofEverything += 1
                    }
                    kills += 1
                    left -= 1
                    most = min(window, most + most / 3)
                    // Without a store, or without the run in it, nothing was acknowledged: it is started again.
                    if try scene.workflow("show", run).status == 0 { command = resume }
                    continue
                }
            }
            let ended = try engine.finished(within: 120)
            // What a killed supervisor leaves to a person, who would do just this: a step that it never began, which
            // has failed with the run, as the definitions want no retries there; and a verify that nobody heard the end
            // of.
            let losses = ["the supervisor ended before it started the command", "the verify was lost"]
            if ofSupervisors > 0, losses.contains(where: ended.errors.contains) {
                command = resume
                continue
            }
            return ended
        }
    }

    /// That no step was attempted again after it had succeeded, as the journal has it; the report is owed to each
    /// ending.
    func expectNoneTwice() throws {
        var done: Set<String> = []
        for entry in try scene.journal(run) {
            guard let step = entry["payload"]?["step"]?.stringValue, step != "report" else { continue }
            switch entry["type"]?.stringValue {
            case "step_succeeded":
                #expect(done.insert(step).inserted, "\(step) succeeded twice; \(description)")
            case "attempt_started": #expect(!done.contains(step), "\(step) ran again; \(description)")
            default: break
            }
        }
        #expect(!done.isEmpty)
        try scene.expectVerified(run)
    }
}
