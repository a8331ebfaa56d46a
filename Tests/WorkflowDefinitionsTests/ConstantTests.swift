import Testing
import WorkflowCore
import WorkflowDefinitions

/// Constants in places that may hold expressions are read when the file is.
@Suite("Constants")
struct ConstantTests {
    /// 2026-11-30T12:00:00Z.
    private static let now = Timestamp(millisecondsSinceEpoch: 1_796_040_000_000)

    private static func texts(_ keys: String, head: String = "") -> [String] {
        DefinitionLoader().load(Array(Loading.step(keys, head: head).utf8), file: "f.yaml", now: now)
            .diagnostics.map(\.text)
    }

    @Test(
        "An instant is read with its zone",
        arguments: [
            (
                #""2026-12-24 02:30""#,
                #"error: "until" of "with" of step "first" has no time zone: "2026-12-24 02:30"; "#
                    + #"write Z behind it for UTC, or an offset such as +01:00: "2026-12-24T02:30:00Z""#
            ),
            (
                "2026-12-24",
                #"error: "until" of "with" of step "first" names a day and no time of it: "2026-12-24"; "#
                    + #"write it with a time and a zone (Z or +01:00): "2026-12-24T00:00:00Z""#
            ),
            (
                #""2026-12-24T02:30:00""#,
                #"error: "until" of "with" of step "first" has no time zone: "2026-12-24T02:30:00"; "#
                    + #"write Z behind it for UTC, or an offset such as +01:00: "2026-12-24T02:30:00Z""#
            ),
            (
                #""2026-12-24 2:30 +01:00""#,
                #"error: "until" of "with" of step "first" is no instant: "2026-12-24 2:30 +01:00"; "#
                    + #"write "2026-12-24T02:30:00+01:00""#
            ),
            (
                #""2026-13-24T02:30:00""#,
                #"error: "until" of "with" of step "first" is no instant: "2026-13-24T02:30:00"; "#
                    + #"write it as 2026-02-02T10:00:00Z or …+01:00"#
            ),
            (
                "tomorrow",
                #"error: "until" of "with" of step "first" is no instant: "tomorrow"; "#
                    + #"write it as 2026-02-02T10:00:00Z or …+01:00"#
            ),
            (
                #""${{ '2026-12-24' }}""#,
                #"error: "until" of "with" of step "first" names a day and no time of it: "2026-12-24"; "#
                    + #"write it with a time and a zone (Z or +01:00): "2026-12-24T00:00:00Z""#
            ),
            (
                #""2099-01-01T00:00:00Z""#,
                #"error: "until" of "with" of step "first" is more than 366 days away, which is the longest wait; "#
                    + #"start the run later, by cron or a systemd timer"#
            ),
            (
                #""2020-01-01T00:00:00Z""#,
                #"warning: "until" of "with" of step "first" is over already, so the step does not wait; "#
                    + #"write an instant to come, or take the step out"#
            ),
            (#""2026-12-24T02:30:00.5+01:00""#, nil), ("2026-12-24T02:30:00Z", nil),
            (#""${{ run.id }}""#, nil),
        ] as [(String, String?)])
    func instants(_ written: String, _ expected: String?) {
        #expect(
            Self.texts("uses: sleep\nwith: {until: \(written)}") == (expected.map { ["f.yaml:7:23: \($0)"] } ?? []))
    }

    @Test(
        "Every other constant is read too",
        arguments: [
            (
                "uses: sleep\nwith: {for: \"${{ '10 minutes' }}\"}", "7:21",
                "must be a duration, not \"10 minutes\"; write 10m"
            ),
            ("run: x\nforeach: {items: [a, b, a], as: i, key: i}", "7:33", "items 0 and 2 have the same key \"a\""),
            (
                "run: x\nforeach: {items: [{n: 1}, {n: 1}], key: item.n}", "7:35",
                "items 0 and 1 have the same key \"1\""
            ),
            ("run: x\nforeach: {items: ['[::1]'], key: item}", "7:27", "[ or ], which stand around it"),
            ("run: x\nforeach: {items: [a, b], key: '\"x\"'}", "7:30", "items 0 and 1 have the same key \"x\""),
            (
                "run: x\nforeach: {items: [a, ''], key: item}", "7:30",
                "the key of item 1 is \"\"; a key has 1 to 128 bytes"
            ),
            ("run: x\nforeach: {items: \"${{ [1, 1] }}\", key: item}", "7:48", "items 0 and 1 have the same key \"1\""),
            (
                "run: x\nlocks: [\"\(String(repeating: "x", count: 201))\"]", "7:17",
                "the name of a lock has 1 to 200 bytes"
            ),
            ("run: x\nlocks: [\"a\\tb\"]", "7:17", "no control characters, not \"a\\tb\""),
            ("run: x\nlocks: [\"${{ '' }}\"]", "7:17", "the name of a lock has 1 to 200 bytes"),
            ("uses: signal\nwith: {name: \"a\\nb\"}", "7:22", "the name of a signal has 1 to 200 bytes"),
            ("uses: approval\nwith: {prompt: ok, approvers: ['ada, lin']}", "7:40", "write approvers: [ada, lin]"),
            ("uses: approval\nwith: {prompt: ok, approvers: ['ada lin']}", "7:40", "is the name of a login"),
            ("run: x\nworking_directory: ~/app", "7:28", "begins with \"~\", which only a shell expands"),
            ("run: x\nworking_directory: \"a\\0b\"", "7:28", "has a NUL character in it"),
            ("run: x\nworking_directory: $HOME/app", "7:28", "has $HOME in it, which only a shell expands"),
            ("run: x\nenv: {A: \"a\\0b\"}", "7:18", "has a NUL character in it"),
            ("run: x\nif: 1 / 0 == 1", "7:15", "can have no value: 1 is divided by zero"),
            ("run: x\nif: timestamp('2026-12-24') < timestamp(run.id)", "7:13", "can have no value"),
            ("run: x\nif: run.id.matches('[')", "7:28", "the pattern of matches() is not RE2 syntax"),
            ("run: x\nif: size(run.id) % 0 == 1", "7:26", "can have no value: division by zero"),
            ("run: x\nenv: {A: \"${{ int('x') }}\"}", "7:23", "can have no value"),
            ("run: x\nrepeat: {until: 'false', limit: 3}", "7:25", "is always false, so the step fails after 3 passes"),
        ])
    func constants(_ keys: String, _ place: String, _ part: String) {
        let texts = Self.texts(keys)
        #expect(texts.count == 1, "\(texts)")
        #expect(texts.first?.hasPrefix("f.yaml:\(place): ") == true, "\(texts)")
        #expect(texts.first?.contains(part) == true, "\(texts)")
    }

    @Test("What only a run can know is left to it")
    func unknown() {
        for keys in [
            "run: x\nforeach: {items: [a, '${{ run.id }}'], key: item}", "run: x\nlocks: ['x-${{ run.id }}']",
            "run: x\nforeach: {items: [a, b], key: item + run.id}", "run: x\nif: failure() || 1 / 1 == 1\nneeds: []",
        ] {
            #expect(Self.texts(keys).filter { $0.contains("error") } == [], "\(keys)")
        }
    }

    @Test("Groups, secrets and parameters are read as well")
    func top() {
        #expect(
            Self.texts("run: x", head: "concurrency: {group: \"a\\nb\"}").first?.contains("a concurrency group") == true
        )
        #expect(Self.texts("run: x", head: "secrets: {t: {file: ~/t}}").first?.contains("begins with \"~\"") == true)
        #expect(
            Self.texts("run: x", head: "params: {p: {default: '${{ params.q }}'}}").first?
                .contains("expressions are not evaluated in the default of a parameter") == true)
    }

    @Test("A run that began with such a constant goes on with it")
    func stored() throws {
        let good = try #require(
            Loading.result(
                Loading.step("uses: sleep\nwith: {until: 'soon-1'}".replacing("soon-1", with: "2026-12-24T00:00:00Z"))
            ).definition)
        let json = String(decoding: good.canonicalJSON, as: UTF8.self).replacing(
            "2026-12-24T00:00:00Z", with: "2026-12-24")
        let stored = try DefinitionLoader().load(canonicalJSON: Array(json.utf8), source: [])
        #expect(stored.definition.name == "w")
    }

    @Test(
        "A duration that was meant is written out",
        arguments: [
            ("0.5s", "write 500ms"), ("1.5h", "write 90m"), ("10 minutes", "write 10m"), ("1 day", "write 1d"),
            ("1h30m", "write 90m"), ("2w", "write 14d"), ("90", nil), ("0.0001s", nil), ("soon", nil), ("", nil),
            ("400d", "366d is the longest"), ("1.s", "write 1s"), (".5m", "write 30s"), ("0.0s", "write 0s"),
        ])
    func durations(_ written: String, _ suggestion: String?) {
        let texts = Self.texts("run: x\ntimeout: '\(written)'")
        #expect(texts.count == 1)
        #expect(
            texts.first?.hasSuffix(suggestion ?? "write one number and one unit, such as 500ms, 10s, 5m, 2h or 1d")
                == true,
            "\(texts)")
    }
}
