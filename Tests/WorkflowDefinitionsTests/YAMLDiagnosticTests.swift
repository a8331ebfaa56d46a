import Testing

@Suite("Diagnostics: YAML")
struct YAMLDiagnosticTests {
    @Test("each text gives exactly these problems", arguments: Self.cases)
    func problems(_ sample: Case) {
        #expect(Loading.texts(sample.yaml) == sample.expected)
    }

    static let cases: [Case] = [
        Case(
            "merge keys",
            #"""
            name: w
            base: &b {timeout: 1s}
            defaults:
              <<: *b
            stages: [{name: s, steps: [{name: first, run: x}]}]
            """#,
            #"""
            f.yaml:2:1: error: unknown key "base" in the workflow; the keys are name, description, include, params, \#
            env, secrets, defaults, max_parallel, concurrency, stages, on_exit
            f.yaml:4:3: error: merge keys are not part of YAML 1.2; write the keys out, or put them under \#
            "defaults"
            """#),
        Case(
            "aliases",
            #"""
            name: w
            env: &e {A: x}
            stages: [{name: s, env: *e, steps: [{name: first, run: x, env: *e}]}]
            """#),
        Case(
            "an alias of nothing",
            #"""
            name: w
            env: *x
            stages: [{name: s, steps: [{name: first, run: x}]}]
            """#,
            #"""
            f.yaml:2:6: error: the alias *x names no anchor that ends before it; a text that \#
            begins with * stands in quotes, or below |
            """#),
        Case(
            "an alias of itself",
            #"""
            name: w
            env: &x {A: *x}
            stages: [{name: s, steps: [{name: first, run: x}]}]
            """#,
            #"""
            f.yaml:2:13: error: the alias *x names no anchor that ends before it; a text that \#
            begins with * stands in quotes, or below |
            """#),
        Case(
            "two documents",
            #"""
            name: w
            stages: [{name: s, steps: [{name: first, run: x}]}]
            ---
            name: v
            """#,
            #"""
            f.yaml:3:1: error: the file has a second document ("---"); one file holds one definition
            """#),
        Case(
            "tags",
            #"""
            name: !foo w
            env: !!map {A: !!str 5, B: !!int x}
            max_parallel: !!int 4
            stages: [{name: s, steps: [{name: first, run: x}]}]
            """#,
            #"""
            f.yaml:1:7: error: the tag "!foo" does not fit here; leave it out; only the types of YAML's \#
            core schema are known
            f.yaml:2:28: error: the tag "tag:yaml.org,2002:int" does not fit here; leave it out; only the \#
            types of YAML's core schema are known
            """#),
        Case(
            "a set",
            #"""
            name: w
            env: !!set {A}
            stages: [{name: s, steps: [{name: first, run: x}]}]
            """#,
            #"""
            f.yaml:2:6: error: the tag "tag:yaml.org,2002:set" does not fit here; leave it out; only the \#
            types of YAML's core schema are known
            """#),
        Case(
            "tabs",
            #"""
            name: w
            stages:
            	- name: s
            """#,
            #"""
            f.yaml:3:1: error: a tab cannot indent YAML; indent with spaces
            """#),
        Case(
            "a list without an end",
            #"""
            name: w
            stages: [
            """#,
            #"""
            f.yaml:3:1: error: not valid YAML: did not find expected node content while parsing a flow node
            """#),
        Case(
            "a colon too many",
            #"""
            name: w: x
            """#,
            #"""
            f.yaml:1:8: error: not valid YAML: mapping values are not allowed in this context; a colon and \#
            a space make a mapping of it in YAML: put the whole text in quotes
            """#),
        Case(
            "an expression without quotes in a flow mapping",
            #"""
            name: w
            env: {A: ${{ params.x }}}
            stages: [{name: s, steps: [{name: first, run: x}]}]
            """#,
            #"""
            f.yaml:2:11: error: not valid YAML: did not find expected ',' or '}' while parsing a flow \#
            mapping; put a value with ${{ … }} in quotes
            """#),
        Case(
            "braces as in other languages",
            #"""
            name: w
            env: {A: {{ params.x }}}
            stages: [{name: s, steps: [{name: first, run: x}]}]
            """#,
            #"""
            f.yaml:2:10: error: A in "env" of the workflow must be text, not a mapping; a text that \#
            begins with { stands in quotes, or below |
            f.yaml:2:11: error: a key must be text, not a mapping; an expression is written "${{ … }}", in \#
            quotes
            """#),
        Case(
            "an anchor that is set anew",
            #"""
            name: &a w
            description: &a v
            env: {A: *a}
            stages: [{name: s, steps: [{name: first, run: x}]}]
            """#),
        Case(
            "scalars that YAML 1.1 read otherwise",
            #"""
            name: w
            params: {a: {type: boolean, default: yes}, b: {type: integer, default: 0777}, c: {default: \#
            12:30}, d: {default: 1_000}, e: {default: 2026-01-01}, f: {type: number, default: 1e3}, g: \#
            {type: integer, default: 0o17}, h: {default: NO}, i: {default: 0b11}, j: {default: =}}
            env: {A: no, B: 0777, C: 12:30, D: 1_000, E: 1.10, F: 'no', G: 190:20:30.15}
            stages: [{name: s, steps: [{name: first, run: x}]}]
            """#,
            #"""
            f.yaml:2:38: warning: readers of YAML 1.1 take yes for the boolean true; this file is read as \#
            YAML 1.2; put it in quotes if you mean text
            f.yaml:2:38: error: the default of parameter "a" must be a boolean, not "yes"
            f.yaml:2:72: warning: readers of YAML 1.1 take 0777 for a number in base 8; this file is read \#
            as YAML 1.2; put it in quotes if you mean text
            f.yaml:2:92: warning: readers of YAML 1.1 take 12:30 for a number in base 60; this file is read \#
            as YAML 1.2; put it in quotes if you mean text
            f.yaml:2:113: warning: readers of YAML 1.1 take 1_000 for the number 1000; this file is read as \#
            YAML 1.2; put it in quotes if you mean text
            f.yaml:2:134: warning: readers of YAML 1.1 take 2026-01-01 for a timestamp; this file is read \#
            as YAML 1.2; put it in quotes if you mean text
            f.yaml:2:174: warning: readers of YAML 1.1 take 1e3 for text; this file is read as YAML 1.2; \#
            put it in quotes if you mean text
            f.yaml:2:208: warning: readers of YAML 1.1 take 0o17 for text; this file is read as YAML 1.2; \#
            put it in quotes if you mean text
            f.yaml:2:228: warning: readers of YAML 1.1 take NO for the boolean false; this file is read as \#
            YAML 1.2; put it in quotes if you mean text
            f.yaml:2:246: warning: readers of YAML 1.1 take 0b11 for a number in base 2; this file is read \#
            as YAML 1.2; put it in quotes if you mean text
            f.yaml:2:266: warning: readers of YAML 1.1 take = for a default value; this file is read as \#
            YAML 1.2; put it in quotes if you mean text
            f.yaml:3:10: warning: readers of YAML 1.1 take no for the boolean false; this file is read as \#
            YAML 1.2; put it in quotes if you mean text
            f.yaml:3:17: warning: readers of YAML 1.1 take 0777 for a number in base 8; this file is read \#
            as YAML 1.2; put it in quotes if you mean text
            f.yaml:3:26: warning: readers of YAML 1.1 take 12:30 for a number in base 60; this file is read \#
            as YAML 1.2; put it in quotes if you mean text
            f.yaml:3:36: warning: readers of YAML 1.1 take 1_000 for the number 1000; this file is read as \#
            YAML 1.2; put it in quotes if you mean text
            f.yaml:3:64: warning: readers of YAML 1.1 take 190:20:30.15 for a number in base 60; this file \#
            is read as YAML 1.2; put it in quotes if you mean text
            """#),
        Case(
            "keys that are not text",
            #"""
            name: w
            ? [a]
            : b
            1: x
            ~: y
            true: z
            stages: [{name: s, steps: [{name: first, run: x}]}]
            """#,
            #"""
            f.yaml:2:3: error: a key must be text, not a list
            f.yaml:4:1: error: unknown key "1" in the workflow; the keys are name, description, include, params, \#
            env, secrets, defaults, max_parallel, concurrency, stages, on_exit
            f.yaml:5:1: error: unknown key "~" in the workflow; the keys are name, description, include, params, \#
            env, secrets, defaults, max_parallel, concurrency, stages, on_exit
            f.yaml:5:4: warning: readers of YAML 1.1 take y for the boolean true; this file is read as YAML \#
            1.2; put it in quotes if you mean text
            f.yaml:6:1: error: unknown key "true" in the workflow; the keys are name, description, include, params, \#
            env, secrets, defaults, max_parallel, concurrency, stages, on_exit
            """#),
        Case(
            "columns are scalars",
            #"""
            name: w
            env: {Ä: x, A: "äöü😀 ${{ params.x }}"}
            stages: [{name: s, steps: [{name: first, run: x}]}]
            """#,
            #"""
            f.yaml:2:7: error: a variable's name has letters, digits and "_", and does not begin with a \#
            digit, not "Ä"
            f.yaml:2:26: error: there is no parameter "x"; declare it under params
            """#),
        Case(
            "places in folded and quoted scalars",
            #"""
            name: w
            stages:
            - name: s
              steps:
              - name: a
                run: >-
                  echo ä
                  "${{ params.x }}"
              - name: b
                run: "echo \"${{ params.x }}\" ${{ params.y }}"
              - name: c
                run: 'echo ''${{ params.x }}'' $${{ ${{ params.y }}'
              - name: d
                if: |
                  params.x
                run: x
            """#,
            #"""
            f.yaml:8:12: error: there is no parameter "x"; declare it under params
            f.yaml:10:22: error: there is no parameter "x"; declare it under params
            f.yaml:10:36: warning: ${{ params.y }} is not quoted, so the shell splits its value and expands \#
            patterns in it; write "${{ params.y }}"
            f.yaml:10:40: error: there is no parameter "y"; declare it under params
            f.yaml:12:18: error: ${{ params.x }} stands in single quotes, where the shell does not expand \#
            it; write it in double quotes, or end the single ones before it: '…'"${{ params.x }}"'…'
            f.yaml:12:22: error: there is no parameter "x"; declare it under params
            f.yaml:12:41: warning: ${{ params.y }} is not quoted, so the shell splits its value and expands \#
            patterns in it; write "${{ params.y }}"
            f.yaml:12:45: error: there is no parameter "y"; declare it under params
            f.yaml:14:9: error: there is no parameter "x"; declare it under params
            """#),
        Case(
            "numbers that JSON cannot hold",
            #"""
            name: w
            max_parallel: .nan
            params: {a: {type: number, default: -.inf}}
            stages: [{name: s, steps: [{name: first, run: x}]}]
            """#,
            #"""
            f.yaml:2:15: error: "max_parallel" must be a whole number from 1 to 10000, not the number .nan
            f.yaml:3:37: error: "default" of parameter "a" holds -.inf, which is beyond the range of exact \#
            numbers; put it in quotes if it is text
            """#),
    ]
}
