import Testing

@Suite("Diagnostics: durations and limits")
struct LimitDiagnosticTests {
    @Test("each text gives exactly these problems", arguments: Self.cases)
    func problems(_ sample: Case) {
        #expect(Loading.texts(sample.yaml) == sample.expected)
    }

    static let cases: [Case] = [
        Case(
            "a sleep without a length",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    uses: sleep
            """#,
            #"""
            f.yaml:5:9: error: step "first" has no with; write with: {for: 10s}
            """#),
        Case(
            "a sleep without a unit",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    uses: sleep
                    with: {for: 10}
            """#,
            #"""
            f.yaml:7:21: error: "for" of "with" of step "first" needs a unit; write 10s for seconds, 10m \#
            for minutes
            """#),
        Case(
            "durations that are none",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    timeout: 1h30m
                    kill_after: ten
                    retry: {limit: 1, delay: '5 s', max_delay: 400d}
            """#,
            #"""
            f.yaml:7:18: error: "timeout" of step "first" must be a duration, not "1h30m"; \#
            write 90m
            f.yaml:8:21: error: "kill_after" of step "first" must be a duration, not "ten"; \#
            write one number and one unit, such as 500ms, 10s, 5m, 2h or 1d
            f.yaml:9:34: error: "delay" of "retry" of step "first" must be a duration, not \#
            "5 s"; write 5s
            f.yaml:9:52: error: "max_delay" of "retry" of step "first" must be a duration of at most 366d, \#
            not "400d"; 366d is the longest
            """#),
        Case(
            "a timeout of nothing",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    timeout: 0s
            """#,
            #"""
            f.yaml:7:18: error: "timeout" of step "first" must be at least 1ms, not 0s
            """#),
        Case(
            "a wait and a retry without end",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    timeout: infinite
                    retry: infinite
            """#,
            #"""
            f.yaml:7:18: error: "timeout" of step "first" cannot be unlimited (infinite): a wait that never \#
            ends hides its failure; write a duration of at most 366d
            f.yaml:8:16: error: "retry" of step "first" cannot be unlimited (infinite): a step that never \#
            gives up hides its failure; write retry: {limit: 5, delay: 10s}; a limit is at most 100
            """#),
        Case(
            "limits that are none",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    retry: {limit: -1}
                    repeat: {until: 'true', limit: unlimited}
            """#,
            #"""
            f.yaml:7:24: error: "retry" of step "first" cannot be unlimited (-1): a run that never ends \#
            hides its failure; write a number from 0 to 100
            f.yaml:8:40: error: "repeat" of step "first" cannot be unlimited (unlimited): a run that never \#
            ends hides its failure; write a number from 1 to 10000
            """#),
        Case(
            "infinite limits, and none",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    retry: {limit: .inf}
                    repeat: {until: 'true'}
            """#,
            #"""
            f.yaml:7:24: error: "retry" of step "first" cannot be unlimited (.inf): a run that never ends \#
            hides its failure; write a number from 0 to 100
            f.yaml:8:17: error: "repeat" of step "first" has no limit; add limit: a number from 1 to 10000
            """#),
        Case(
            "fields of retry out of their ranges",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    retry: {limit: 101, backoff: 0.5, jitter: 2, exit_codes: [0, 256, a], delay: 10s, \#
            max_delay: 5s, count: 3}
            """#,
            #"""
            f.yaml:7:24: error: "limit" of "retry" of step "first" must be from 0 to 100, not 101
            f.yaml:7:38: error: "backoff" of "retry" of step "first" must be from 1 to 100, not 0.5
            f.yaml:7:51: error: "jitter" of "retry" of step "first" must be from 0 to 1, not 2
            f.yaml:7:67: error: an exit code of "retry" of step "first" must be from 1 to 255, not 0
            f.yaml:7:70: error: an exit code of "retry" of step "first" must be from 1 to 255, not 256
            f.yaml:7:75: error: an exit code of "retry" of step "first" must be a whole number from 1 to \#
            255, not the text "a"
            f.yaml:7:102: warning: the max_delay of "retry" of step "first" is below its delay, so every \#
            delay is 5s
            f.yaml:7:106: error: unknown key "count" in "retry" of step "first"; the key is called "limit" \#
            here
            """#),
        Case(
            "retry as a number",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    retry: 3
            """#,
            #"""
            f.yaml:7:16: error: "retry" of step "first" must be a mapping, not the number 3; write retry: \#
            {limit: 3}
            """#),
        Case(
            "retry without a limit",
            #"""
            name: w
            stages:
              - name: s
                steps:
                  - name: first
                    run: x
                    retry: {delay: 3s}
            """#,
            #"""
            f.yaml:7:16: error: "retry" of step "first" has no limit, so nothing would be retried; add \#
            limit: a number from 1 to 100
            """#),
    ]
}
