import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("What a decision costs")
struct CostTests {
    /// A run of one stage, taken over by a second driver, in which all but the last twenty of `count` steps have
    /// succeeded. Every third of these has a condition, every third one that holds after a failure too.
    private static func almostFinished(_ count: Int) throws -> TestRun.Machine {
        let models = try Definitions.load(
            Definitions.steps(
                "- {name: a, run: x}\n- {name: b, run: x, if: \"params.go\"}\n- {name: c, run: x, if: \"always()\"}",
                head: "params: {go: {type: boolean}}"))
        var definition = models
        definition.stages[0].steps = (0..<count).map { number in
            var step = models.stages[0].steps[number < count - 20 ? 0 : number % 3]
            step.name = "s\(number)"
            step.needs = number == 0 ? [] : [number - 1]
            return step
        }
        let clock = ManualClock()
        var ids = SequentialIDs()
        var state = RunState(Program(definition))
        func add(_ fact: Fact) throws {
            try state.apply(Entry(sequence: state.head + 1, at: clock.now, actor: engineActor, fact: fact))
        }
        try add(.runCreated(TestRun.created("w", ["go": .bool(true)])))
        try add(.driverAttached(TestRun.driver(.run)))
        try add(.stageEntered(StageEntered(stage: "main")))
        for number in 0...count - 20 {
            let step = "s\(number)"
            try add(
                .attemptStarted(
                    AttemptStarted(step: step, attempt: 1, id: ids.next(), idempotencyKey: "key", host: TestRun.host)))
            if number < count - 20 {
                try add(.stepSucceeded(StepSucceeded(step: step, attempt: 1, outputs: ["n": .int(1)])))
            }
        }
        var machine = TestRun.Machine(state: state)
        try machine.take(.driverAttached(TestRun.driver(.resume)))
        try machine.take(.recoveryFinished)
        return machine
    }

    @Test("One more step costs the same after 100,000 finished steps as after 100")
    func oneMoreStep() throws {
        var times: [Int: Duration] = [:]
        for count in [100, 100_000] {
            var machine = try CostTests.almostFinished(count)
            for number in count - 20..<count - 1 {
                let before = machine.stepsTouched
                var trace: [String] = []
                let ended = Input.attemptEnded(
                    AttemptReference(step: "s\(number)", attempt: 1), .succeeded(outputs: [:]))
                let time = try ContinuousClock().measure { trace = try machine.take(ended).trace }
                times[count] = min(times[count] ?? time, time)
                #expect(machine.stepsTouched - before <= 10)
                #expect(
                    trace == [
                        "step_succeeded s\(number)#1 [checkpoint]", "attempt_started s\(number + 1)#1",
                        "> start s\(number + 1)#1",
                    ])
            }
        }
        if let few = times[100], let many = times[100_000] {
            print("one more decision: after 100 steps \(few), after 100,000 steps \(many)")
        }
    }
}

extension TestRun {
    /// A machine without a journal: for what only its cost is asked.
    struct Machine {
        private var machine: RunMachine
        private var random = SeededGenerator(seed: 1)

        init(state: RunState) {
            machine = RunMachine(state: state, host: TestRun.host)
        }

        var stepsTouched: Int { machine.state.stepsTouched }

        @discardableResult
        mutating func take(_ input: Input) throws -> Decision {
            try machine.decide(input, at: ManualClock().now, using: &random)
        }
    }
}
