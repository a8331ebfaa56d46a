import Testing

@Suite("Diagnostics: expressions and what they name")
struct ReferenceDiagnosticTests {
    @Test("each text gives exactly these problems", arguments: Self.cases)
    func problems(_ sample: Case) {
        #expect(Loading.texts(sample.yaml) == sample.expected)
    }

    static let cases: [Case] = [
        Case(
            "variables that are none",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: echo "${{ parms.n }} ${{ n }} ${{ first }} ${{ REGION }} ${{ zzz }} ${{ zz.y }}"
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:6:24: error: there is no variable "parms"; did you mean "params"?
            f.yaml:6:39: error: there is no variable "n"; did you mean "params.n"?
            f.yaml:6:48: error: there is no variable "first"; did you mean "steps.first"?
            f.yaml:6:61: error: there is no variable "REGION"; did you mean "env.REGION"?
            f.yaml:6:75: error: there is no variable "zzz"; text stands in quotes: 'zzz'
            f.yaml:6:86: error: there is no variable "zz"; the variables are params, env, steps, stages, \#
            run, attempt, secrets
            """#),
        Case(
            "parameters that are not declared",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: echo "${{ params.m }} ${{ params.my-p }} ${{ params['my-p'] }} ${{ params['x'] }}"
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:6:24: error: there is no parameter "m"; declare it under params
            f.yaml:6:40: error: params.my-p is read as a subtraction; write params["my-p"]
            f.yaml:6:81: error: there is no parameter "x"; declare it under params
            """#),
        Case(
            "variables of the environment",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: echo "${{ env.REGIN }} ${{ env.HOME }} ${{ env.TOK }} ${{ env.REGION }} ${{ \#
            toJSON(env) }}"
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:6:24: error: REGIN is not declared in an env that can be seen here; did you mean "REGION"?
            f.yaml:6:41: error: HOME is not declared in an env that can be seen here; write "$HOME" in the \#
            script if it is inherited
            f.yaml:6:57: error: env.TOK holds a secret, which cannot be used in run; write "$TOK" in the \#
            script
            f.yaml:6:97: error: env holds secrets here, so it can be used in run by single names only
            """#),
        Case(
            "secrets where they must not be",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: echo "${{ secrets.token }}"
                    env: {A: "${{ secrets.tokn }}", B: "${{ secrets.token }}", C: "${{ env.TOK }}"}
                    if: secrets.token != ""
                    verify: echo "${{ env.C }}"
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:6:24: error: a secret cannot be used in run; put it in env and write "$NAME" in the script
            f.yaml:7:23: error: there is no secret "tokn"; did you mean "token"?
            f.yaml:8:13: error: a secret cannot be used in if; secrets belong in env, for scripts to read
            f.yaml:9:27: error: env.C holds a secret, which cannot be used in verify; write "$C" in the script
            """#),
        Case(
            "fields of the run and of stages",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: echo "${{ run.id }} ${{ run.nam }} ${{ stages.s.status }} ${{ stages.t.status }} \#
            ${{ stages.s.state }} ${{ attempt }}"
                    if: attempt == 1
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:6:38: error: a run has id, local_id, name, status, started_at, and no "nam"; did you mean "name"?
            f.yaml:6:76: error: there is no stage "t"
            f.yaml:6:99: error: a stage has a status, and no "state"; write stages.s.status
            f.yaml:7:13: error: attempt is known while a step is attempted only, not in if
            """#),
        Case(
            "a step and its own outputs",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: echo "${{ steps.first.outputs.a }}"
                    verify: echo "${{ steps.first.outputs.a }}"
                    probe: echo "${{ steps.first.status }}"
                    undo: echo "${{ steps.first.output.a }}"
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:6:24: error: step "first" cannot use itself in run: it has not finished
            f.yaml:9:9: warning: "undo" of step "first" is checked and kept, and nothing runs it: this version has no \#
            rollback; write the way back as a workflow of its own, and run that when it is needed
            f.yaml:9:25: error: a step has outputs and status, and no "output"; did you mean "outputs"?
            """#),
        Case(
            "steps that have not finished",
            #"""
            name: w
            stages:
              - name: a
                steps:
                  - {name: one, run: 'echo "${{ steps.two.outputs.x }} ${{ steps.five.outputs.x }}"'}
                  - {name: two, needs: [], run: 'echo "${{ steps.one.outputs.x }}"'}
                  - {name: three, needs: [one], run: 'echo "${{ steps.one.status }} ${{ steps.two.status }} \#
            ${{ steps.on.status }} ${{ steps.one.vpc }} ${{ steps.one }}"'}
                  - {name: a-b, run: x}
                  - {name: four, run: 'echo "${{ steps.a-b.outputs.x }} ${{ steps["a-b"].outputs.x }} ${{ \#
            toJSON(steps) }}"'}
              - name: b
                env: {A: "${{ steps.one.outputs.x }}", B: "${{ steps.five.outputs.x }}"}
                steps:
                  - {name: five, outputs: {x: string}, run: 'echo "${{ steps.one.outputs.x }}"'}
                  - {name: six, run: 'echo "${{ steps.five.outputs.x }} ${{ steps.five.outputs.xx }}"'}
            env: {C: "${{ steps.one.outputs.x }}"}
            on_exit:
              - {name: e1, run: 'echo "${{ steps.one.outputs.x }} ${{ steps.e2.status }} ${{ toJSON(steps) \#
            }}"'}
              - {name: e2, run: 'echo "${{ steps.e1.status }}"'}
            """#,
            #"""
            f.yaml:5:37: error: step "two" may not have finished when "one" begins; add it to needs
            f.yaml:5:64: error: step "five" begins after "one", so it has neither outputs nor a status here
            f.yaml:6:48: error: step "one" may not have finished when "two" begins; add it to needs
            f.yaml:7:77: error: step "two" may not have finished when "three" begins; add it to needs
            f.yaml:7:101: error: there is no step "on"; did you mean "one"?
            f.yaml:7:124: error: a step has outputs and status, and no "vpc"; did you mean \#
            "steps.one.outputs.vpc"?
            f.yaml:9:38: error: steps.a-b is read as a subtraction; write steps["a-b"]
            f.yaml:9:102: error: steps cannot be looked at as a whole here: most have not finished; name \#
            the step
            f.yaml:11:52: error: step "five" has not finished when this stage begins; use it in the env of \#
            a step that comes after it
            f.yaml:14:65: warning: step "five" declares its outputs, and "xx" is none of them; did you mean \#
            "x"?
            f.yaml:15:15: error: step "one" cannot be used in what belongs to the whole workflow; use it in \#
            the env of a step that comes after it
            f.yaml:17:59: error: step "e2" begins after "e1", so it has neither outputs nor a status here
            """#),
        Case(
            "functions that are none, or not here",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: echo "${{ sise('x') }} ${{ success() }} ${{ 'a'.startWith('b') }} ${{ math.abs(-1) \#
            }} ${{ [1].map(x, x + 1) }} ${{ 'a'.upper() }}"
                    if: failed() || failure()
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:6:24: error: there is no function "sise"; did you mean "size"?
            f.yaml:6:41: error: success() can be asked in "if" only, not in run; look at run.status or at \#
            the status of a step
            f.yaml:6:62: error: there is no method "startWith"; did you mean "startsWith"?
            f.yaml:6:133: error: there is no method "upper"
            f.yaml:7:13: warning: "if" of step "first" cannot see a failure: nothing runs before it; put it behind \#
            the steps that it reacts to, or into on_exit
            f.yaml:7:13: error: there is no function "failed"
            """#),
        Case(
            "declarations of parameters",
            #"""
            name: w
            params:
              a: {type: strng}
              b: {type: integer, default: x}
              c: {type: integer, min: 5, max: 1, default: 3}
              d: {type: string, pattern: "(", default: x}
              e: {type: string, pattern: "^a+$", default: b}
              f: {enum: [a, b], default: bb}
              g: {type: integer, enum: [1, x, 1]}
              h: {type: boolean, min: 1, pattern: x}
              i: {required: true, default: x}
              j: {type: number, max: 2.5, default: 3}
              k: {default: 5}
              l: x
              "1m": {}
              n: {enum: []}
              o: {type: integer, default: 3.0}
              p: {type: integer, default: 99999999999999999999}
            stages: [{name: s, steps: [{name: first, run: x}]}]
            """#,
            #"""
            f.yaml:3:13: error: the type of parameter "a" must be one of string, integer, number, boolean, \#
            array, object, not "strng"; did you mean "string"?
            f.yaml:4:31: error: the default of parameter "b" must be an integer, not "x"
            f.yaml:5:27: error: the min of parameter "c" is above its max: nothing would be allowed
            f.yaml:5:47: error: the default of parameter "c" must be at most 1, not 3
            f.yaml:6:30: error: the pattern of parameter "d" is not RE2 syntax: the regular expression '(' \#
            is invalid: a group has no ')'
            f.yaml:7:47: error: the default of parameter "e" must match ^a+$, and "b" does not
            f.yaml:8:30: error: the default of parameter "f" must be one of "a", "b", not "bb"; did you \#
            mean "b"?
            f.yaml:9:32: error: a value in the enum of parameter "g" must be an integer, not "x"
            f.yaml:9:35: error: the enum of parameter "g" has this value twice
            f.yaml:10:27: error: "min" is for numbers; parameter "h" is of type boolean
            f.yaml:10:39: error: "pattern" is for strings; parameter "h" is of type boolean
            f.yaml:11:32: warning: parameter "i" is required, so its default is never used; leave one of \#
            the two out
            f.yaml:12:40: error: the default of parameter "j" must be at most 2.5, not 3
            f.yaml:13:16: error: the default of parameter "k" must be a string, not 5; put it in quotes
            f.yaml:14:6: error: parameter "l" must be a mapping, not the text "x"; its keys are type, \#
            description, required, default, enum, pattern, min, max
            f.yaml:15:3: error: a parameter's name has letters, digits, "_" and "-", and begins with a \#
            letter or "_", not "1m"
            f.yaml:16:13: error: the enum of parameter "n" is empty: nothing would be allowed
            f.yaml:18:31: error: "default" of parameter "p" holds 99999999999999999999, which is beyond the \#
            range of exact numbers; put it in quotes if it is text
            """#),
        Case(
            "declarations of variables",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    env: {1A: x, WORKFLOW_RUN_ID: x, WORKFLOW_VALUE_1: x, A-B: c, L: [a], M: {a: b}}
            """#,
            #"""
            f.yaml:7:15: error: a variable's name has letters, digits and "_", and does not begin with a \#
            digit, not "1A"
            f.yaml:7:22: error: WORKFLOW_RUN_ID is set by the engine; env cannot set it; choose another name
            f.yaml:7:42: error: WORKFLOW_VALUE_1 is set by the engine; env cannot set it; choose another name
            f.yaml:7:63: error: a variable's name has letters, digits and "_", and does not begin with a \#
            digit, not "A-B"
            f.yaml:7:74: error: L in "env" of step "first" must be text, not a list; a text that begins with \#
            [ stands in quotes, or below |
            f.yaml:7:82: error: M in "env" of step "first" must be text, not a mapping; a text that begins \#
            with { stands in quotes, or below |
            """#),
        Case(
            "declarations of secrets",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
            secrets:
              a: {}
              b: {env: X, file: y}
              c: {env: 'a b'}
              d: {file: '${{ params.x }}'}
              e: {vault: x}
              f: x
            """#,
            #"""
            f.yaml:8:6: error: secret "a" needs one of env, file and command; write a: {env: NAME}
            f.yaml:9:6: error: secret "b" needs one of env, file and command; write b: {env: NAME}
            f.yaml:9:21: warning: readers of YAML 1.1 take y for the boolean true; this file is read as \#
            YAML 1.2; put it in quotes if you mean text
            f.yaml:10:12: error: "env" of secret "c" must name an environment variable, not "a b"
            f.yaml:11:13: error: expressions are not evaluated in secrets; write the source out
            f.yaml:12:6: error: secret "e" needs one of env, file and command; write e: {env: NAME}
            f.yaml:12:7: error: unknown key "vault" in secret "e"; the keys are env, file, command
            f.yaml:13:6: error: secret "f" must be a mapping, not the text "x"; its keys are env, file, \#
            command
            """#),
        Case(
            "an expression for a shell that is not known",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: print("${{ params.s }}")
                    shell: python3
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:6:21: error: "run" of step "first" is for python3, whose quoting is not known, so it \#
            cannot hold expressions; put the value in env, and read the variable in the script
            """#),
        Case(
            "a shell with half a quote",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    shell: "bash 'x"
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:7:16: error: "shell" of step "first" has a quote that does not end; write it as a list \#
            of words
            """#),
        Case(
            "a shell with a placeholder",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    shell: bash {0}
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:7:16: error: "shell" of step "first" has a placeholder in it; the script's file is \#
            appended to the words
            """#),
        Case(
            "steps of a group and the group",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    steps: [{name: in1, run: 'echo "${{ steps.first.status }}"'}, {name: in2, run: 'echo \#
            "${{ steps.in1.status }} ${{ item }}"'}]
                    foreach: {items: [1, 2]}
                    timeout: 5m
                    repeat: {until: "steps.in2.status == 'success'", limit: 3}
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:6:45: error: step "in1" stands in "first", which has not finished in run
            f.yaml:8:9: error: "timeout" means nothing in step "first", which is a group of steps; set it \#
            on the steps inside
            """#),
        Case(
            "keys of foreach",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: echo "${{ x }}"
                    foreach: {items: "params.s", as: steps, key: x.y, maxparallel: 3}
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:6:24: error: there is no variable "x"; text stands in quotes: 'x'
            f.yaml:7:26: error: the items of "foreach" of step "first" must be a list or an expression, not \#
            the text "params.s"; write items: "${{ params.s }}"
            f.yaml:7:42: error: "steps" cannot be the variable of "foreach" of step "first": it must be a \#
            free name of letters, digits and "_"
            f.yaml:7:54: error: there is no variable "x"; the variables are params, env, steps, stages, \#
            run, attempt, secrets, steps
            f.yaml:7:59: error: unknown key "maxparallel" in "foreach" of step "first"; did you mean \#
            "max_parallel"?
            """#),
        Case(
            "items that are a text; a condition may name the item",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: echo "${{ x }}"
                    if: x == 1
                    foreach: {items: "a ${{ params.s }}", as: x, key: x.y}
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:8:26: error: the items of "foreach" of step "first" must be one expression, not a text \#
            with expressions in it
            """#),
        Case(
            "an approval",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    uses: approval
                    timeout: 5m
                    with: {prompt: "${{ secrets.token }}", approvers: [], on_timeout: skp}
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:7:9: error: "timeout" means nothing in step "first", which only waits for an approval; \#
            write it in with: {timeout: …}
            f.yaml:8:29: error: a secret cannot be used in with of approval; secrets belong in env, for \#
            scripts to read
            f.yaml:8:59: error: the approvers of "with" of step "first" are empty: nobody could approve; \#
            leave the key out to let anybody approve
            f.yaml:8:75: error: "on_timeout" of "with" of step "first" must be one of fail, skip, not \#
            "skp"; did you mean "skip"?
            """#),
        Case(
            "declarations of outputs",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    outputs: {a: string, b: {type: int}, c: {}, "d e": string, f: [x]}
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:7:40: error: the type of output "b" of step "first" must be one of string, integer, \#
            number, boolean, array, object, not "int"
            f.yaml:7:49: error: output "c" of step "first" has no type
            f.yaml:7:53: error: an output's name has letters, digits, "_" and "-", not "d e"
            f.yaml:7:71: error: the type of output "f" of step "first" must be one of string, integer, \#
            number, boolean, array, object, not a list
            """#),
    ]
}
