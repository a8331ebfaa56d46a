import CEL
import JSON
import Testing
import WorkflowCore
import WorkflowDefinitions

@Suite("Good files")
struct GoodFileTests {
    /// The example of the language's description, with its elided parts filled in.
    static let example = """
        name: k8s-cluster-deployment          # [a-z][a-z0-9-]*
        description: One line for people.
        params:
          cluster: {type: string, pattern: "^[a-z-]+$", required: true, description: "The cluster"}
          nodes:   {type: integer, default: 3, min: 1, max: 50}
          env:     {type: string, enum: [staging, production], default: staging}
        env: {REGION: eu-west-1}
        secrets:
          token: {env: CLOUD_TOKEN}
        defaults:                             # for every step
          timeout: 10m
          retry: {limit: 2, delay: 5s, backoff: 2, max_delay: 1m, jitter: 0.2, exit_codes: [75]}
          on_doubt: ask
        max_parallel: 4
        concurrency: {group: "prod-${{ params.cluster }}", on_conflict: queue}
        stages:
          - name: planning
            steps:
              - name: render_plan
                run: ./plan.sh "$CLUSTER" > plan.json
                env: {CLUSTER: "${{ params.cluster }}"}
          - name: provisioning
            steps:
              - name: vpc_creation
                run: |
                  id=$(cloud vpc create --key "$WORKFLOW_IDEMPOTENCY_KEY")
                  echo "vpc_id=$id" >> "$WORKFLOW_OUTPUT"
                probe: cloud vpc exists --key "$WORKFLOW_IDEMPOTENCY_KEY" || exit 3
                verify: cloud vpc exists --id "${{ steps.vpc_creation.outputs.vpc_id }}" || exit 3
                undo: cloud vpc delete "${{ steps.vpc_creation.outputs.vpc_id }}"
              - name: subnets
                foreach: {items: "${{ range(params.nodes) }}", as: index, max_parallel: 2}
                run: cloud subnet create "${{ steps.vpc_creation.outputs.vpc_id }}" "${{ index }}"
          - name: configuring
            steps:
              - {name: configure, run: "true"}
          - name: validating
            on_failure: {return_to: configuring, limit: 3}
            steps:
              - name: smoke_test
                run: ./smoke.sh
        on_exit:
          - name: notify
            run: ./notify.sh "${{ run.status }}"
        """

    @Test("the language's own example loads without a word")
    func exampleLoads() throws {
        let result = Loading.result(Self.example)
        #expect(result.diagnostics.map(\.code) == [.notRunYet], "nothing runs its undo")
        let definition = try #require(result.definition?.definition)
        #expect(definition.name == "k8s-cluster-deployment")
        #expect(definition.maxParallel == 4)
        #expect(definition.stages.map(\.name) == ["planning", "provisioning", "configuring", "validating"])
        #expect(definition.stages[3].onFailure == ReturnPolicy(stage: "configuring", limit: 3))
        #expect(definition.secrets == [Secret(name: "token", source: .environment("CLOUD_TOKEN"))])
        #expect(definition.parameters.map(\.name) == ["cluster", "env", "nodes"])
        let vpc = definition.stages[1].steps[0]
        #expect(vpc.timeout == .minutes(10))
        #expect(vpc.retry.limit == 2)
        #expect(vpc.retry.exitCodes == [75])
        #expect(
            vpc.undo
                == Script(
                    text: "cloud vpc delete \"${WORKFLOW_VALUE_1}\"",
                    bindings: [
                        Script.Binding(
                            variable: "WORKFLOW_VALUE_1",
                            expression: try CELExpression(parsing: "steps.vpc_creation.outputs.vpc_id"))
                    ]))
        let subnets = definition.stages[1].steps[1]
        #expect(subnets.needs == [0])
        #expect(subnets.foreach?.variable == "index")
        #expect(subnets.foreach?.maxParallel == 2)
    }

    @Test("what a step does not say has its default")
    func stepDefaults() throws {
        let step = try #require(Loading.definition(Loading.step("run: \"true\""))?.stages[0].steps[0])
        #expect(step == Step(name: "first", action: .run(Script(text: "true"))))
    }

    @Test("a step's own retry fields stand over those of the defaults")
    func retryFieldWise() throws {
        let yaml = Loading.step(
            "run: \"true\"\nretry: {delay: 2s}", head: "defaults: {retry: {limit: 4, backoff: 3}, kill_after: 1s}")
        let step = try #require(Loading.definition(yaml)?.stages[0].steps[0])
        #expect(step.retry == RetryPolicy(limit: 4, delay: .seconds(2), backoff: 3))
        #expect(step.killAfter == .seconds(1))
    }

    @Test("the order of steps: after the one before, at once, or after what is named")
    func needs() throws {
        let definition = try #require(
            Loading.definition(
                """
                name: w
                stages:
                  - name: s
                    steps:
                      - {name: a, run: "true"}
                      - {name: b, run: "true"}
                      - {name: c, run: "true", needs: []}
                      - {name: d, run: "true", needs: [c, a]}
                on_exit:
                  - {name: e, run: "true"}
                  - {name: f, run: "true"}
                """))
        #expect(definition.stages[0].steps.map(\.needs) == [[], [0], [], [0, 2]])
        #expect(definition.onExit.map(\.needs) == [[], [0]])
    }

    @Test("doubt: retry where a step is idempotent or sleeps, else what the defaults say, else ask")
    func doubt() throws {
        let definition = try #require(
            Loading.definition(
                """
                name: w
                stages:
                  - name: s
                    steps:
                      - {name: a, run: "true"}
                      - {name: b, run: "true", idempotent: true}
                      - {name: c, run: "true", idempotent: true, on_doubt: fail}
                      - {name: d, uses: sleep, with: {for: 0s}}
                """))
        #expect(definition.stages[0].steps.map(\.onDoubt) == [.ask, .retry, .fail, .retry])
        #expect(definition.stages[0].steps[3].action == .sleep(.duration(.zero)))
    }

    @Test("conditions, with or without braces, and whether they run after a failure")
    func conditions() throws {
        let table: [(String, String, Bool)] = [
            ("if: params.on", "params.on", false),
            ("if: ${{ params.on }}", "params.on", false),
            ("if: \"  ${{params.on && true}} \"", "params.on && true", false),
            ("if: failure()", "failure()", true),
            ("if: always() && params.on", "always() && params.on", true),
            ("if: success()", "success()", false),
            ("if: true", "true", false),
        ]
        for (written, source, runsAfterFailure) in table {
            let yaml = Loading.step("run: \"true\"\n\(written)", head: "params: {on: {type: boolean, default: true}}")
            let condition = try #require(Loading.definition(yaml)?.stages[0].steps[0].condition)
            #expect(condition.expression.source == source)
            #expect(condition.runsAfterFailure == runsAfterFailure)
        }
    }

    @Test("a plain scalar in env is the text that it was written as")
    func environmentText() throws {
        let definition = try #require(
            Loading.definition(
                Loading.step(
                    "run: \"true\"",
                    head: "env: {A: 1.10, B: true, C: ~, D: 0x1F, E: 99999999999999999999, F: , G: 'x'}")))
        #expect(
            definition.environment
                == [
                    ("A", "1.10"), ("B", "true"), ("C", "~"), ("D", "0x1F"), ("E", "99999999999999999999"), ("F", ""),
                    ("G", "x"),
                ].map { EnvironmentVariable(name: $0.0, value: Template(text: $0.1)) })
    }

    @Test("shells are words: split as a shell does, or a list")
    func shells() throws {
        let table: [(String, [String])] = [
            ("shell: sh -e", ["sh", "-e"]),
            ("shell: \"bash -c 'a b' \\\"c d\\\" e\\\\ f\"", ["bash", "-c", "a b", "c d", "e f"]),
            ("shell: [python3, -u]", ["python3", "-u"]),
        ]
        for (written, words) in table {
            let step = try #require(Loading.definition(Loading.step("run: x\n\(written)"))?.stages[0].steps[0])
            #expect(step.shell == words)
        }
    }

    @Test("groups, loops, locks and waits compile into the model")
    func laterFeatures() throws {
        let definition = try #require(
            Loading.definition(
                """
                name: w
                stages:
                  - name: s
                    steps:
                      - name: g
                        repeat: {until: "steps.inner.outputs.ok == true", limit: 5, delay: 2s}
                        locks: ["db-${{ run.name }}"]
                        steps:
                          - {name: inner, run: "true"}
                          - {name: other, run: "echo \\"${{ steps.inner.outputs.ok }}\\""}
                      - {name: wait, uses: signal, with: {name: go, timeout: 2h, on_timeout: skip}}
                      - {name: ask, uses: approval, with: {prompt: "Go?", approvers: [ann, bob]}}
                      - {name: late, uses: sleep, with: {until: "2026-02-02T10:15:30.000Z"}}
                """))
        let steps = definition.stages[0].steps
        guard case .group(let inner) = steps[0].action else {
            Issue.record("not a group")
            return
        }
        #expect(inner.map(\.name) == ["inner", "other"])
        #expect(inner[1].needs == [0])
        #expect(steps[0].loop?.limit == 5)
        #expect(
            steps[1].action == .signal(SignalWait(name: Template(text: "go"), timeout: .hours(2), onTimeout: .skip)))
        guard case .approval(let approval) = steps[2].action else {
            Issue.record("not an approval")
            return
        }
        #expect(approval.approvers == [Template(text: "ann"), Template(text: "bob")])
        #expect(steps[3].action == .sleep(.until(Template(text: "2026-02-02T10:15:30.000Z"))))
    }
}
