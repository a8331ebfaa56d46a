import Testing

@Suite("Diagnostics: conditions and expressions of several lines")
struct ConditionDiagnosticTests {
    @Test("each text gives exactly these problems", arguments: Self.cases)
    func problems(_ sample: Case) {
        #expect(Loading.texts(sample.yaml) == sample.expected)
    }

    static let cases: [Case] = [
        Case(
            "a text as a condition",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    if: '"yes"' 
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:7:14: error: if must be true or false, and this is always a text; compare it with something
            """#),
        Case(
            "a condition of two expressions",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    if: "${{ params.b }} && ${{ params.n }}"
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:7:13: error: "if" of step "first" must be one expression, not a text with expressions in \#
            it; put all of it between one ${{ and }}, or leave the braces out
            """#),
        Case(
            "a condition that is half an expression",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    if: "${{ params.s }} == x"
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:7:13: error: "if" of step "first" must be one expression, not a text with expressions in \#
            it; put all of it between one ${{ and }}, or leave the braces out
            """#),
        Case(
            "a number as a condition",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    if: params.n
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:7:13: error: if must be true or false, and this is always a number; compare it with \#
            something
            """#),
        Case(
            "a word without quotes",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    if: params.s == production
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:7:25: error: there is no variable "production"; text stands in quotes: 'production'
            """#),
        Case(
            "and instead of &&",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    if: params.b and params.b
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:7:22: error: not a valid expression: unexpected 'and' behind the expression; write && \#
            for "and"
            """#),
        Case(
            "= instead of ==",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    if: params.b = true
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:7:22: error: not a valid expression: '=' is no operator; equality is '=='; write == to \#
            compare
            """#),
        Case(
            "a number of YAML as a condition",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    if: 3
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:7:13: error: "if" of step "first" must be an expression, not the number 3
            """#),
        Case(
            "no as a condition",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    if: no
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:7:13: warning: readers of YAML 1.1 take no for the boolean false; this file is read as \#
            YAML 1.2; put it in quotes if you mean text
            f.yaml:7:13: error: there is no variable "no"; text stands in quotes: 'no'
            """#),
        Case(
            "expressions without an end",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: echo "${{ params.n }" x
                    env: {A: "${{ 'a }}"}
                    verify: echo "${{ }}" "$${{ x }}"
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:6:20: error: "${{" has no "}}" behind it; close it, or write $${{ for the characters ${{
            f.yaml:7:23: error: not a valid expression: a string has no closing quote
            f.yaml:8:27: error: the expression is empty; write $${{ for the characters ${{
            """#),
        Case(
            "a script of several lines",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: |
                      echo a
                      echo "${{ params.n }}" '${{ params.s }}'
                      echo ${{ params.s }}
                      eval "${{
                        params.q }}"
            params: {n: {type: integer, default: 1}, s: {default: x}, b: {type: boolean, default: true}, \#
            my-p: {}}
            env: {REGION: eu, TOK: '${{ secrets.token }}'}
            secrets: {token: {env: T}}
            """#,
            #"""
            f.yaml:8:35: error: ${{ params.s }} stands in single quotes, where the shell does not expand \#
            it; write it in double quotes, or end the single ones before it: '…'"${{ params.s }}"'…'
            f.yaml:9:16: warning: ${{ params.s }} is not quoted, so the shell splits its value and expands \#
            patterns in it; write "${{ params.s }}"
            f.yaml:10:17: error: there is no parameter "q"; declare it under params
            f.yaml:10:17: error: ${{ params.q }} stands in eval, where the shell would run code that its \#
            value holds; put it in a variable first, v="${{ params.q }}", and write "$v" in single quotes here
            """#),
    ]
}
