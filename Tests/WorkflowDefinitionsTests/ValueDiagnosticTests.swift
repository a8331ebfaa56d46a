import Testing

@Suite("Diagnostics: values")
struct ValueDiagnosticTests {
    @Test("each text gives exactly these problems", arguments: Self.cases)
    func problems(_ sample: Case) {
        #expect(Loading.texts(sample.yaml) == sample.expected)
    }

    static let cases: [Case] = [
        Case(
            "booleans that YAML 1.1 knew",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    continue_on_error: yes
                    idempotent: 'off'
            """#,
            #"""
            f.yaml:7:28: warning: readers of YAML 1.1 take yes for the boolean true; this file is read as \#
            YAML 1.2; put it in quotes if you mean text
            f.yaml:7:28: error: "continue_on_error" of step "first" must be true or false, not the text \#
            "yes"; write true
            f.yaml:8:21: error: "idempotent" of step "first" must be true or false, not the text "off"; \#
            write false
            """#),
        Case(
            "problems that are told in the order of the file",
            #"""
            zzz: 1
            name: W
            stages:
              - {name: s, steps: [{name: a, run: 'x ${{ params.q }}', timeout: 5}]}
            yyy: 2
            """#,
            #"""
            f.yaml:1:1: error: unknown key "zzz" in the workflow; the keys are name, description, include, params, \#
            env, secrets, defaults, max_parallel, concurrency, stages, on_exit
            f.yaml:2:7: error: the name of a workflow has small letters, digits and "-", and begins with a \#
            letter (128 at most), not "W"; write w
            f.yaml:4:41: warning: ${{ params.q }} is not quoted, so the shell splits its value and expands \#
            patterns in it; write "${{ params.q }}"
            f.yaml:4:45: error: there is no parameter "q"; declare it under params
            f.yaml:4:68: error: "timeout" of step "a" needs a unit; write 5s for seconds, 5m for minutes
            f.yaml:5:1: error: unknown key "yyy" in the workflow; the keys are name, description, include, params, \#
            env, secrets, defaults, max_parallel, concurrency, stages, on_exit
            """#),
        Case(
            "concurrency",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
            concurrency: {group: 'g-${{ steps.first.outputs.x }}', on_conflict: wait}
            """#,
            #"""
            f.yaml:7:29: error: step "first" cannot be used in what belongs to the whole workflow; use it \#
            in the env of a step that comes after it
            f.yaml:7:69: error: "on_conflict" must be one of queue, fail, not "wait"; write queue
            """#),
        Case(
            "concurrency without group",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
            concurrency: {}
            """#,
            #"""
            f.yaml:7:14: error: "concurrency" has no group
            """#),
        Case(
            "max_parallel",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
            max_parallel: 0
            """#,
            #"""
            f.yaml:7:15: error: "max_parallel" must be from 1 to 10000, not 0
            """#),
        Case(
            "locks",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    locks: db
                    lock_timeout: forever
            """#,
            #"""
            f.yaml:7:16: error: "locks" of step "first" must be a list of names, not the text "db"
            f.yaml:8:23: error: "lock_timeout" of step "first" cannot be unlimited (forever): a wait that \#
            never ends hides its failure; write a duration of at most 366d
            """#),
        Case(
            "pins",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    pin_env: [A, 'B C', 3]
            """#,
            #"""
            f.yaml:7:22: error: "B C" is no name of an environment variable
            f.yaml:7:29: error: a name in "pin_env" of step "first" must be text, not the number 3; put it \#
            in quotes
            """#),
        Case(
            "defaults",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
            defaults: {timeout: 0s, retry: infinite, env: {A: b}, on_doubt: guess, shell: ''}
            """#,
            #"""
            f.yaml:7:21: error: "timeout" of the defaults must be at least 1ms, not 0s
            f.yaml:7:32: error: "retry" of the defaults cannot be unlimited (infinite): a step that never \#
            gives up hides its failure; write retry: {limit: 5, delay: 10s}; a limit is at most 100
            f.yaml:7:42: error: unknown key "env" in "defaults"; the keys are timeout, kill_after, retry, \#
            on_doubt, idempotent, shell, working_directory, pin_env, lock_timeout
            f.yaml:7:65: error: "on_doubt" of the defaults must be one of retry, ask, fail, not "guess"
            f.yaml:7:79: error: "shell" of the defaults is empty; write shell: bash -euo pipefail
            """#),
        Case(
            "working directory",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    working_directory: 5
            """#,
            #"""
            f.yaml:7:28: error: "working_directory" of step "first" must be text, not the number 5; put it \#
            in quotes
            """#),
        Case(
            "a group without steps",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    steps: []
            """#,
            #"""
            f.yaml:6:16: error: step "first" has no steps in it
            """#),
        Case(
            "a step that is no mapping",
            #"""
            name: w
            stages: [{name: s, steps: [run]}]
            """#,
            #"""
            f.yaml:2:28: error: step 1 must be a mapping, not the text "run"; its keys are name, \#
            description, run, uses, with, steps, needs, if, foreach, repeat, retry, timeout, kill_after, \#
            on_doubt, idempotent, probe, verify, undo, outputs, env, shell, working_directory, \#
            continue_on_error, pin_env, locks, lock_timeout
            """#),
        Case(
            "sleep by expression",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    uses: sleep
                    with: {for: '${{ params.s }}'}
            """#,
            #"""
            f.yaml:7:26: error: there is no parameter "s"; declare it under params
            """#),
        Case(
            "signal",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    uses: signal
                    with: {name: '', timeout: unlimited}
            """#,
            #"""
            f.yaml:7:22: error: "name" of "with" of step "first" is empty
            f.yaml:7:35: error: "timeout" of "with" of step "first" cannot be unlimited (unlimited): a wait \#
            that never ends hides its failure; write a duration of at most 366d
            """#),
        Case(
            "retry by template",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    timeout: '${{ params.t }}'
            """#,
            #"""
            f.yaml:7:18: error: "timeout" of step "first" must be a duration, not "${{ \#
            params.t }}"; expressions are not evaluated here; write it out
            """#),
    ]
}
