import JSON
import Testing

@Suite("plan: what a run would do, without doing it")
struct PlanTests {
    private static let deployment = """
        name: deployment
        params:
          cluster: {type: string, default: blue}
          nodes: {type: integer, default: 7}
          hosts: {type: array, default: [web-1, web-2]}
          is_live: {type: boolean, default: false}
        env: {CLUSTER_NAME: "${{ params.cluster }}-x"}
        secrets: {token: {file: secret.txt}}
        concurrency: {group: "prod-${{ params.cluster }}", on_conflict: fail}
        stages:
          - name: provisioning
            steps:
              - name: vpc
                retry: {limit: 2, delay: 5s, exit_codes: [75]}
                timeout: 10m
                env: {TOKEN: "${{ secrets.token }}", KIND: "vpc of ${{ env.CLUSTER_NAME }}"}
                run: touch "made-${{ env.CLUSTER_NAME }}"; cat secret.txt
                undo: delete "${{ steps.vpc.outputs.id }}"
              - name: subnets
                foreach: {items: "${{ range(params.nodes) }}", as: index, max_parallel: 2}
                run: subnet "${{ steps.vpc.outputs.id }}" "${{ index }}"
              - name: aside
                needs: []
                locks: ["db-${{ params.cluster }}"]
                run: echo aside
          - name: configuring
            on_failure: {return_to: provisioning, limit: 3}
            steps:
              - name: drain
                foreach: {items: "${{ params.hosts }}", as: host, key: host}
                steps:
                  - name: confirm
                    if: params.is_live
                    uses: approval
                    with: {prompt: "Drain ${{ host }} of ${{ params.cluster }}?", approvers: [ada], timeout: 2h}
                  - name: drained
                    run: drain "${{ host }}"
                    repeat: {until: steps.drained.outputs.left == 0, limit: 10, delay: 5s}
              - name: dns
                uses: signal
                with: {name: "dns-${{ params.cluster }}", on_timeout: skip}
        on_exit:
          - name: notify
            run: notify "${{ run.status }}"
        """

    private func plan(_ more: String..., text: String = deployment) throws -> CommandResult {
        let folder = try TestFolder()
        try folder.write("deployment.yaml", text)
        try folder.write("secret.txt", "hunter2-hunter2")
        let result = try Command.run(["plan", "deployment.yaml"] + more, in: folder)
        #expect(folder.names() == ["deployment.yaml", "secret.txt"], "it made or started something")
        #expect(!result.output.contains("hunter2") && !result.error.contains("hunter2"))
        return result
    }

    private func step(_ name: String, in steps: JSONValue?) throws -> JSONValue {
        try #require(steps?.arrayValue?.first { $0["name"]?.stringValue == name }, "no step \(name)")
    }

    @Test("Text: in order, with what is known filled in and the rest as its expression")
    func text() throws {
        let result = try plan("-p", "cluster=green")
        #expect(result.status == 0, "\(result)")
        for line in [
            "concurrency group prod-green: another run of it makes this one fail",
            "  vpc  (at once)", "  subnets  (after vpc)", "  aside  (at once)",
            #"    run       touch "made-green-x"; cat secret.txt"#,
            "    env       KIND=vpc of green-x", "              TOKEN=${{ secrets.token }}",
            "    undo      (nothing runs it in this version)",
            #"              delete "${{ steps.vpc.outputs.id }}""#,
            "    timeout   10m an attempt", "    foreach   7 items as index: 0, 1, 2, 3, 4, …",
            #"    run       subnet "${{ steps.vpc.outputs.id }}" "${{ index }}""#,
            "    locks     db-green", "    foreach   2 items as host: web-1, web-2",
            "      if        params.is_live", "                = false: it is skipped",
            "      waits     for approval: Drain ${{ host }} of green?",
            "      repeat    until steps.drained.outputs.left == 0", "    waits     for the signal dns-green",
            "  on failure back to provisioning, 3 times at most", "on_exit  (whenever the run ends)",
            #"    run       notify "${{ run.status }}""#,
        ] {
            #expect(result.outputLines.contains(line), "\(line)\n\(result)")
        }
    }

    @Test("JSON: the same as data")
    func json() throws {
        let result = try plan("-p", #"hosts=["a","b","c"]"#, "-o", "json")
        #expect(result.status == 0, "\(result)")
        let plan = try result.json()
        #expect(plan["workflow"] == "deployment")
        #expect(plan["concurrency"]?["group"] == "prod-blue")
        let stages = try #require(plan["stages"]?.arrayValue)
        #expect(stages.count == 2)
        let vpc = try step("vpc", in: stages[0]["steps"])
        #expect(vpc["after"] == .array([]))
        #expect(vpc["retry"]?["limit"] == 2)
        #expect(vpc["env"]?["TOKEN"] == "${{ secrets.token }}")
        #expect(try step("subnets", in: stages[0]["steps"])["foreach"]?["count"] == 7)
        #expect(stages[1]["on_failure"]?["return_to"] == "provisioning")
        let drain = try step("drain", in: stages[1]["steps"])
        #expect(drain["foreach"]?["first"] == .array(["a", "b", "c"]))
        #expect(try step("confirm", in: drain["steps"])["if"]?["value"] == false)
        #expect(try step("dns", in: stages[1]["steps"])["wait"]?["signal"] == "dns-blue")
        #expect(try step("notify", in: plan["on_exit"])["run"] == #"notify "${{ run.status }}""#)
    }

    @Test("What only the run can tell stays open, whatever stands around it")
    func later() throws {
        let result = try plan(
            "-o", "json",
            text: """
                name: later
                params:
                  on: {type: boolean, default: true}
                stages:
                  - name: only
                    steps:
                      - name: first
                        run: echo first
                      - name: short_circuit
                        if: params.on || steps.first.outputs.x == 1
                        run: echo 1
                      - name: open
                        if: params.on && success()
                        run: echo "${{ run.id }} ${{ attempt }} ${{ run.name }}"
                      - name: each
                        foreach: {items: "${{ steps.first.outputs.list }}", as: item}
                        run: echo "${{ item }}"
                """)
        #expect(result.status == 0, "\(result)")
        let steps = try result.json()["stages"]?.arrayValue?.first?["steps"]
        #expect(try step("short_circuit", in: steps)["if"]?["value"] == true)
        #expect(try step("open", in: steps)["if"]?["value"] == .null)
        #expect(try step("open", in: steps)["run"] == #"echo "${{ run.id }} ${{ attempt }} later""#)
        #expect(try step("each", in: steps)["foreach"]?["count"] == .null)
        #expect(try step("each", in: steps)["foreach"]?["items"] == "steps.first.outputs.list")
    }

    @Test("An expression that can have no value is 65 where the step is sure to run, a warning where it is not")
    func problems() throws {
        func text(_ condition: String) -> String {
            """
            name: problems
            params:
              list: {type: array, default: []}
            stages:
              - name: only
                steps:
                  - name: first
                    run: echo first
                  - name: bad
                    if: \(condition)
                    run: echo "${{ params.list[0] }}"
            """
        }
        let certain = try plan(text: text("size(params.list) == 0"))
        #expect(certain.status == 65, "\(certain)")
        #expect(certain.error.contains("error: step bad would fail: "), "\(certain)")
        let open = try plan(text: text("steps.first.outputs.x"))
        #expect(open.status == 0, "\(open)")
        #expect(open.error.contains("warning: step bad would fail if it ran: "), "\(open)")
        let skipped = try plan(text: text("size(params.list) > 0"))
        #expect(skipped.status == 0 && skipped.error == "", "\(skipped)")
    }

    @Test("A wrong parameter or definition is 65, a missing file 66")
    func wrong() throws {
        #expect(try plan("-p", "nodes=many").status == 65)
        #expect(try plan("-p", "node=1").status == 65)
        #expect(try plan(text: "name: x\nstages: 3\n").status == 65)
        #expect(try Command.run(["plan", "missing.yaml"], in: try TestFolder()).status == 66)
    }

    @Test("A million items are counted, not listed; a script of many lines is cut in the text, whole in the data")
    func large() throws {
        let script = (1...40).map { "          echo line-\($0)" }.joined(separator: "\n")
        let text = """
            name: large
            stages:
              - name: only
                steps:
                  - name: each
                    foreach: {items: "${{ range(1000000) }}", as: n}
                    run: |
            \(script)
            """
        let shown = try plan(text: text.replacing("          echo", with: "          echo"))
        #expect(shown.status == 0, "\(shown)")
        #expect(shown.output.contains("1000000 items as n: 0, 1, 2, 3, 4, …"))
        #expect(shown.output.contains("… 29 more lines"))
        #expect(!shown.output.contains("line-40"))
        #expect(try plan("-o", "json", text: text).output.contains("line-40"))
    }

    @Test("Help is data, with examples", arguments: ["plan", "graph", "approve", "reject", "signal"])
    func help(command: String) throws {
        let result = try Command.run([command, "--help"], in: try TestFolder())
        #expect(result.status == 0 && result.error == "")
        #expect(result.output.contains("  workflow \(command) "))
        #expect(result.output.contains("USAGE: workflow \(command)"))
        for line in result.outputLines where !line.hasPrefix("USAGE:") { #expect(line.count <= 80, "\(line)") }
    }
}
