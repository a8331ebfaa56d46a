import Testing
import WorkflowDefinitions

@Suite("Diagnostics: what groups, loops and instances can see")
struct ScopeDiagnosticTests {
    @Test("each text gives exactly these problems", arguments: Self.cases)
    func problems(sample: Case) {
        #expect(Loading.texts(sample.yaml) == sample.expected)
    }

    /// The steps of the only stage, from line 3 on.
    private static func steps(_ lines: String) -> String {
        "name: w\nparams: {list: {type: array}, map: {type: object}, n: {type: integer}, t: {}}\nstages: [{name: s, "
            + "steps: [\n"
            + lines + "\n]}]\n"
    }

    static let cases: [Case] = [
        Case(
            "steps of a group can be named from outside, and the group by its status",
            steps(
                """
                {name: g, steps: [{name: a, run: x}, {name: b, run: 'echo "${{ steps.a.outputs.id }}"'}]},
                {name: c, run: 'echo "${{ steps.b.outputs.id }} ${{ steps.g.status }}"'}
                """)),
        Case(
            "a group has no outputs",
            steps(
                """
                {name: g, steps: [{name: a, run: x}]},
                {name: c, run: 'echo "${{ steps.g.outputs.id }} ${{ steps.a.conclusion }}"'}
                """),
            """
            f.yaml:5:27: error: step "g" is a group, which has a status and no outputs; name the step inside it
            f.yaml:5:53: error: a step has outputs and status, and no "conclusion"; did you mean "status"?
            """),
        Case(
            "needs between groups is said for the groups",
            steps(
                """
                {name: g, steps: [{name: a, run: x}]},
                {name: h, needs: [], steps: [{name: b, run: 'echo "${{ steps.a.status }}"'}]},
                {name: c, needs: [], run: 'echo "${{ steps.a.status }}"'}
                """),
            """
            f.yaml:5:56: error: step "a" may not have finished when "b" begins; add "g" to the needs of "h"
            f.yaml:6:38: error: step "a" may not have finished when "c" begins; add "g" to needs
            """),
        Case(
            "until sees the steps of its round, and nothing else does",
            steps(
                """
                {name: g, repeat: {until: steps.a.outputs.ok == true && steps.g.status == "success", limit: 3},
                 if: steps.a.status == "success", steps: [{name: a, run: 'echo "${{ steps.g.status }}"'}]},
                {name: l, run: x, repeat: {until: "steps.l.outputs.n > 3", limit: 3}}
                """),
            """
            f.yaml:5:6: error: "g" is the group around step "a", which has not finished in if
            f.yaml:5:69: error: step "a" stands in "g", which has not finished in run
            """),
        Case(
            "a variable of foreach is seen in its step and group only",
            steps(
                """
                {name: g, foreach: {items: [1], as: i}, steps: [
                  {name: a, foreach: {items: [2], as: j}, run: 'echo "${{ i }} ${{ j }}"'}, {name: b, run: 'echo "${{ \
                j }}"'}]},
                {name: c, run: 'echo "${{ i }}"'}
                """),
            """
            f.yaml:5:103: error: there is no variable "j"; the variable of a foreach is known in its step, and in the \
            steps of its group
            f.yaml:6:27: error: there is no variable "i"; the variable of a foreach is known in its step, and in the \
            steps of its group
            """),
        Case(
            "variables of foreach inside each other have names of their own",
            steps(
                """
                {name: g, foreach: {items: [1]}, steps: [{name: a, foreach: {items: [2]}, run: x}]},
                {name: h, foreach: {items: [1], as: i}, steps: [{name: b, foreach: {items: [2], as: i}, run: x}]},
                {name: k, foreach: {items: [1], as: in}, run: x}, {name: l, foreach: {items: [1], as: env}, run: x}
                """),
            """
            f.yaml:4:61: error: "foreach" of step "a" stands in another foreach, whose variable is called "item" too; \
            give this one a name with as
            f.yaml:5:85: error: "i" cannot be the variable of "foreach" of step "b": it must be a free name of \
            letters, digits and "_"
            f.yaml:6:37: error: "in" cannot be the variable of "foreach" of step "k": it must be a free name of \
            letters, digits and "_"
            f.yaml:6:87: error: "env" cannot be the variable of "foreach" of step "l": it must be a free name of \
            letters, digits and "_"
            """),
        Case(
            "outputs of instances are a list from outside, and their own inside",
            steps(
                """
                {name: a, foreach: {items: [1]}, run: x, undo: 'echo "${{ steps.a.outputs.id }}"'},
                {name: b, run: 'echo "${{ steps.a.outputs.id }} ${{ steps.a.outputs[0].id }} ${{ \
                steps.a.outputs.map(o, o.id) }}"'},
                {name: g, foreach: {items: [1]}, steps: [{name: c, run: x}, {name: d, run: 'echo "${{ \
                steps.c.outputs.id }}"'}]},
                {name: e, run: 'echo "${{ steps.c.outputs.id }}"'}
                """),
            """
            f.yaml:4:42: warning: "undo" of step "a" is checked and kept, and nothing runs it: this version has no \
            rollback; write the way back as a workflow of its own, and run that when it is needed
            f.yaml:5:27: error: the outputs of step "a" are a list here, of one element for each instance, and have no \
            "id"; write steps.a.outputs.map(o, o.id), or steps.a.outputs[0].id
            f.yaml:7:27: error: the outputs of step "c" are a list here, of one element for each instance, and have no \
            "id"; write steps.c.outputs.map(o, o.id), or steps.c.outputs[0].id
            """),
        Case(
            "items that are certainly no list, or too many",
            steps(
                """
                {name: a, foreach: {items: "${{ params.n }}"}, run: x}, {name: b, foreach: {items: "${{ params.map \
                }}"}, run: x},
                {name: c, foreach: {items: "${{ 'a,b' }}"}, run: x}, {name: d, foreach: {items: "${{ range(1000001) \
                }}"}, run: x},
                {name: e, foreach: {items: "${{ params.list }}"}, run: x}, {name: f, foreach: {items: {a: 1}}, run: x},
                {name: g, foreach: {items: "${{ range(1000000) }}"}, run: x}
                """),
            """
            f.yaml:4:33: error: the items must be a list, and this is always a number; write range(params.n) to count
            f.yaml:4:89: error: the items must be a list, and this is always a map
            f.yaml:5:33: error: the items must be a list, and this is always a text
            f.yaml:5:86: error: foreach has 1000001 items; the limit is 1000000
            f.yaml:6:87: error: the items of "foreach" of step "f" must be a list or an expression, not a mapping
            """),
        Case(
            "keys that are no text, and conditions that are no conditions",
            steps(
                """
                {name: a, foreach: {items: [1], key: "[item]"}, run: x}, {name: b, foreach: {items: [1], key: \
                params.map}, run: x},
                {name: c, foreach: {items: [1], key: item.id}, run: x}, {name: d, run: x, if: params.list},
                {name: e, run: x, repeat: {until: params.n, limit: 2}}, {name: f, run: x, repeat: {until: 5, limit: 0}}
                """),
            """
            f.yaml:4:29: error: the items of "foreach" of step "a": the key of item 0 is "[1]"; a key has 1 to 128 \
            bytes, and neither control characters nor [ or ], which stand around it in the names of instances: write \
            .replace("[", "").replace("]", "") behind it
            f.yaml:4:39: error: a key must be a text, a number or a boolean, and this is always a list; choose a \
            member that tells the items apart
            f.yaml:4:95: error: a key must be a text, a number or a boolean, and this is always a map; choose a member \
            that tells the items apart
            f.yaml:5:29: error: the items of "foreach" of step "c": the key of item 0: 'id' cannot be selected from int
            f.yaml:5:79: error: if must be true or false, and this is always a list; compare it with something
            f.yaml:6:35: error: until must be true or false, and this is always a number; compare it with something
            f.yaml:6:91: error: "until" of "repeat" of step "f" must be an expression, not the number 5
            f.yaml:6:101: error: "limit" of "repeat" of step "f" must be from 1 to 10000, not 0
            """),
        Case(
            "locks, approvals and groups of runs without names",
            "concurrency: {group: ''}\n"
                + steps(
                    """
                    {name: a, run: x, locks: [l, l, ''], lock_timeout: 0s}, {name: b, run: x, lock_timeout: 1m},
                    {name: c, uses: approval, with: {prompt: '', approvers: ['']}}, {name: d, uses: signal, with: \
                    {name: ''}}
                    """),
            """
            f.yaml:1:22: error: "group" of "concurrency" is empty
            f.yaml:5:30: error: "locks" of step "a" names "l" twice
            f.yaml:5:33: error: a lock of step "a" is empty
            f.yaml:5:52: error: "lock_timeout" of step "a" must be at least 1ms, not 0s
            f.yaml:5:75: warning: "lock_timeout" means nothing in step "b", which takes no locks; leave it out
            f.yaml:6:42: error: "prompt" of "with" of step "c" is empty
            f.yaml:6:58: error: an approver of "with" of step "c" is empty
            f.yaml:6:102: error: "name" of "with" of step "d" is empty
            """),
        Case(
            "what other tools call it",
            steps(
                """
                {name: a, run: 'echo "${{ inputs.n }} ${{ vars.n }} ${{ needs.a }} ${{ github.run_id }}"', if: \
                "contains(params.t, 'x')"},
                {name: b, run: 'echo "{{ params.n }} {{inputs.parameters.n}} {{ .Names }}"', env: {A: \
                "{{steps.a.outputs.b}}"}}
                """),
            """
            f.yaml:4:27: error: there is no variable "inputs"; did you mean "params"?
            f.yaml:4:43: error: there is no variable "vars"; did you mean "params"?
            f.yaml:4:57: error: there is no variable "needs"; did you mean "steps"?
            f.yaml:4:72: error: there is no variable "github"; did you mean "run"?
            f.yaml:4:97: error: contains is called on a text; write text.contains(…)
            f.yaml:5:16: warning: "{{ params.n }}" is plain text here; write ${{ params.n }} if you mean its value
            f.yaml:5:87: warning: "{{ steps.a.outputs.b }}" is plain text here; write ${{ steps.a.outputs.b }} if you \
            mean its value
            """),
    ]
}
