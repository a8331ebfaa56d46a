import Testing

@Suite("Diagnostics: keys and names")
struct StructureDiagnosticTests {
    @Test("each text gives exactly these problems", arguments: Self.cases)
    func problems(_ sample: Case) {
        #expect(Loading.texts(sample.yaml) == sample.expected)
    }

    static let cases: [Case] = [
        Case(
            "a key that is not known",
            #"""
            name: w
            stpes: 1
            stages: [{name: s, steps: [{name: a, run: x}]}]
            """#,
            #"""
            f.yaml:2:1: error: unknown key "stpes" in the workflow; did you mean "stages"?
            """#),
        Case(
            "keys as other tools call them",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    depends_on: [a]
                    timeout-minutes: 5
                    with_items: [1]
            """#,
            #"""
            f.yaml:7:9: error: unknown key "depends_on" in step "first"; the key is called "needs" here
            f.yaml:8:9: error: unknown key "timeout-minutes" in step "first"; the key is called "timeout" here
            f.yaml:9:9: error: unknown key "with_items" in step "first"; the key is called "foreach" here
            """#),
        Case(
            "equal keys",
            #"""
            name: w
            name: v
            stages: [{name: s, steps: [{name: a, run: x, run: y}]}]
            """#,
            #"""
            f.yaml:2:1: error: the key "name" stands a second time in this mapping; the first is in line 1
            f.yaml:3:46: error: the key "run" stands a second time in this mapping; the first is in line 3
            f.yaml:3:51: warning: readers of YAML 1.1 take y for the boolean true; this file is read as \#
            YAML 1.2; put it in quotes if you mean text
            """#),
        Case(
            "an empty mapping",
            #"""
            {}
            """#,
            #"""
            f.yaml:1:1: error: the workflow has no name; add name: my-workflow
            f.yaml:1:1: error: the workflow has no stages; write stages: [{name: planning, steps: […]}]
            """#),
        Case(
            "an empty file",
            #"""

            """#,
            #"""
            f.yaml:1:1: error: the file is empty; a definition has at least a name and stages
            """#),
        Case(
            "a file of comments",
            #"""
            # x
            """#,
            #"""
            f.yaml:1:1: error: the file is empty; a definition has at least a name and stages
            """#),
        Case(
            "a list",
            #"""
            - a
            """#,
            #"""
            f.yaml:1:1: error: the workflow must be a mapping, not a list; its keys are name, description, \#
            include, params, env, secrets, defaults, max_parallel, concurrency, stages, on_exit
            """#),
        Case(
            "a word",
            #"""
            hello
            """#,
            #"""
            f.yaml:1:1: error: the workflow must be a mapping, not the text "hello"; its keys are name, \#
            description, include, params, env, secrets, defaults, max_parallel, concurrency, stages, on_exit
            """#),
        Case(
            "steps without stages",
            #"""
            name: w
            steps:
              - {name: a, run: x}
            """#,
            #"""
            f.yaml:1:1: error: the workflow has no stages; steps stand in stages: write stages: [{name: \#
            planning, steps: […]}] around them
            """#),
        Case(
            "no stages in the list",
            #"""
            name: w
            stages: []
            """#,
            #"""
            f.yaml:2:9: error: "stages" is empty; a workflow has at least one stage
            """#),
        Case(
            "stages without steps",
            #"""
            name: w
            stages:
              - name: a
              - name: b
                steps: []
              - steps: 3
              - x
            """#,
            #"""
            f.yaml:3:5: error: stage "a" has no steps; add steps: […]
            f.yaml:5:12: error: stage "b" has no steps; add a step or leave the stage out
            f.yaml:6:5: error: stage 3 has no name; every step and stage has a name
            f.yaml:6:12: error: "steps" of stage 3 must be a list of steps, not the number 3
            f.yaml:7:5: error: stage 4 must be a mapping, not the text "x"; its keys are name, description, \#
            env, steps, on_failure
            """#),
        Case(
            "names that are none",
            #"""
            name: My Flow
            stages:
              - name: 1a
                steps: [{name: 'a b', run: x}, {run: x}, {name: 5, run: x}]
              - {name: complete, steps: [{name: q, run: x}]}
            """#,
            #"""
            f.yaml:1:7: error: the name of a workflow has small letters, digits and "-", and begins with a \#
            letter (128 at most), not "My Flow"; write my-flow
            f.yaml:3:11: error: a name has letters, digits, "_" and "-", and begins with a letter or "_" \#
            (128 at most), not "1a"
            f.yaml:4:20: error: a name has letters, digits, "_" and "-", and begins with a letter or "_" \#
            (128 at most), not "a b"
            f.yaml:4:36: error: step 2 has no name; every step and stage has a name
            f.yaml:4:53: error: the name of step 3 must be text, not the number 5; put it in quotes
            f.yaml:5:12: error: no stage can be called "complete": that is the stage of a completed run
            """#),
        Case(
            "equal names",
            #"""
            name: w
            stages:
              - {name: a, steps: [{name: x, run: x}]}
              - {name: a, steps: [{name: x, run: x}]}
            on_exit: [{name: x, run: x}]
            """#,
            #"""
            f.yaml:4:12: error: a second stage is called "a"; the first is in line 3
            f.yaml:4:30: error: a second step is called "x"; the first is in line 3; names are unique in \#
            the whole definition
            f.yaml:5:18: error: a second step is called "x"; the first is in line 3; names are unique in \#
            the whole definition
            """#),
        Case(
            "needs that are not met",
            #"""
            name: w
            stages:
              - name: a
                steps: [{name: one, run: x}, {name: two, run: x, needs: [oen, two, one, one]}, {name: \#
            three, run: x, needs: one}]
              - {name: b, steps: [{name: four, run: x, needs: [one]}, {name: five, run: x, needs: }]}
            """#,
            #"""
            f.yaml:4:62: error: step "two" needs "oen", and there is no such step; did you mean "one"?
            f.yaml:4:67: error: step "two" needs itself
            f.yaml:4:77: error: "needs" of step "two" names "one" twice
            f.yaml:4:113: error: "needs" of step "three" must be a list of steps' names, not the text \#
            "one"; write needs: [one]
            f.yaml:5:52: error: step "four" cannot need "one", which is in stage 1: needs names steps of \#
            the same list; stages follow each other, so leave it out
            f.yaml:5:87: error: "needs" of step "five" must be a list of steps' names, not nothing; write \#
            needs: [] to start at once
            """#),
        Case(
            "steps that wait for each other",
            #"""
            name: w
            stages:
              - name: a
                steps: [{name: one, run: x, needs: [three]}, {name: two, run: x}, {name: three, run: x}]
            """#,
            #"""
            f.yaml:4:20: error: steps wait for each other in a circle: one → three → two → one; take one of \#
            these out of needs
            """#),
        Case(
            "a step that does two things",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    uses: sleep
            """#,
            #"""
            f.yaml:7:9: error: step "first" has run and uses: a step does one thing; make two steps of it
            """#),
        Case(
            "a step that does nothing",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    env: {A: b}
            """#,
            #"""
            f.yaml:5:9: error: step "first" does nothing; give it one of run, uses and steps
            """#),
        Case(
            "an executor that is not known",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    uses: slep
                    with: {for: 1s}
            """#,
            #"""
            f.yaml:6:15: error: step "first" uses "slep", and there is no such executor; did you mean "sleep"?
            """#),
        Case(
            "an executor of a later version",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    uses: debate
                    with: {rounds: 1}
            """#,
            #"""
            f.yaml:6:15: error: uses: debate is not supported by this version of workflow
            """#),
        Case(
            "an executor for what run does",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    uses: shell
            """#,
            #"""
            f.yaml:6:15: error: there is no executor "shell"; a shell script is written with run
            """#),
        Case(
            "keys beside a sleep",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    uses: sleep
                    with: {for: 10, until: x}
                    shell: sh
                    retry: {limit: 1}
            """#,
            #"""
            f.yaml:7:25: error: "with" of step "first" has for and until; keep one of them
            f.yaml:8:9: error: "shell" means nothing in step "first", which only sleeps; leave it out
            f.yaml:9:9: warning: "retry" means nothing in step "first", which only sleeps; leave it out
            """#),
        Case(
            "safety that is switched off",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
            auto_merge: true
            skip_review: true
            security: {enabled: false}
            guardrails: off
            """#,
            #"""
            f.yaml:7:1: error: auto_merge: true would merge work that nobody has approved; leave it out, \#
            and let a review or an approval step come before the merge
            f.yaml:8:1: error: skip_review: true would let unreviewed work through; leave it out; revise: \#
            {limit: n} bounds the rounds of a review
            f.yaml:9:1: error: security cannot be switched off; leave it out; set a single guardrail to \#
            action: warn where it must not stop a run
            f.yaml:10:1: error: guardrails cannot be switched off; leave it out; set a single guardrail to \#
            action: warn where it must not stop a run
            f.yaml:10:13: warning: readers of YAML 1.1 take off for the boolean false; this file is read as \#
            YAML 1.2; put it in quotes if you mean text
            """#),
        Case(
            "keys of later versions",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
            auto_merge: false
            guardrails: []
            agents: {}
            include: [a.yaml]
            """#,
            #"""
            f.yaml:7:1: error: unknown key "auto_merge" in the workflow; the keys are name, description, \#
            include, params, env, secrets, defaults, max_parallel, concurrency, stages, on_exit
            f.yaml:8:1: error: "guardrails" is not supported by this version of workflow
            f.yaml:9:1: error: "agents" is not supported by this version of workflow
            f.yaml:10:11: error: nothing can be included here
            """#),
        Case(
            "returns to stages",
            #"""
            name: w
            stages:
              - {name: a, steps: [{name: x, run: x}]}
              - name: b
                on_failure: {return_to: c, limit: 0}
                steps: [{name: y, run: x}]
              - name: c
                on_failure: {return_to: aa}
                steps: [{name: z, run: x}]
              - name: d
                on_failure: {return: a, limit: infinite}
                steps: [{name: zz, run: x}]
            """#,
            #"""
            f.yaml:5:29: error: "on_failure" of stage "b" cannot return to "c": it is no stage up to this \#
            one; the stages are a, b
            f.yaml:5:39: error: "limit" of "on_failure" of stage "b" must be from 1 to 100, not 0
            f.yaml:8:17: error: "on_failure" of stage "c" has no limit; add limit: a number from 1 to 100
            f.yaml:8:29: error: "on_failure" of stage "c" cannot return to "aa": it is no stage up to this \#
            one; did you mean "a"?
            f.yaml:11:17: error: "on_failure" of stage "d" has no return_to; name an earlier stage
            f.yaml:11:18: error: unknown key "return" in "on_failure" of stage "d"; did you mean "return_to"?
            f.yaml:11:36: error: "on_failure" of stage "d" cannot be unlimited (infinite): a run that never \#
            ends hides its failure; write a number from 1 to 100
            """#),
    ]
}
