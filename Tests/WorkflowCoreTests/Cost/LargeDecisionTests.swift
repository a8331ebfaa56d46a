import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Decisions about more than one append takes")
struct LargeDecisionTests {
    @Test("Items that wait are begun a thousand at a time, each part durable before the next, and all end")
    func items() throws {
        let program = Program(
            try Definitions.load(
                Definitions.steps(
                    "- {name: f, uses: sleep, with: {for: 1h}, foreach: {items: \"${{ range(2500) }}\", as: i}}")))
        var random = SeededGenerator(seed: 1)
        let now = ManualClock().now
        var (machine, decision) = try RunMachine.create(
            TestRun.created("w"), program: program, driver: TestRun.driver(.run), host: TestRun.host,
            actor: TestRun.person, at: now, using: &random)
        var parts = [decision.entries.count]
        while decision.effects.contains(.goOn) {
            #expect(!machine.isIdle)
            // Killed here, it is interrupted: nobody else is asked to go on with it.
            #expect(machine.state.status == .running)
            // Another reason to decide starts nothing more before the first part is durable.
            let ended = Input.waitEnded(AttemptReference(step: "f[\(parts.count)]", attempt: 1))
            #expect(try machine.decide(ended, at: now, using: &random).entries.count == 1)
            decision = try machine.decide(.wentOn, at: now, using: &random)
            parts.append(decision.entries.count)
        }
        #expect(machine.state.status == .waiting)
        #expect(parts == [RunMachine.entriesAtOnce, RunMachine.entriesAtOnce, 504])
        for item in 0..<2500 {
            let ended = Input.waitEnded(AttemptReference(step: "f[\(item)]", attempt: 1))
            decision = try machine.decide(ended, at: now, using: &random)
        }
        #expect(machine.state.status == .completed)
    }
}

@Suite("Sets and heaps of steps")
struct StepCollectionTests {
    @Test("A set of numbers is what a Set is, in ascending order")
    func numberSet() {
        var random = SeededGenerator(seed: 3)
        var (ours, theirs) = (NumberSet(), Set<Int>())
        for turn in 0..<4000 {
            let number = Int.random(in: 0..<(turn % 3 == 0 ? 20_000 : 300), using: &random)
            if Bool.random(using: &random) {
                ours.insert(number)
                theirs.insert(number)
            } else {
                ours.remove(number)
                theirs.remove(number)
            }
            #expect(ours.count == theirs.count)
            if turn % 100 == 0 { #expect(Array(ours) == theirs.sorted()) }
        }
        ours.removeAll()
        #expect(ours.isEmpty && Array(ours).isEmpty)
    }

    @Test("Instants come out of the heap in order")
    func dueHeap() {
        var random = SeededGenerator(seed: 4)
        var heap = DueHeap()
        var instants: [Int64] = []
        for step in 0..<500 {
            let instant = Int64.random(in: 0..<100, using: &random)
            heap.insert(Timestamp(millisecondsSinceEpoch: instant), step)
            instants.append(instant)
        }
        var taken: [Int64] = []
        while let first = heap.first {
            taken.append(first.due.millisecondsSinceEpoch)
            heap.removeFirst()
        }
        #expect(taken == instants.sorted())
    }
}
