internal import Glibc
internal import JSON
package import WorkflowCore
internal import WorkflowViews

/// Crashes a workflow at every boundary of its steps and inside every step, and looks at what is left.
///
/// One run goes through the sandbox without a fault. Before each of its steps, everything is copied; the step is then
/// run, crashed and recovered again and again from that copy by real drivers that are killed (SIGKILL), and each time
/// the sandbox must hold what the fault-free step left.
package final class Drill {
    package struct Options: Sendable {
        /// Crashes spread over the time that a step takes, besides those at its first change and its end.
        package var moments: Int
        /// Of a step that runs many times (foreach, repeat) only the first ones are crashed.
        package var instances: Int

        package init(moments: Int, instances: Int) {
            self.moments = moments
            self.instances = instances
        }
    }

    /// Drivers that follow each other after one crash.
    private static let driversMax = 8
    /// A step has to be long enough for a moment inside of it to be met.
    private static let shortestMilliseconds: Int64 = 20

    private let sandbox: Sandbox
    private let options: Options
    private let variables: [String: String]
    private let tell: (String) -> Void
    package private(set) var report: DrillReport
    private var instancesSeen: [String: Int] = [:]
    /// What processes in the background keep writing, so that no two looks at it are alike.
    private var moving: Set<String> = []

    package init(
        _ definition: Definition, calling executors: [CalledExecutor] = [], in sandbox: Sandbox, _ options: Options,
        variables: [String: String],
        telling tell: @escaping (String) -> Void
    ) {
        self.sandbox = sandbox
        self.options = options
        self.tell = tell
        var variables = variables
        variables["WORKFLOW_STORE"] = nil
        variables[Sandbox.variable] = sandbox.root
        variables["TMPDIR"] = sandbox.temporary
        self.variables = variables
        report = DrillReport(workflow: definition.name, steps: DrilledSteps.results(of: definition, calling: executors))
    }

    /// Drives the fault-free run from step to step, each drilled on the way.
    package func run() throws(DrillFailure) {
        try sandbox.save("before")
        while let step = try boundary() {
            let survivors = Set(sandbox.residents())
            let before = try FolderState.read(sandbox.work)
            let course = try faultFree(step, beside: survivors)
            guard course.isSuccess else {
                report.failure = "step \(step) fails: \(course.message)"
                return
            }
            try sandbox.save("after")
            let name = DrilledSteps.name(ofInstance: step)
            instancesSeen[name, default: 0] += 1
            if instancesSeen[name, default: 0] <= options.instances,
                let index = report.steps.firstIndex(where: { $0.name == name })
            {
                if before != course.left.state { report.steps[index].changesNothing = false }
                try examine(
                    StepUnderDrill(
                        name: step, index: index, survivors: survivors, before: before, after: course.left.state,
                        milliseconds: course.milliseconds, outputs: course.outputs, endedAtSecond: time(nil)))
                note(course.left, of: index)
                let result = report.steps[index]
                tell("\(step): \(result.word), \(Counted.text(result.crashes, "crash", "crashes"))")
                guard try leave(step, as: course, beside: survivors) else { return }
            }
            try sandbox.rename("after", to: "before")
        }
    }

    /// Has the sandbox hold what the step leaves without a crash, and run what it leaves running: later steps may need
    /// that.
    ///
    /// - Returns: whether it could be done.
    private func leave(
        _ step: String, as course: Course, beside survivors: Set<Sandbox.Resident>
    ) throws(DrillFailure) -> Bool {
        guard !course.left.background.isEmpty else {
            try go(to: "after", sparing: survivors)
            return true
        }
        // No copy holds a process.
        try go(to: "before", sparing: survivors)
        let again = try faultFree(step, beside: survivors)
        if !again.isSuccess { report.failure = "step \(step) fails when it is run again: \(again.message)" }
        try sandbox.save("after")
        return again.isSuccess
    }

    /// Kills a driver between the intent of the next step and its effect, which must not matter to it.
    ///
    /// - Returns: the step; nil at the end of the run.
    private func boundary() throws(DrillFailure) -> String? {
        for isCrashed in [true, false] {
            let driver = try start()
            guard let step = try nextLaunch(driver) else { return nil }
            driver.kill()
            if isCrashed { report.boundaryCrashes += 1 }
            if !isCrashed { return step }
        }
        return nil
    }

    /// Answers probes until a step's attempt is about to start; nil when the run has ended.
    private func nextLaunch(_ driver: ChildProcess) throws(DrillFailure) -> String? {
        while let event = try receive(driver) {
            switch event {
            case .launch(isProbe: true, _): driver.send(DrillOrder.go.rawValue)
            case .launch(_, let step): return step
            case .verified(let step, let verdict, let message): note(verify: step, verdict, message)
            case .left(let status, let inDoubt, let drifted, let message, let log):
                guard status != "completed" else { return nil }
                if let step = drifted.first { return try nextLaunch(start(["--accept", step])) }
                report.failure =
                    message.isEmpty
                    ? "the run is \(status)" + (inDoubt.first.map { ", \($0) in doubt" } ?? "") : message
                report.log = log
                return nil
            case .launched, .probed, .succeeded, .failed: continue
            }
        }
        throw died(driver)
    }

    // MARK: - One step

    private struct StepUnderDrill {
        let name: String
        let index: Int
        let survivors: Set<Sandbox.Resident>
        let before: FolderState
        let after: FolderState
        let milliseconds: Int64
        let outputs: [String: JSONValue]
        /// When its first run had ended, in seconds of the clock that scripts read.
        let endedAtSecond: Int
    }

    private struct Course {
        var isSuccess = false
        var message = ""
        var outputs: [String: JSONValue] = [:]
        var milliseconds: Int64 = 0
        var left = StepRemains()
    }

    /// Runs a step to its end and nothing after it, with what retries it declares.
    private func faultFree(
        _ step: String, beside survivors: Set<Sandbox.Resident>
    ) throws(DrillFailure) -> Course {
        var course = Course()
        var started = Self.now()
        while true {
            let driver = try start()
            var isLeft = false
            while !isLeft, let event = try receive(driver) {
                switch event {
                case .launch(isProbe: true, _): driver.send(DrillOrder.go.rawValue)
                case .launch(_, let launched):
                    guard launched == step else {
                        // It has ended without success and the run goes on (`continue_on_error`): as good as done.
                        driver.kill()
                        course.isSuccess = true
                        isLeft = true
                        continue
                    }
                    started = Self.now()
                    driver.send(DrillOrder.go.rawValue)
                case .launched: driver.send(DrillOrder.last.rawValue)
                case .succeeded(step, let outputs):
                    course.isSuccess = true
                    course.outputs = outputs
                    course.milliseconds = Self.now() - started
                case .failed(step, let message): course.message = message
                case .left(let status, _, let drifted, let message, let log):
                    isLeft = true
                    driver.wait()
                    if !course.isSuccess, status != "stopped" {
                        guard drifted.isEmpty else { continue }
                        if course.message.isEmpty { course.message = message }
                        report.log = log
                        return course
                    }
                case .probed, .verified, .succeeded, .failed: continue
                }
            }
            guard isLeft else { throw died(driver) }
            guard course.isSuccess else { continue }
            course.left = try StepRemains.settled(in: sandbox, beside: survivors)
            moving.formUnion(course.left.moving)
            return course
        }
    }

    private func examine(_ step: StepUnderDrill) throws(DrillFailure) {
        // What differs without any crash says nothing about crashes.
        var comparison = FolderComparison(expected: step.after.leavingOut(moving))
        guard try learn(from: step, &comparison) else { return }
        for moment in moments(of: step) {
            try go(to: "before", sparing: step.survivors)
            guard let crashed = try crash(step, at: moment) else { continue }
            report.steps[step.index].crashes += 1
            // A resume comes in a later second than the crash, and names by the clock are other names then. Once for a
            // step is enough to see what two such names leave.
            if moment == .complete, step.before != step.after { Self.awaitAnotherSecond(than: time(nil)) }
            try judge(step, &comparison, moment, at: crashed)
        }
        try go(to: "before", sparing: step.survivors)
    }

    private enum Moment: Equatable {
        /// It has begun and has done nothing yet.
        case begun
        case firstChange
        case after(milliseconds: Int64)
        /// Its effect is complete, and its outcome was not written down.
        case complete

        var text: String {
            switch self {
            case .begun: "crashed before it had done anything"
            case .firstChange: "crashed at its first change"
            case .after(let milliseconds): "crashed after \(milliseconds) ms"
            case .complete: "crashed when its effect was complete"
            }
        }
    }

    private func moments(of step: StepUnderDrill) -> [Moment] {
        var moments: [Moment] = [.begun]
        if step.before != step.after { moments.append(.firstChange) }
        if step.milliseconds >= Self.shortestMilliseconds, options.moments > 0 {
            for number in 1...options.moments {
                moments.append(
                    .after(milliseconds: step.milliseconds * Int64(number) / Int64(options.moments + 1)))
            }
        }
        return moments + [.complete]
    }

    /// Starts the step and kills everything at the moment.
    ///
    /// - Returns: what the sandbox held then; nil where the step had ended before the moment came.
    private func crash(_ step: StepUnderDrill, at moment: Moment) throws(DrillFailure) -> FolderState? {
        let driver = try start()
        guard try nextLaunch(driver) == step.name else { return nil }
        let earlier = FolderState.fingerprint(sandbox.work)
        driver.send((moment == .begun ? DrillOrder.idle : .go).rawValue)
        guard case .launched(_, let folder)? = try receive(driver) else { throw died(driver) }
        let started = Self.now()
        let exit = folder + "/exit"
        while true {
            let hasEnded = FileBytes.exists(exit)
            let isReached =
                switch moment {
                case .begun: FileBytes.exists(folder + "/session")
                case .firstChange: FolderState.fingerprint(sandbox.work) != earlier
                case .after(let milliseconds): Self.now() - started >= milliseconds
                case .complete: false
                }
            if isReached || hasEnded { break }
            usleep(200)
        }
        driver.kill()
        if moment == .complete {
            // What the step left running stays; its supervisor is about to leave.
            while supervises(folder) { usleep(200) }
        } else {
            sandbox.sweep(sparing: step.survivors)
        }
        let hasEnded = FileBytes.exists(exit)
        guard !hasEnded || moment == .complete else { return nil }
        // A loss of power just before the record was on disk.
        unlink(exit)
        return try FolderState.read(sandbox.work)
    }

    /// One that stays above what its step left behind has let go of the folder.
    private func supervises(_ folder: String) -> Bool {
        sandbox.residents().contains { resident in
            guard !Sandbox.isStayingSupervisor(resident) else { return false }
            let line = (FileBytes.read("/proc/\(resident.pid)/cmdline", limit: 1 << 20)) ?? []
            return line.split(separator: 0).contains { $0.elementsEqual(Array(folder.utf8)) }
        }
    }

    // MARK: - Judging

    private struct Recovery {
        var isSettled = false
        var repeats = 0
        var asks = false
        var verdict: String?
        var message = ""
        var outputs: [String: JSONValue] = [:]
    }

    private func judge(
        _ step: StepUnderDrill, _ comparison: inout FolderComparison, _ moment: Moment, at crashed: FolderState
    ) throws(DrillFailure) {
        let recovery = try recover(step.name)
        report.steps[step.index].repeats += recovery.repeats
        if recovery.asks { report.steps[step.index].asks = true }
        func add(_ code: DrillReport.Finding.Code, _ message: String, _ changes: [FolderComparison.Change] = []) {
            let finding = DrillReport.Finding(
                code: code, moment: moment.text, message: message, paths: changes.map(\.path))
            // Instances of one step and moments close to each other tell the same.
            let isKnown = report.steps[step.index].findings.contains {
                $0.code == code && $0.message == finding.message
            }
            if !isKnown { report.steps[step.index].findings.append(finding) }
        }
        guard recovery.isSettled else {
            return add(.repeatFails, "run again, it failed: \(recovery.message)")
        }
        let remains = try StepRemains.settled(in: sandbox, beside: step.survivors)
        var changes = comparison.changes(in: remains.state.leavingOut(moving))
        if !changes.isEmpty, !isKnown(changes, of: step) {
            // The clock has moved since the first run: before a crash is blamed, one more run without any shows what
            // differs.
            Self.awaitAnotherSecond(than: step.endedAtSecond)
            if try learn(from: step, &comparison) {
                changes = comparison.changes(in: remains.state.leavingOut(moving))
            }
        }
        let wasInPlace = comparison.changes(in: crashed.leavingOut(moving)).isEmpty
        switch recovery.verdict {
        case "done" where !wasInPlace && !changes.isEmpty:
            add(.falselyDone, "its probe said done, but \(list(changes))\(remains.remark)", changes)
            return
        case "not done" where moment == .complete && step.before != step.after:
            add(.falselyNotDone, "its probe said not done, but all of it was in place")
        case "cannot tell":
            add(.cannotTell, "its probe could not tell" + (recovery.message.isEmpty ? "" : ": \(recovery.message)"))
        case "done":
            let lost = step.outputs.keys.filter { recovery.outputs[$0] == nil }.sorted()
            if !lost.isEmpty {
                add(.outputsLost, "its probe said done without writing the outputs \(lost.joined(separator: ", "))")
            }
        default: break
        }
        if !changes.isEmpty {
            let how = recovery.repeats > 0 ? "run again, " : "recovered, "
            add(.repeatDiffers, how + list(changes) + remains.remark, changes)
        }
    }

    /// Runs the step once more from where it began, without a crash, and learns what differs.
    ///
    /// - Returns: false where the step failed.
    private func learn(
        from step: StepUnderDrill, _ comparison: inout FolderComparison
    ) throws(DrillFailure) -> Bool {
        try go(to: "before", sparing: step.survivors)
        let course = try faultFree(step.name, beside: step.survivors)
        guard course.isSuccess else { return false }
        comparison.learn(course.left.state.leavingOut(moving))
        return true
    }

    /// All of it was found, and confirmed, at an earlier moment.
    private func isKnown(_ changes: [FolderComparison.Change], of step: StepUnderDrill) -> Bool {
        let known = Set(report.steps[step.index].findings.flatMap(\.paths))
        return changes.allSatisfy { known.contains($0.path) }
    }

    private func list(_ changes: [FolderComparison.Change]) -> String {
        changes.prefix(3).map(\.text).joined(separator: ", ")
            + (changes.count > 3 ? " and \(changes.count - 3) more differ" : "")
    }

    /// Goes on after a crash until the step is settled, as the engine does, and where it would ask a person, as one who
    /// has it run again.
    private func recover(_ step: String) throws(DrillFailure) -> Recovery {
        var recovery = Recovery()
        var arguments: [String] = []
        for _ in 0..<Self.driversMax {
            let driver = try start(arguments)
            arguments = []
            var isLeft = false
            while !isLeft, let event = try receive(driver) {
                switch event {
                case .launch(isProbe: true, _): driver.send(DrillOrder.go.rawValue)
                case .launch(_, let launched):
                    guard launched == step else {
                        driver.kill()
                        // Without it, what a failed run owes (`on_exit`).
                        if recovery.isSettled { return recovery }
                        isLeft = true
                        continue
                    }
                    recovery.repeats += 1
                    driver.send(DrillOrder.go.rawValue)
                case .launched: driver.send(DrillOrder.last.rawValue)
                case .probed(step, let verdict, let message):
                    recovery.verdict = verdict
                    recovery.message = message
                case .verified(let verified, let verdict, let message): note(verify: verified, verdict, message)
                case .succeeded(step, let outputs):
                    recovery.isSettled = true
                    recovery.outputs = outputs
                case .failed(step, let message): recovery.message = message
                case .left(_, let inDoubt, let drifted, _, _):
                    isLeft = true
                    driver.wait()
                    if recovery.isSettled { return recovery }
                    if let other = drifted.first { arguments = ["--accept", other] }
                    if inDoubt.contains(step) {
                        recovery.asks = true
                        arguments = ["--retry", step]
                    }
                case .probed, .succeeded, .failed: continue
                }
            }
            guard isLeft else { throw died(driver) }
        }
        return recovery
    }

    private func note(_ left: StepRemains, of index: Int) {
        guard !left.background.isEmpty, !report.steps[index].findings.contains(where: { $0.code == .runsOn }) else {
            return
        }
        report.steps[index].findings.append(
            DrillReport.Finding(
                code: .runsOn, moment: "after it had succeeded", message: left.account, paths: left.moving.sorted()))
    }

    private func note(verify step: String, _ verdict: String, _ message: String) {
        let name = DrilledSteps.name(ofInstance: step)
        guard verdict != "done", let index = report.steps.firstIndex(where: { $0.name == name }),
            !report.steps[index].findings.contains(where: { $0.code == .verifyFails })
        else { return }
        report.steps[index].findings.append(
            DrillReport.Finding(
                code: .verifyFails, moment: "after it had succeeded", message: "its verify said \(verdict): \(message)",
                paths: []))
    }

    // MARK: - Parts

    private func go(to saved: String, sparing survivors: Set<Sandbox.Resident>) throws(DrillFailure) {
        sandbox.sweep(sparing: survivors)
        try sandbox.restore(saved)
    }

    private func start(_ arguments: [String] = []) throws(DrillFailure) -> ChildProcess {
        try ChildProcess(
            "/proc/self/exe",
            [
                "workflow", "drill-driver", "--store", sandbox.store, "--definition", sandbox.definition, "--input",
                sandbox.input, "--folder", sandbox.work,
            ] + arguments, environment: variables, errors: sandbox.errors)
    }

    private func receive(_ driver: ChildProcess) throws(DrillFailure) -> DrillEvent? {
        guard let line = driver.receive() else { return nil }
        guard let event = DrillEvent(line: line) else {
            throw DrillFailure(.defect, "a driver under drill said what cannot be understood; please report it")
        }
        return event
    }

    /// A driver never leaves without saying so.
    private func died(_ driver: ChildProcess) -> DrillFailure {
        let status = driver.wait()
        let errors = (FileBytes.read(sandbox.errors)) ?? []
        let last = String(decoding: errors, as: UTF8.self).split(separator: "\n").last.map(String.init) ?? ""
        return DrillFailure(
            .driver(status: status),
            "a driver under drill ended with status \(status)" + (last.isEmpty ? "" : ": \(last)"))
    }

    /// Returns in another second of the wall clock than `second`, within one.
    private static func awaitAnotherSecond(than second: Int) {
        while time(nil) == second { usleep(20_000) }
    }

    /// Milliseconds on a clock that nobody sets.
    package static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
