import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("What the end of an item costs")
struct ForeachCostTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let steps: String
        /// Items ended, of 100,000.
        let count: Int
        /// The name of the step that runs for an item.
        let name: @Sendable (Int) -> String
    }

    static let shapes = [
        Shape(
            testDescription: "a foreach",
            steps: "- {name: f, run: x, foreach: {items: \"${{ range(100000) }}\", as: i}}",
            count: 90_000, name: { "f[\($0)]" }),
        Shape(
            testDescription: "a foreach in groups, with a limit and keys",
            steps: """
                - name: outer
                  steps:
                    - name: inner
                      steps:
                        - name: f
                          run: x
                          foreach: {items: "${{ range(100000) }}", as: i, key: string(i), max_parallel: 2, \
                continue_on_error: true}
                """, count: 9_000, name: { "f[\($0)]" }),
        Shape(
            testDescription: "a foreach of groups",
            steps: """
                - name: outer
                  steps:
                    - name: g
                      foreach: {items: "${{ range(100000) }}", as: i}
                      steps: [{name: f, run: x}]
                """, count: 90_000, name: { "g[\($0)].f" }),
        Shape(
            testDescription: "a foreach of loops",
            steps:
                "- {name: f, run: x, foreach: {items: \"${{ range(100000) }}\", as: i}, repeat: {until: \"true\", "
                + "limit: 2}}",
            count: 9_000, name: { "f[\($0)]" }),
    ]

    @Test("After 90,000 of 100,000 items it costs what it cost after 1,000", arguments: shapes)
    func items(shape: Shape) throws {
        let program = Program(try Definitions.load(Definitions.steps(shape.steps, head: "max_parallel: 2")))
        var random = SeededGenerator(seed: 1)
        var (machine, _) = try RunMachine.create(
            TestRun.created("w"), program: program, driver: TestRun.driver(.run), host: TestRun.host,
            actor: TestRun.person, at: ManualClock().now, using: &random)
        var times: [Int: Duration] = [:]
        for item in 0..<shape.count + 100 {
            let ended = Input.attemptEnded(
                AttemptReference(step: shape.name(item), attempt: 1), .succeeded(outputs: ["n": .int(1)]))
            let before = machine.state.stepsTouched
            var decision = Decision()
            let time = try ProcessorTime.measure {
                decision = try machine.decide(ended, at: ManualClock().now, using: &random)
            }
            let hundred = item / 100 * 100
            times[hundred] = min(times[hundred] ?? time, time)
            guard machine.state.stepsTouched - before <= 20, (2...8).contains(decision.entries.count),
                decision.effects.count == 1
            else {
                Issue.record("item \(item) touches \(machine.state.stepsTouched - before) steps: \(decision.trace)")
                return
            }
        }
        let (few, many) = (times[1000] ?? .zero, times[shape.count] ?? .zero)
        print(
            "the end of an item in \(shape.testDescription): after 1,000 items \(few), after \(shape.count) items "
                + "\(many)"
        )
        // The best of a hundred: a busy machine cannot spoil it, and a copy of what the run knows would cost much more.
        #expect(many < few * 5 + .microseconds(200))
    }
}
