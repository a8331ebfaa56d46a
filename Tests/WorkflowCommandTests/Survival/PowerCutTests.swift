import Glibc
import JSON
import Testing

/// The real program on a disk that loses power: everything that the program, its supervisors and their commands do to
/// the store's folder is recorded once; then the power is cut at any place of the record, what was not synced is
/// dropped, reordered and torn, and the program goes on with what is left after the machine has started anew.
///
/// More cuts: `WORKFLOW_SURVIVAL_SEEDS=1-2000 swift test --skip-build --filter SurvivalPowerCutTests`.
@Suite("Survival: a loss of power under the real program", .timeLimit(.minutes(60)))
struct SurvivalPowerCutTests {
    static var seeds: ClosedRange<UInt64> {
        let bounds = (getenv("WORKFLOW_SURVIVAL_SEEDS").map { String(cString: $0) } ?? "").split(separator: "-")
            .compactMap { UInt64($0) }
        return bounds.count == 2 && bounds[0] <= bounds[1] ? bounds[0]...bounds[1] : 1...40
    }

    private struct Recording {
        let records: [DiskRecord]
        let inode: UInt64
    }

    @Test("What was told is there, no effect began without its intent, and the run goes on to its end")
    func cuts() throws {
        let disk = try DiskScene()
        let recording = try record(disk)
        var figures: [String: Int] = [:]
        for seed in SurvivalPowerCutTests.seeds {
            do {
                try cut(disk, recording, seed, &figures)
            } catch {
                Issue.record("seed \(seed): \(error)")
                break
            }
        }
        print(
            "power cuts: \(SurvivalPowerCutTests.seeds.count) in a record of \(recording.records.count) acts, "
                + "\(figures.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })")
        // Cuts after which nothing is in doubt, or everything, would test little.
        let undoubted = figures["no run", default: 0] + figures["completed at once", default: 0]
        #expect(figures["in doubt", default: 0] > 0 && undoubted > 0)
    }

    @Test("On a disk whose syncs do nothing, the same cuts find lost checkpoints")
    func teeth() throws {
        let disk = try DiskScene()
        let recording = try record(disk)
        var figures: [String: Int] = [:]
        var found = 0
        for seed in UInt64(1)...12 {
            do {
                try cut(disk, recording, seed, &figures, syncs: false)
            } catch {
                found += 1
            }
        }
        print("power cuts without syncs: \(found) of 12 seeds lost something")
        #expect(found >= 3)
    }

    private func record(_ disk: DiskScene) throws -> Recording {
        var status = stat()
        try #require(stat(disk.scene.file("disk"), &status) == 0)
        let ended = try disk.start(["LOG": disk.scene.file("log"), "LEDGER": disk.scene.file("ledger")])
        #expect(ended.status == 0, "\(ended)")
        let records = try DiskRecord.parse(try #require(fileBytes(disk.scene.file("log"))))
        #expect(disk.effects.sorted() == DiskScene.steps.sorted())
        var effects = 0
        for case .effect in records { effects += 1 }
        #expect(effects == DiskScene.steps.count, "the layer does not see what steps do")
        return Recording(records: records, inode: UInt64(status.st_ino))
    }

    private func cut(
        _ disk: DiskScene, _ recording: Recording, _ seed: UInt64, _ figures: inout [String: Int], syncs: Bool = true
    ) throws {
        var random = DiskChance(seed: seed)
        let end = random.number(below: recording.records.count + 1)
        var model = DiskModel(root: disk.scene.file("disk"), inode: recording.inode)
        var told: [Substring] = []
        var effects: [String] = []
        for record in recording.records.prefix(end) {
            if case .synced = record, !syncs { continue }
            try model.apply(record)
            switch record {
            case .told(let text):
                // Where the store was made says nothing of a run.
                for line in text.split(separator: "\n") where !line.hasPrefix("made a store in ") {
                    told += line.split(separator: " ")
                }
            case .effect(let line): effects.append(String(line.dropLast()))
            default: break
            }
        }
        try disk.begin(ledger: effects)
        try model.write(
            to: disk.scene.file("disk"), seed: random.next(), storeFolder: disk.storeFolder)
        try disk.scene.write("00000000-0000-4000-8000-\(String(100_000_000_000 + seed))\n", to: "boot")
        let rebooted = ["BOOT": disk.scene.file("boot")]

        let shown = try disk.workflow(["journal", DiskScene.run, "-o", "json"], rebooted)
        if shown.status == 66 {
            figures["no run", default: 0] += 1
            try require(told.isEmpty && effects.isEmpty, "told \(told), done \(effects), and there is no run: \(shown)")
            try require(try disk.start(rebooted).status == 0, "the run cannot be started anew")
            try require(disk.effects.sorted() == DiskScene.steps.sorted(), "\(disk.effects)")
            return
        }
        try require(shown.status == 0, "\(shown)")
        try require(
            try disk.workflow(["journal", DiskScene.run, "--verify"], rebooted).status == 0, "the chain is broken")
        for effect in effects {
            let key = effect.split(separator: " ").last ?? "no key"
            try require(shown.output.contains(key), "\(effect) has begun, and its intent is not there: \(shown)")
        }
        let checkpoints = try disk.workflow(["checkpoint", "list", DiskScene.run, "-o", "json"], rebooted).output
        for checkpoint in told where checkpoint.hasPrefix("chk-") {
            try require(checkpoints.contains(checkpoint), "\(checkpoint) was told and is lost: \(checkpoints)")
        }

        let resumed = try disk.workflow(["resume", DiskScene.run], rebooted)
        // Nothing is guessed: whatever may have begun is not begun again.
        try require(Set(disk.effects).count == disk.effects.count, "twice: \(disk.effects); \(resumed)")
        let statuses = try statuses(disk, rebooted)
        for (step, status) in statuses where status == "success" {
            try require(disk.effects.contains(step), "\(step) has never begun, and counts as done; \(resumed)")
        }
        if resumed.status == 0 {
            figures["completed at once", default: 0] += 1
        } else {
            figures["in doubt", default: 0] += 1
            try require(resumed.status == 3, "\(resumed)")
            let inDoubt = statuses.filter { $0.value == "in_doubt" }.map(\.key)
            try require(!inDoubt.isEmpty, "waits, and nothing is in doubt: \(statuses); \(resumed)")
            let retried = try disk.workflow(["resume", DiskScene.run, "--on-doubt", "retry"], rebooted)
            try require(retried.status == 0, "\(retried)")
            for step in DiskScene.steps {
                let count = disk.effects.count { $0 == step }
                try require(count == 1 || count == 2 && inDoubt.contains(step), "\(step) \(count) times")
            }
        }
        try require(Set(disk.effects) == Set(DiskScene.steps), "\(disk.effects)")
    }

    private func statuses(_ disk: DiskScene, _ settings: [String: String]) throws -> [String: String] {
        let shown = try JSONValue(parsing: disk.workflow(["show", DiskScene.run, "-o", "json"], settings).output)
        var statuses: [String: String] = [:]
        for step in shown["steps"]?.arrayValue ?? [] {
            statuses[try #require(step["name"]?.stringValue)] = try #require(step["status"]?.stringValue)
        }
        return statuses
    }

    private func require(_ isSo: Bool, _ what: @autoclosure () -> String) throws {
        if !isSo { throw Unexpected(what: what()) }
    }
}
