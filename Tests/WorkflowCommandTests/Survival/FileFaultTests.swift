import Glibc
import Testing

/// The real program, killed or refused at its first file operation, then at the second, and so on, until a run comes to
/// its end undisturbed.
///
/// Every operation instead of some:
/// `WORKFLOW_SURVIVAL_STRIDE=1 swift test --skip-build --filter SurvivalFileFaultTests`.
@Suite("Survival: every file operation of the real program", .timeLimit(.minutes(60)))
struct SurvivalFileFaultTests {
    /// Of so many operations one is tried.
    static let stride = getenv("WORKFLOW_SURVIVAL_STRIDE").flatMap { Int(String(cString: $0)) }.map { max($0, 1) } ?? 12

    @Test("Killed before or after an operation of the engine, it goes on, and every effect happens once")
    func deaths() throws {
        let disk = try DiskScene()
        var deaths = 0
        var operation = 1
        while true {
            let moment = (operation / SurvivalFileFaultTests.stride) % 2 == 0 ? "before" : "after"
            for moment in SurvivalFileFaultTests.stride == 1 ? ["before", "after"] : [moment] {
                try disk.begin()
                let killed = try disk.start(settings("workflow", ["DEATH": "\(operation) \(moment)"], disk))
                if !disk.isReached {
                    #expect(killed.status == 0, "\(killed)")
                    print("file operations of the engine: killed at \(deaths) of \(operation) of them")
                    #expect(deaths > 10)
                    return
                }
                deaths += 1
                #expect(killed.status == 128 + SIGKILL, "operation \(operation): \(killed)")
                try expectGoesOn(disk, "killed \(moment) operation \(operation)")
            }
            operation += SurvivalFileFaultTests.stride
        }
    }

    /// The errors that a disk, its limits and its mount give.
    static let errors: [(number: CInt, name: String)] = [
        (ENOSPC, "ENOSPC"), (EIO, "EIO"), (EROFS, "EROFS"), (EMFILE, "EMFILE"), (EDQUOT, "EDQUOT"),
    ]

    @Test(
        "An operation of the engine fails: a clear error, nothing lost, and it goes on once the fault is gone",
        arguments: 0..<5)
    func engineFaults(_ index: Int) throws {
        try sweep("workflow", SurvivalFileFaultTests.errors[index], stride: SurvivalFileFaultTests.stride * 2)
    }

    @Test(
        "An operation of every supervisor fails: a clear failure, nothing lost, and it goes on once the fault is gone",
        arguments: 0..<5)
    func supervisorFaults(_ index: Int) throws {
        try sweep(
            "workflow-supervisor", SurvivalFileFaultTests.errors[index],
            stride: max(1, SurvivalFileFaultTests.stride / 3))
    }

    private func sweep(_ program: String, _ error: (number: CInt, name: String), stride: Int) throws {
        let disk = try DiskScene()
        var faults = 0
        var loud = 0
        // Not all errors at the same operations.
        var operation = 1 + Int(error.number) % stride
        while true {
            try disk.begin()
            let what = "\(error.name) at operation \(operation) of \(program)"
            let ended = try disk.start(settings(program, ["FAULT": "\(operation) 1 \(error.number)"], disk))
            guard disk.isReached else {
                #expect(ended.status == 0, "\(ended)")
                break
            }
            faults += 1
            if ended.status != 0 { loud += 1 }
            // 0: what was refused can be done without, or was tried again.
            #expect([0, 1, 3, 74].contains(ended.status), "\(what): \(ended)")
            if ended.status == 74 {
                #expect(ended.errors.contains(disk.scene.file("disk")), "\(what) names no file: \(ended)")
            }
            try expectGoesOn(disk, what)
            operation += stride
        }
        print("file faults: \(error.name) at \(faults) operations of \(program), \(loud) of them stopped the run")
        #expect(faults > 0)
    }

    private func settings(_ program: String, _ more: [String: String], _ disk: DiskScene) -> [String: String] {
        more.merging(["PROGRAM": program, "REACHED": disk.scene.file("reached")]) { $1 }
    }

    /// Nothing is in the way of the run any longer: it comes to its end, whatever was left.
    private func expectGoesOn(_ disk: DiskScene, _ what: String) throws {
        let isThere = try disk.workflow(["show", DiskScene.run]).status == 0
        var ended = isThere ? try disk.workflow(["resume", DiskScene.run]) : try disk.start()
        var isDoubtful = false
        if ended.status == 3 {
            // A supervisor that could not write how its command ended.
            isDoubtful = true
            ended = try disk.workflow(["resume", DiskScene.run, "--on-doubt", "retry"])
        }
        #expect(ended.status == 0, "\(what), then: \(ended)")
        let effects = disk.effects
        #expect(Set(effects) == Set(DiskScene.steps), "\(what): \(effects)")
        #expect(isDoubtful || effects.count == DiskScene.steps.count, "\(what): \(effects)")
        #expect(try disk.workflow(["journal", DiskScene.run, "--verify"]).status == 0, "\(what): the chain is broken")
    }
}
