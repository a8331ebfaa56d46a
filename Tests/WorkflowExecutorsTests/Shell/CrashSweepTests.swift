import AttemptProtocol
import Glibc
import JSON
import Synchronization
import Testing

@testable import WorkflowExecutors

@Suite("A supervisor killed at every system call")
struct CrashSweepTests {
    /// Leaves a line for each time that it begins.
    private static let plain = "echo begun >> $BENCH/witness-$NAME; echo v=1 >> $WORKFLOW_OUTPUT"
    /// The same, with an event that is kept.
    private static let reporting =
        plain + #"; echo '{"type":"record","kind":"made","data":"vpc-1"}' > $WORKFLOW_EVENTS"#

    /// What is right when the supervisor dies just before a call.
    enum Expected: Equatable {
        case neverBegan(AttemptVerdict.NoStart)
        /// The command's process is on its way; its outcome is lost.
        case lost
        case settled
    }

    @Test(
        "Each death has its verdict, the command begins at most once, and what was synced of its events is kept",
        arguments: [plain, reporting])
    func sweep(_ script: String) async throws {
        let bench = try Workbench()
        let traced = try executor(bench, supervisorPath: TracedSupervisor.make(in: bench))
        let trace = try await traceOfUndisturbedRun(bench, traced, script)
        let begin = try trace.first("close_range")
        let link = try trace.first("linkat")
        let fork = try trace.first("clone", "clone3", "fork", "vfork")
        let rename = try trace.last("renameat", "renameat2", "rename")
        #expect(begin < link && link < fork && fork < rename)
        let reports = script == Self.reporting
        // The first of the syncs is the one of the events.
        let synced = reports ? try trace.first("fdatasync") : Int.max

        // Every call of the protocol, and a few of the loader's before it.
        let points = trace.calls.filter { $0.index >= begin || $0.index % 16 == 0 }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (started, point) in points.enumerated() {
                let expected: Expected =
                    switch point.index {
                    case ...link: .neverBegan(.unclaimed)
                    case ...fork: .neverBegan(.supervisorGone)
                    case ...rename: .lost
                    default: .settled
                    }
                if started >= 4 { try await group.next() }
                let keeps = point.index > synced
                group.addTask {
                    let id = try await kill(at: point, expecting: expected, traced, bench, script)
                    let kept = try executor(bench, supervisorPath: BuiltSupervisor.path).keptEvents(of: id)
                    #expect(kept.count <= (reports ? 1 : 0), "\(point.testDescription): \(kept)")
                    if keeps { #expect(kept.first?["data"] == .string("vpc-1"), "\(point.testDescription)") }
                }
            }
            try await group.waitForAll()
        }
        print("crash sweep: killed a supervisor at \(points.count) of its \(trace.calls.count) system calls")
        #expect(points.count > 60)
    }

    private func traceOfUndisturbedRun(
        _ bench: Workbench, _ executor: ShellExecutor, _ script: String
    ) async throws -> SystemCallTrace {
        let id = try launch(bench, executor, script, name: "none", strace: "-o \(bench.file("trace"))")
        guard case .ended = try await executor.conclusion(of: id, secrets: [], followingLeftovers: true) else {
            throw Unexpected(what: "an undisturbed run does not end")
        }
        return SystemCallTrace(parsing: try #require(contents(bench.file("trace"))))
    }

    private func executor(_ bench: Workbench, supervisorPath: String) throws -> ShellExecutor {
        try ShellExecutor(
            attemptsFolder: bench.file("attempts"), supervisorPath: supervisorPath, place: Workbench.place)
    }

    private func launch(
        _ bench: Workbench, _ executor: ShellExecutor, _ script: String, name: String, strace options: String
    ) throws -> AttemptIdentity {
        let id = try bench.newIdentity()
        try executor.prepare(id)
        try write(options, to: "\(bench.folder(id))/strace")
        try executor.launch(id, spec(bench, id, script, name))
        return id
    }

    private func spec(_ bench: Workbench, _ id: AttemptIdentity, _ script: String, _ name: String) -> CommandSpec {
        var spec = bench.spec(script, id)
        spec.environment["NAME"] = name
        return spec
    }

    private func kill(
        at point: SystemCallTrace.Call, expecting expected: Expected, _ traced: ShellExecutor, _ bench: Workbench,
        _ script: String
    ) async throws -> AttemptIdentity {
        let name = "\(point.index)"
        let id = try launch(
            bench, traced, script, name: name,
            strace: "-o /dev/null -e inject=\(point.name):signal=KILL:when=\(point.occurrence)")
        let killed = try #require(traced.children.withLock { $0[id.attemptID] })
        #expect(await killed.ended())
        // Strace ends as its tracee did. A call that varies from run to run may not come to pass.
        #expect(killed.waitStatus == SIGKILL || killed.waitStatus == 0, "\(point.testDescription)")

        // Another engine finds what it left.
        let recovering = try executor(bench, supervisorPath: BuiltSupervisor.path)
        let conclusion = try await recovering.conclusion(of: id, secrets: [], followingLeftovers: true)
        func begun() -> Int { (contents(bench.file("witness-\(name)")) ?? "").split(separator: "\n").count }

        switch conclusion {
        case .ended(let end):
            #expect(expected == .settled || killed.waitStatus == 0, "\(point.testDescription) is settled")
            #expect(end.outcome == .ended(.exited(0)))
            #expect(end.outputs == .success(["v": "1"]))
            #expect(begun() == 1)
        case .lost(.neverBegan(let proof), _):
            #expect(expected == .neverBegan(proof), "\(point.testDescription) never began")
            #expect(begun() == 0)
        case .lost(.inDoubt(let doubt), _):
            #expect(expected == .lost && doubt == .outcomeLost, "\(point.testDescription) is in doubt")
            #expect(begun() == 1)
        case .lost, .orphaned, .stoppedWaiting:
            Issue.record("\(point.testDescription): \(conclusion)")
        }

        // The same however often it is asked, and nothing that comes late begins it (again).
        let before = begun()
        let late = try executor(bench, supervisorPath: BuiltSupervisor.path)
        try late.launch(id, spec(bench, id, script, name))
        let after = try await late.conclusion(of: id, secrets: [], followingLeftovers: true)
        switch (conclusion, after) {
        case (.ended(let first), .ended(let second)): #expect(first == second)
        case (.lost(.neverBegan, _), .lost(.neverBegan, let exit)): #expect(exit == .taken)
        case (.lost(let first, _), .lost(let second, _)): #expect(first == second)
        default: Issue.record("\(point.testDescription): first \(conclusion), then \(after)")
        }
        #expect(begun() == before)
        return id
    }
}
