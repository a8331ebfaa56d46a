import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("What takes a place of a foreach's max_parallel")
struct ForeachPlaceTests {
    private func fleet(_ keys: String = "retry: {limit: 3, delay: 5s}", limit: Int = 2) throws -> TestRun {
        try TestRun(
            Definitions.steps(
                """
                - name: f
                  run: x
                  foreach: {items: [0, 1, 2, 3, 4, 5], as: i, max_parallel: \(limit), continue_on_error: true}
                  \(keys)
                """))
    }

    @Test("An item between two attempts gives its place to the next one, and goes on before others begin")
    func retrying() throws {
        var run = try fleet()
        #expect(try run.fail("f[0]").suffix(2) == ["> wait f[0]#1 5s", "> start f[2]#1"])
        #expect(try run.fail("f[1]").last == "> start f[3]#1")
        #expect(try run.wait("f[0]") == [], "two have a process")
        #expect(try run.wait("f[1]") == [])
        #expect(try run.succeed("f[3]").suffix(1) == ["> start f[0]#2"])
        #expect(try run.succeed("f[2]").suffix(1) == ["> start f[1]#2"])
        #expect(try run.fail("f[0]").suffix(1) == ["> start f[4]#1"])
        #expect(run.running == ["f[1]", "f[4]"])
    }

    @Test("All good items are done while the others wait for their next attempt")
    func good() throws {
        var run = try fleet()
        for dead in ["f[0]", "f[1]"] { try run.fail(dead) }
        for good in ["f[2]", "f[3]", "f[4]", "f[5]"] {
            #expect(run.running.contains(good))
            #expect(run.running.count <= 2)
            try run.succeed(good)
        }
        #expect(run.running.isEmpty)
        #expect(try run.wait("f[0]").suffix(1) == ["> start f[0]#2"])
        for dead in ["f[0]", "f[1]"] {
            if dead == "f[1]" { try run.wait(dead) }
            try run.succeed(dead)
        }
        #expect(run.state.status == .completed)
    }

    @Test("Items in doubt hold no place, and one that is to run again waits for one")
    func inDoubt() throws {
        var run = try fleet("on_doubt: ask")
        let began = try run.crashLosing("f[0]", "f[1]")
        #expect(began.filter { $0.hasPrefix("> start") } == ["> start f[2]#1", "> start f[3]#1"])
        #expect(try run.resolve("f[1]", .retry).contains { $0.hasPrefix("> start") } == false)
        #expect(try run.succeed("f[2]").suffix(1) == ["> start f[1]#2"])
        #expect(run.running == ["f[1]", "f[3]"])
        for item in ["f[3]", "f[4]", "f[5]", "f[1]"] { try run.succeed(item) }
        #expect(run.machine.isIdle && run.state.status == .waiting)
        try run.resolve("f[0]", .done)
        #expect(run.state.status == .completed)
    }

    @Test("Under a limit of one the items are done one after the other, whatever one waits for")
    func oneAfterTheOther() throws {
        var run = try fleet(limit: 1)
        #expect(try run.fail("f[0]").contains { $0.hasPrefix("> start") } == false)
        #expect(try run.wait("f[0]").suffix(1) == ["> start f[0]#2"])
        #expect(try run.crashLosing("f[0]").contains { $0.hasPrefix("> start") } == false)
    }

    @Test("An item of several steps may be half done: it keeps its place until it has ended")
    func groups() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - name: host
                  foreach: {items: [a, b, c], as: h, key: h, max_parallel: 2, continue_on_error: true}
                  steps:
                    - {name: drain, run: x}
                    - {name: upgrade, run: x, retry: {limit: 2, delay: 5s}}
                """))
        for host in ["a", "b"] { try run.succeed("host[\(host)].drain") }
        for host in ["a", "b"] { try run.fail("host[\(host)].upgrade") }
        #expect(run.running.isEmpty)
        #expect(run.state.status(ofStep: run.state.number(ofStep: "host[c]") ?? 0) == .pending)
        try run.wait("host[a].upgrade")
        #expect(try run.succeed("host[a].upgrade").last == "> start host[c].drain#1")
    }

    @Test("No more processes at once than the limit, in any order of news", arguments: 0..<40 as Range<UInt64>)
    func limit(seed: UInt64) throws {
        var run = try fleet("retry: {limit: 3, delay: 5s}", limit: 3)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 where !run.state.status.hasEnded {
            #expect(run.running.count <= 3)
            let waiting = (0..<6).map { "f[\($0)]" }.filter { run.status($0) == .retrying }
            if let step = random.pick(run.running), random.chance(60) || waiting.isEmpty {
                if random.chance(60) { try run.fail(step) } else { try run.succeed(step) }
            } else if let step = random.pick(waiting) {
                try run.wait(step)
            }
            if random.chance(5) {
                let attempts = run.running
                try run.crash()
                for step in attempts where random.chance(50) { try run.take(.attemptNeverBegan(run.attempt(step))) }
                try run.recovered()
            }
        }
        #expect(run.state.status == .completed || run.state.status == .failed)
    }
}
