import AttemptProtocol
import Glibc
import JSON
import Testing

@testable import WorkflowExecutors

@Suite("Events under a supervisor")
struct EventTests {
    private func record(_ data: String) -> JSONValue {
        .object(["type": .string("record"), "kind": .string("k"), "data": .string(data)])
    }

    private static let bare = #"event() { printf '%s\n' "$1" > "$WORKFLOW_EVENTS"; };"# + "\n"

    @Test("A bare writer's events are kept, and outputs are outputs")
    func kept() async throws {
        let bench = try Workbench()
        let (id, end) = try await bench.run(
            Self.bare + """
                [ -p "$WORKFLOW_EVENTS" ]
                event '{"type":"record","kind":"k","data":"one"}'
                event '{"type":"output","name":"vpc","value":"vpc-1"}'
                event '{"type":"output","name":"n","value":[1,2]}'
                echo vpc=old >> $WORKFLOW_OUTPUT; echo other=x >> $WORKFLOW_OUTPUT
                event '{"type":"record","kind":"k","data":"two"}'
                event '{"type":"progress","done":1}'
                """)
        #expect(end.outcome == .ended(.exited(0)))
        #expect(end.outputs == .success(["vpc": "vpc-1", "n": "[1,2]", "other": "x"]))
        #expect(end.eventSummary == EventSummary(kept: 4))
        let records = end.events.filter { $0["type"] == .string("record") }
        #expect(records == [record("one"), record("two")])
        #expect(try bench.executor.keptEvents(of: id) == end.events)
    }

    @Test("A step without events has none, and no file for them")
    func none() async throws {
        let bench = try Workbench()
        let (id, end) = try await bench.run("cat $WORKFLOW_EARLIER_EVENTS; echo x")
        #expect(end.events == [] && end.eventSummary == EventSummary())
        #expect(bytes("\(bench.folder(id))/events") == nil)
        #expect(contents(bench.log(id)) == "x\n")
    }

    @Test("What is malformed is counted and named, whatever it is")
    func malformed() async throws {
        let bench = try Workbench()
        let (_, end) = try await bench.run(
            Self.bare + """
                event nonsense
                head -c 100000 /dev/zero | tr '\\0' x > $WORKFLOW_EVENTS; event ''
                event '{"type":"record","kind":"k","data":"fine"}'
                head -c 5000 /dev/urandom > $WORKFLOW_EVENTS; event ''
                printf 'cut short' > $WORKFLOW_EVENTS
                """)
        #expect(end.outcome == .ended(.exited(0)))
        #expect(end.events == [record("fine")])
        #expect(end.eventSummary.refused >= 4)
        #expect(end.eventSummary.problem?.contains("line 1 of the events: it is no JSON") == true)
    }

    @Test("A value is masked in all output behind its event, in outputs, and reaches no file")
    func mask() async throws {
        let bench = try Workbench()
        let (id, end) = try await bench.run(
            Self.bare + """
                echo before
                for i in 1 2 3 4 5 6 7 8 9 10; do
                  event "{\\"type\\":\\"mask\\",\\"value\\":\\"tok-$i-value\\"}"
                  echo "got tok-$i-value"
                done
                echo key=tok-3-value >> $WORKFLOW_OUTPUT
                event '{"type":"record","kind":"k","data":"tok-4-value"}'
                """)
        #expect(contents(bench.log(id)) == "before\n" + String(repeating: "got ***\n", count: 10))
        #expect(end.outputs == .success(["key": "***"]))
        #expect(end.events == [])
        #expect(end.eventSummary.problem?.contains("masked value") == true)
        let found = runProgram(["/bin/sh", "-c", "grep -r --exclude-dir=step tok-.-value \(bench.path)"])
        #expect(found == 1, "a masked value is on the disk")
    }

    @Test("The process that started it learns the value, for what it starts next")
    func learned() async throws {
        let bench = try Workbench()
        let value = String(repeating: "long-mask-value ", count: 3000)
        _ = try await bench.run(
            Self.bare + #"event "{\"type\":\"mask\",\"value\":\"first-value\"}"; cat "$LINE" > $WORKFLOW_EVENTS"#
        ) {
            $0.run = "run-1"
            $0.environment["LINE"] = bench.file("line")
            try? write(#"{"type":"mask","value":""# + value + "\"}\n", to: bench.file("line"))
        }
        #expect(bench.executor.masks.values(ofRun: "run-1") == ["first-value", value])
        #expect(bench.executor.masks.values(ofRun: "run-2") == [])
    }

    @Test("What is kept survives the end of supervisor and step")
    func survives() async throws {
        let bench = try Workbench()
        let id = try bench.launch(
            Self.bare + """
                event '{"type":"record","kind":"k","data":"one"}'
                event '{"type":"record","kind":"k","data":"two"}'
                exec sleep 100
                """)
        try eventually("both are kept") { try bench.executor.keptEvents(of: id).count == 2 }
        try bench.killSupervisor(of: id)
        let next = try bench.nextEngine()
        #expect(try await next.endStillRunning(id, stop: .standard, grace: .zero).isEmpty)
        guard case .inDoubt = try next.verdict(of: id, secrets: []) else {
            Issue.record("no doubt")
            return
        }
        #expect(try next.keptEvents(of: id) == [record("one"), record("two")])
    }

    @Test("A step whose supervisor is gone writes on without waiting for a reader")
    func orphan() async throws {
        let bench = try Workbench()
        let id = try bench.launch(
            Self.bare + """
                echo begun > $BENCH/begun
                while [ ! -e $BENCH/go ]; do sleep 0.01; done
                for i in $(seq 3000); do event '{"type":"record","kind":"k","data":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}'; \
                done
                echo done > $BENCH/done
                """)
        try eventually("it has begun") { contents(bench.file("begun")) != nil }
        try bench.killSupervisor(of: id)
        let next = try bench.nextEngine()
        try write("", to: bench.file("go"))
        // More than the pipe takes: who waits for the step takes it.
        let conclusion = try await next.conclusion(of: id, secrets: [], followingLeftovers: true)
        guard case .lost(.inDoubt, _) = conclusion else {
            Issue.record("\(conclusion)")
            return
        }
        #expect(contents(bench.file("done")) == "done\n")
    }

    @Test("A daemon that keeps the events open keeps nothing up")
    func daemon() async throws {
        let bench = try Workbench()
        let (_, end) = try await bench.run(
            "setsid sh -c 'exec 7>$WORKFLOW_EVENTS; echo up > $BENCH/up; sleep 100' >/dev/null 2>&1 & "
                + "while [ ! -e $BENCH/up ]; do sleep 0.01; done")
        #expect(end.outcome == .ended(.exited(0)))
        // Less than the daemon lives, by far.
        #expect(end.durationMilliseconds < 60_000)
    }

    @Test("Records of earlier attempts are lines of a file")
    func earlier() async throws {
        let bench = try Workbench()
        let lines = #"{"attempt":1,"data":"x","kind":"k","type":"record"}"# + "\n"
        let (id, _) = try await bench.run("cat $WORKFLOW_EARLIER_EVENTS") { $0.earlierEvents = Array(lines.utf8) }
        #expect(contents(bench.log(id)) == lines)
    }

    @Test("Progress is there while it runs, the newest one")
    func progress() async throws {
        let bench = try Workbench()
        let id = try bench.launch(
            Self.bare + """
                event '{"type":"progress","done":1,"total":3,"message":"first"}'
                event '{"type":"progress","done":2,"total":3,"message":"second"}'
                while [ ! -e $BENCH/go ]; do sleep 0.01; done
                """)
        try eventually("the newest is shown") {
            bench.executor.progress(ofAttempt: id.attemptID)
                == AttemptProgress(message: "second", done: 2, total: 3)
        }
        try write("", to: bench.file("go"))
        _ = try await bench.end(of: id)
    }

    @Test("A writer is told when its event is on the disk, many at once, and long ones stay whole")
    func writers() async throws {
        let bench = try Workbench()
        let id = try bench.launch(
            "echo $WORKFLOW_EVENTS > $BENCH/events; while [ ! -e $BENCH/go ]; do sleep 0.01; done")
        try eventually("it runs") { (contents(bench.file("events")) ?? "").hasSuffix("\n") }
        let writer = EventWriter(path: String((contents(bench.file("events")) ?? "").dropLast()))
        let long = String(repeating: "y", count: 20_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask {
                    for count in 0..<10 {
                        let data = "\(number).\(count) \(long)"
                        try writer.write(["type": .string("record"), "kind": .string("k"), "data": .string(data)])
                        // Kept when it returns.
                        let kept = try bench.executor.keptEvents(of: id).compactMap { $0["data"]?.stringValue }
                        #expect(kept.count { $0 == data } == 1)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(throws: EventWriter.Problem.self) { try writer.write(["type": .string("nothing")]) }
        try write("", to: bench.file("go"))
        let end = try await bench.end(of: id)
        #expect(end.eventSummary.kept == 40 && end.eventSummary.refused == 1)
        for number in 0..<4 {
            let own = end.events.compactMap { $0["data"]?.stringValue?.split(separator: " ").first }
                .filter { $0.hasPrefix("\(number).") }
            #expect(own.map(String.init) == (0..<10).map { "\(number).\($0)" })
        }
        #expect(throws: EventWriter.Problem.self) {
            try writer.write(["type": .string("record"), "kind": .string("k")])
        }
    }

    @Test("A writer whose supervisor is gone is told so")
    func unsupervised() async throws {
        let bench = try Workbench()
        let id = try bench.launch("echo $WORKFLOW_EVENTS > $BENCH/events; exec sleep 100")
        try eventually("it runs") { (contents(bench.file("events")) ?? "").hasSuffix("\n") }
        try bench.killSupervisor(of: id)
        let writer = EventWriter(path: String((contents(bench.file("events")) ?? "").dropLast()))
        do {
            try writer.write(["type": .string("record"), "kind": .string("k")])
            Issue.record("it was taken")
        } catch {
            guard case .unavailable(let why) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(why.contains("supervisor is gone"))
        }
    }
}

@Suite("Stop orders under a supervisor")
struct StoppingTests {
    @Test("The signal reaches whom it is for", arguments: StopOrder.Target.allCases)
    func target(_ target: StopOrder.Target) async throws {
        let bench = try Workbench()
        let (_, end) = try await bench.run(
            """
            trap 'echo leader >> $BENCH/heard; wait $!; exit 7' INT
            bash -c 'trap "echo member >> $BENCH/heard; exit" INT; touch $BENCH/up; while [ ! -e $BENCH/heard ]; do \
            sleep 0.02; done; sleep 0.3' &
            while [ ! -e $BENCH/up ]; do sleep 0.01; done
            wait
            """
        ) {
            $0.shell = ["bash", "-m"]
            $0.timeout = .milliseconds(700)
            $0.stop = StopOrder(signal: SIGINT, target: target, kill: .group)
        }
        #expect(end.outcome == .timedOut(.exited(7)) || target == .group)
        let heard = contents(bench.file("heard")) ?? ""
        #expect(heard.contains("leader"))
        if target == .leader { #expect(!heard.contains("member")) }
    }

    @Test("What nothing may kill runs on and says so, until a person has it killed")
    func never() async throws {
        let bench = try Workbench()
        let id = try bench.launch("trap '' TERM; echo up > $BENCH/up; while :; do sleep 0.05; done") {
            $0.timeout = .milliseconds(200)
            $0.killAfter = .milliseconds(100)
            $0.stop = StopOrder(signal: SIGTERM, target: .group, kill: .never)
        }
        try eventually("it is said not to end") { bench.executor.isNotEnding(attempt: id.attemptID) }
        try bench.executor.requestCancel(id, grace: .zero)
        #expect(try ProcessStatus.looking(at: bench.supervisor(of: id)) != nil)
        try bench.executor.requestCancel(id, grace: .zero, kills: true)
        #expect(try await bench.end(of: id).outcome == .timedOut(.signalled(SIGKILL)))
    }
}
