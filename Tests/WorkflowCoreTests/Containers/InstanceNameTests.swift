import JSON
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Names of step instances")
struct InstanceNameTests {
    @Test("Every name leads to its step and no other")
    func roundTrip() throws {
        var run = try TestRun(
            Definitions.steps(
                """
                - name: top
                  steps:
                    - name: outer
                      foreach: {items: ["a.b", c], as: x, key: x}
                      steps:
                        - name: middle
                          steps:
                            - {name: inner, foreach: {items: [0, 1], as: y}, steps: [{name: leaf, run: x}]}
                            - {name: leaf2, run: x, needs: []}
                """))
        let names = run.state.stepsInOrder().map { run.state.name(ofStep: $0) }
        #expect(
            names == [
                "top", "outer", "outer[a.b]", "outer[a.b].middle", "outer[a.b].inner", "outer[a.b].inner[0]",
                "outer[a.b].inner[0].leaf", "outer[a.b].inner[1]", "outer[a.b].inner[1].leaf", "outer[a.b].leaf2",
                "outer[c]", "outer[c].middle", "outer[c].inner", "outer[c].inner[0]", "outer[c].inner[0].leaf",
                "outer[c].inner[1]", "outer[c].inner[1].leaf", "outer[c].leaf2",
            ])
        for number in run.state.stepsInOrder() {
            #expect(run.state.number(ofStep: run.state.name(ofStep: number)) == number)
        }
        try run.succeed("outer[a.b].inner[1].leaf")
        #expect(run.status("outer[a.b].inner[1]") == .success)
    }

    @Test(
        "What is not a name leads nowhere",
        arguments: [
            "", "f[", "f[]", "f[3]", "f[00]", "f[+1]", "f[-1]", "f[0", "f[0]x", "f[0].", "f[0].f", "f[0][1]", "nothing",
            "g[0]", "h", "k[0]", "f.h", "k[a].h.h", "k[a]h", "[0]", ".f", "k.h",
        ])
    func none(name: String) throws {
        let run = try TestRun(
            Definitions.steps(
                """
                - {name: f, run: x, foreach: {items: [1, 2], as: i}, needs: []}
                - {name: g, run: x, needs: []}
                - {name: k, needs: [], foreach: {items: [a], as: i, key: i}, steps: [{name: h, run: x}]}
                """))
        #expect(run.state.number(ofStep: name) == nil)
    }
}
