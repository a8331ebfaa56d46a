import Glibc
import JSON
import Testing

/// The lines `+ who` and `- who` that steps write when they have a resource and when they let go of it.
///
/// A step takes the resource with `mkdir`, which only one process can do: a second holder fails its run at once.
enum Ledger {
    /// - Parameter milliseconds: how long it is held.
    static func hold(_ locks: [String], _ milliseconds: Int = 30) -> String {
        let take = locks.map { #"mkdir "$SCENE/held.\#($0)""# }.joined(separator: "; ")
        let give = locks.map { #"rmdir "$SCENE/held.\#($0)""# }.joined(separator: "; ")
        return
            #"\#(take); echo "+ $WORKFLOW_RUN_ID" >> "$SCENE/ledger"; sleep \#(Double(milliseconds) / 1000); "#
            + #"echo "- $WORKFLOW_RUN_ID" >> "$SCENE/ledger"; \#(give)"#
    }
}

@Suite("Locks: never two holders, across processes and crashes")
struct LockTests {
    private static func worker(_ name: String, locks: String, steps: Int, body: String) -> String {
        """
        name: \(name)
        stages:
          - name: only
            steps:
              - name: work
                foreach: {items: "${{ range(\(steps)) }}", as: n, max_parallel: 3}
                locks: [\(locks)]
                run: \(body)
        """
    }

    /// Its one step holds the lock `db` until the test makes `go`; it writes its run to `has`.
    private static let holder = """
        name: holder
        stages:
          - name: only
            steps:
              - name: hold
                locks: [db]
                run: |
                  echo "$WORKFLOW_RUN_ID" >> "$SCENE/has"
                  until [ -e "$SCENE/go" ]; do sleep 0.01; done
        """

    /// Takes the lock `db` for a moment.
    private static func taker(timeout: String) -> String {
        """
        name: taker
        stages:
          - name: only
            steps:
              - name: take
                locks: [db]
                lock_timeout: \(timeout)
                run: echo "$WORKFLOW_RUN_ID" >> "$SCENE/has"
        """
    }

    private func scene() throws -> Scene {
        let scene = try Scene()
        try scene.write(Self.holder, to: "holder.yaml")
        try scene.write(Self.taker(timeout: "1h"), to: "taker.yaml")
        try scene.write(Self.taker(timeout: "300ms"), to: "hasty.yaml")
        return scene
    }

    private func beginHolding(_ scene: Scene) throws -> Started {
        let engine = try scene.start("run", "holder.yaml", "--run-id", "h")
        try scene.await("has")
        return engine
    }

    @Test("[a, b] against [b, a] against [a] in three processes: no deadlock, and never two holders")
    func exclusion() throws {
        let scene = try Scene()
        try scene.write(Self.worker("x", locks: "a, b", steps: 4, body: Ledger.hold(["a", "b"])), to: "x.yaml")
        try scene.write(Self.worker("y", locks: "b, a", steps: 4, body: Ledger.hold(["b", "a"])), to: "y.yaml")
        try scene.write(Self.worker("z", locks: "a", steps: 4, body: Ledger.hold(["a"])), to: "z.yaml")
        // The store is made by one of them: three at once is another test's subject.
        #expect(try scene.workflow("run", "z.yaml", "--run-id", "first").status == 0)
        let engines = try ["x", "y", "z"].map { try scene.start("run", "\($0).yaml", "--run-id", $0) }
        for engine in engines {
            let end = try engine.finished(within: 120)
            #expect(end.status == 0, "\(end)")
        }
        let ledger = scene.lines("ledger").map { $0.prefix(1) }
        #expect(ledger.count == 32)
        for pair in 0..<ledger.count / 2 {
            #expect(ledger[2 * pair] == "+" && ledger[2 * pair + 1] == "-", "\(scene.lines("ledger"))")
        }
    }

    @Test("kill -9 of the holder's driver: the lock is still held, until the resumed run ends")
    func driverKilled() throws {
        let scene = try scene()
        try beginHolding(scene).killed()
        let taker = try scene.start("run", "taker.yaml", "--run-id", "t")
        try eventually("the taker waits") { taker.errors.contains("waits for the lock db, which h holds") }
        #expect(try scene.status("t") == "waiting")
        let resumed = try scene.start("resume", "h")
        try eventually("h is resumed") { resumed.errors.contains("resumed") }
        #expect(taker.isRunning && scene.lines("has") == ["h"])
        try scene.write("", to: "go")
        #expect(try resumed.finished().status == 0)
        #expect(try taker.finished().status == 0)
        #expect(scene.lines("has") == ["h", "t"])
    }

    @Test("Cancelling the run of a dead driver gives the lock back")
    func cancelled() throws {
        let scene = try scene()
        try beginHolding(scene).killed()
        #expect(try scene.workflow("run", "hasty.yaml", "--run-id", "t1").status == 1)
        let cancelled = try scene.workflow("cancel", "h")
        #expect(cancelled.status == 0, "\(cancelled)")
        let taker = try scene.workflow("run", "hasty.yaml", "--run-id", "t2")
        #expect(taker.status == 0, "\(taker)")
    }

    @Test(
        "In doubt it is held; each decision of a person that ends the step gives it back",
        arguments: [
            "--done", "--fail", "--skip",
        ])
    func inDoubt(decision: String) throws {
        let scene = try scene()
        _ = try beginHolding(scene)
        try scene.killEverything()
        #expect(try scene.workflow("run", "hasty.yaml", "--run-id", "t1").status == 1)
        let doubt = try scene.workflow("resume", "h")
        #expect(doubt.status == 3, "\(doubt)")
        let refused = try scene.workflow("run", "hasty.yaml", "--run-id", "t2")
        #expect(refused.status == 1, "\(refused)")
        #expect(try scene.step("take", of: "t2")["error"]?["code"] == "lock_timeout")
        #expect(refused.errors.contains("did not get db within 300ms"), "\(refused)")
        #expect(try scene.workflow("resolve", "h", "hold", decision, "--reason", "looked").status == 0)
        let taker = try scene.workflow("run", "hasty.yaml", "--run-id", "t3")
        #expect(taker.status == 0, "\(taker)")
    }

    @Test("Resolved with --retry it keeps the lock, and the step has it when it runs again")
    func retried() throws {
        let scene = try scene()
        _ = try beginHolding(scene)
        try scene.killEverything()
        #expect(try scene.workflow("resume", "h").status == 3)
        #expect(try scene.workflow("resolve", "h", "hold", "--retry", "--reason", "looked").status == 0)
        #expect(try scene.workflow("run", "hasty.yaml", "--run-id", "t1").status == 1)
        try scene.write("", to: "go")
        #expect(try scene.workflow("resume", "h").status == 0)
        #expect(try scene.workflow("run", "hasty.yaml", "--run-id", "t2").status == 0)
        #expect(scene.lines("has") == ["h", "h", "t2"])
    }

    @Test("SIGTERM of a waiter: it leaves with 143, holds up nobody, and takes its turn when it is resumed")
    func waiterStopped() throws {
        let scene = try scene()
        let holder = try beginHolding(scene)
        let waiter = try scene.start("run", "taker.yaml", "--run-id", "t")
        try eventually("it waits") { waiter.errors.contains("waits for the lock db") }
        waiter.signal(SIGTERM)
        let stopped = try waiter.finished()
        #expect(stopped.status == 143, "\(stopped)")
        #expect(stopped.lastLine == "workflow resume t", "\(stopped)")
        try scene.write("", to: "go")
        #expect(try holder.finished().status == 0)
        #expect(try scene.workflow("run", "hasty.yaml", "--run-id", "t2").status == 0)
        #expect(try scene.workflow("resume", "t").status == 0)
        #expect(scene.lines("has") == ["h", "t2", "t"])
    }

    @Test("A waiter whose driver was killed is taken by `resume --all`: only a driver can take the lock")
    func waiterKilled() throws {
        let scene = try scene()
        let holder = try beginHolding(scene)
        let waiter = try scene.start("run", "taker.yaml", "--run-id", "t")
        try eventually("it waits") { waiter.errors.contains("waits for the lock db") }
        try waiter.killed()
        let resumed = try scene.start("resume", "--all")
        try eventually("it waits again") { resumed.errors.contains("waits for the lock db") || !resumed.isRunning }
        try scene.write("", to: "go")
        #expect(try holder.finished().status == 0)
        let end = try resumed.finished()
        #expect(end.status == 0, "\(end)")
        #expect(scene.lines("has") == ["h", "t"])
    }

    @Test("A waiter that is cancelled ends at once, and does not take the lock later")
    func waiterCancelled() throws {
        let scene = try scene()
        let holder = try beginHolding(scene)
        let waiter = try scene.start("run", "taker.yaml", "--run-id", "t")
        try eventually("it waits") { waiter.errors.contains("waits for the lock db") }
        #expect(try scene.workflow("cancel", "t").status == 0)
        #expect(try waiter.finished().status == 4)
        try scene.write("", to: "go")
        #expect(try holder.finished().status == 0)
        #expect(try scene.workflow("run", "hasty.yaml", "--run-id", "t2").status == 0)
    }

    @Test("A lock that is free is taken under --no-wait too")
    func noWait() throws {
        let scene = try scene()
        let run = try scene.workflow("run", "taker.yaml", "--run-id", "t", "--no-wait")
        // Whoever does not wait leaves while the step runs or is about to; it must get on with every resume.
        var status = run.status
        for _ in 0..<3 where status == 3 { status = try scene.workflow("resume", "t", "--no-wait").status }
        #expect(status == 0, "\(run)")
        #expect(scene.lines("has") == ["t"])
    }

    @Test("A run that leaves while it waits for a lock tells which one")
    func text() throws {
        let scene = try scene()
        _ = try beginHolding(scene)
        let run = try scene.workflow("run", "taker.yaml", "--run-id", "t", "--no-wait")
        #expect(run.status == 3, "\(run)")
        #expect(run.errors.contains("take waits for the lock db"), "\(run)")
        #expect(run.lastLine == "workflow resume t")
        #expect(try scene.workflow("show", "t").output.contains("take waits for the lock db"))
    }

    @Test("A step that got its lock when its sibling had failed asks for it again when the run is resumed")
    func askedAgain() throws {
        let scene = try scene()
        try scene.write(
            """
            name: siblings
            stages:
              - name: only
                steps:
                  - name: bad
                    needs: []
                    run: test -e "$SCENE/fixed" || { until [ -e "$SCENE/fail" ]; do sleep 0.01; done; exit 1; }
                  - name: late
                    needs: []
                    locks: [db]
                    run: echo "$WORKFLOW_RUN_ID" >> "$SCENE/has"
            """, to: "siblings.yaml")
        let first = try beginHolding(scene)
        let siblings = try scene.start("run", "siblings.yaml", "--run-id", "s")
        try eventually("it waits") { siblings.errors.contains("late: waits for the lock db, which h holds") }
        try scene.write("", to: "fail")
        try eventually("its sibling has failed") { siblings.errors.contains("bad   failed") }
        try scene.write("", to: "go")
        #expect(try first.finished().status == 0)
        #expect(try siblings.finished().status == 1)
        #expect(scene.lines("has") == ["h"])

        try scene.tool("rm", scene.file("go"), scene.file("has"))
        let second = try scene.start("run", "holder.yaml", "--run-id", "h2")
        try scene.await("has")
        try scene.write("", to: "fixed")
        let resumed = try scene.start("resume", "s")
        try eventually("it waits, or runs beside the holder") {
            resumed.errors.contains("waits for the lock db, which h2 holds") || !resumed.isRunning
        }
        #expect(scene.lines("has") == ["h2"], "\(resumed.errors)")
        try scene.write("", to: "go")
        #expect(try second.finished().status == 0)
        #expect(try resumed.finished().status == 0)
    }

    @Test("A wait that is over leaves nobody behind who takes the lock for the next one and gives it away")
    func waitedTwice() throws {
        let scene = try scene()
        try scene.write(
            """
            name: returning
            stages:
              - name: configuring
                steps:
                  - name: prepare
                    run: echo prepared >> "$SCENE/prepared"
              - name: validating
                on_failure: {return_to: configuring, limit: 30}
                steps:
                  - name: take
                    locks: [db]
                    lock_timeout: 400ms
                    run: |
                      \(Ledger.hold(["db"], 900))
            """, to: "returning.yaml")
        try scene.write(
            """
            name: rival
            stages:
              - name: only
                steps:
                  - name: take
                    locks: [db]
                    run: |
                      \(Ledger.hold(["db"], 20))
            """, to: "rival.yaml")
        let holder = try beginHolding(scene)
        let returning = try scene.start("run", "returning.yaml", "--run-id", "r")
        try eventually("it has waited in vain more than once") { scene.lines("prepared").count > 3 }
        try scene.write("", to: "go")
        #expect(try holder.finished().status == 0)
        try eventually("it has the lock") { scene.lines("ledger").contains("+ r") }
        let rival = try scene.workflow("run", "rival.yaml", "--run-id", "rival")
        #expect(rival.status == 0, "\(rival)")
        let end = try returning.finished()
        #expect(end.status == 0, "\(end)")
        #expect(scene.lines("ledger") == ["+ r", "- r", "+ rival", "- rival"])
    }

    @Test("Drivers killed at any moment of asking leak no lock and share none")
    func killStorm() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: storm
            stages:
              - name: only
                steps:
                  - name: work
                    foreach: {items: "${{ range(4) }}", as: n, max_parallel: 1}
                    locks: [a]
                    idempotent: true
                    run: |
                      \(Ledger.hold(["a"], 10))
            """, to: "storm.yaml")
        #expect(try scene.workflow("run", "storm.yaml", "--run-id", "first").status == 0)
        var random = UInt64(monotonicMilliseconds())
        var engines = try ["x", "y"].map { ($0, try scene.start("run", "storm.yaml", "--run-id", $0)) }
        for _ in 0..<24 {
            random = random &* 6_364_136_223_846_793_005 &+ 1
            _ = usleep(20_000 + UInt32(random >> 33) % 200_000)
            let victim = Int(random >> 40) % 2
            let (run, engine) = engines[victim]
            guard try engine.killed() else { continue }
            engines[victim] = (run, try scene.start("resume", run))
        }
        for (run, engine) in engines {
            var end = try engine.finished(within: 120)
            // A driver that was killed before its run was made has left nothing to resume.
            if end.status == 66 { end = try scene.workflow("run", "storm.yaml", "--run-id", run) }
            #expect(end.status == 0, "\(run): \(end)")
        }
        let ledger = scene.lines("ledger").map { $0.prefix(1) }
        for pair in 0..<ledger.count / 2 {
            #expect(ledger[2 * pair] == "+" && ledger[2 * pair + 1] == "-", "\(scene.lines("ledger"))")
        }
        let after = try scene.workflow(["run", "storm.yaml", "--run-id", "last"], seconds: 20)
        #expect(after.status == 0, "\(after)")
    }
}
