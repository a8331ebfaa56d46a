/// The runs of a fixture: how each comes to stand where it stands, and how it is gone on with.
struct FixtureRun: Sendable {
    let name: String
    let definition: String
    /// The exit status of `run`; nil where everything is killed once `began` is there.
    let begins: Int32?
    /// What is done next, and how each of these exits.
    var then: [(arguments: [String], status: Int32)] = []
    /// Typed by a later version, in order, once `fixed` is there.
    var goesOn: [(arguments: [String], status: Int32)] = []
    /// The status that the run has in the end.
    let ends: String

    static let all: [FixtureRun] = [
        FixtureRun(
            name: "completed",
            definition: """
                name: completed
                params: {n: {type: integer, default: 2}, who: {type: string, default: "é\\"漢"}}
                stages:
                  - name: only
                    steps:
                      - {name: one, working_directory: /, run: 'echo "id=vpc-1" >> "$WORKFLOW_OUTPUT"'}
                      - {name: never, if: "params.n > 5", working_directory: /, run: 'true'}
                      - {name: nap, uses: sleep, with: {for: 1ms}}
                """, begins: 0, goesOn: [(["resume", "completed"], 0)], ends: "completed"),
        FixtureRun(
            name: "failed", definition: failing("failed"), begins: 1, goesOn: [(["resume", "failed"], 0)],
            ends: "completed"),
        FixtureRun(
            name: "asking", definition: asking("asking"), begins: 3,
            goesOn: [(["approve", "asking", "gate", "--reason", "later"], 0), (["resume", "asking"], 0)],
            ends: "completed"),
        FixtureRun(
            name: "paused", definition: asking("paused"), begins: 3, then: [(["pause", "paused"], 0)],
            goesOn: [(["approve", "paused", "gate"], 0), (["resume", "paused"], 0)], ends: "completed"),
        FixtureRun(
            name: "cancelled", definition: asking("cancelled"), begins: 3,
            then: [(["cancel", "cancelled", "--reason", "not today"], 0)], goesOn: [(["resume", "cancelled"], 4)],
            ends: "cancelled"),
        FixtureRun(
            name: "doubtful", definition: held("doubtful"), begins: nil, then: [(["resume", "doubtful"], 3)],
            goesOn: [
                (["resume", "doubtful"], 3), (["resolve", "doubtful", "held", "--done", "--reason", "looked"], 0),
                (["resume", "doubtful"], 0),
            ], ends: "completed"),
        // An attempt of another boot, and for whoever takes the file elsewhere, of another host: nobody knows how it
        // ended.
        FixtureRun(
            name: "interrupted", definition: held("interrupted"), begins: nil,
            goesOn: [
                (["resume", "interrupted"], 3),
                (["resolve", "interrupted", "held", "--retry", "--reason", "looked"], 0),
                (["resume", "interrupted"], 0),
            ], ends: "completed"),
        FixtureRun(
            name: "fanned",
            definition: """
                name: fanned
                stages:
                  - name: only
                    steps:
                      - name: each
                        foreach: {items: "${{ range(5) }}", as: i, max_parallel: 1}
                        working_directory: /
                        run: test "${{ i }}" -lt 3 || test -e "$SCENE/fixed"
                """, begins: 1, goesOn: [(["resume", "fanned"], 0)], ends: "completed"),
        FixtureRun(
            name: "rewound", definition: failing("rewound"), begins: 1,
            then: [(["resume", "--checkpoint", "FIRST", "--rewind"], 1)], goesOn: [(["resume", "rewound"], 0)],
            ends: "completed"),
        FixtureRun(
            name: "redefined", definition: failing("redefined"), begins: 1,
            then: [(["resume", "redefined", "--definition", "edited.yaml"], 1)],
            goesOn: [(["resume", "redefined"], 0)], ends: "completed"),
        FixtureRun(
            name: "returned",
            definition: """
                name: returned
                stages:
                  - name: configuring
                    steps: [{name: configure, working_directory: /, run: 'true'}]
                  - name: validating
                    on_failure: {return_to: configuring, limit: 1}
                    steps: [{name: check, working_directory: /, run: 'test -e "$SCENE/fixed"'}]
                on_exit: [{name: notify, working_directory: /, run: 'true'}]
                """, begins: 1, goesOn: [(["resume", "returned"], 0)], ends: "completed"),
        FixtureRun(
            name: "handed", definition: failing("handed"), begins: 1,
            then: [(["checkpoint", "export", "NEWEST", "--hand-over"], 0)], goesOn: [(["resume", "handed"], 4)],
            ends: "moved"),
    ]

    /// What `redefined` is moved to.
    static let edited = failing("redefined").replacing("name: three", with: "name: four")

    private static func failing(_ name: String) -> String {
        """
        name: \(name)
        stages:
          - name: first
            steps:
              - {name: one, working_directory: /, run: 'echo "a=[1, 2.5, null]" >> "$WORKFLOW_OUTPUT"'}
              - {name: two, working_directory: /, run: 'true'}
          - name: second
            steps:
              - {name: three, working_directory: /, run: 'test -e "$SCENE/fixed"'}
        """
    }

    /// Its wait is over one day, years after the version that wrote it: then the step is skipped.
    private static func asking(_ name: String) -> String {
        """
        name: \(name)
        stages:
          - name: only
            steps:
              - {name: one, working_directory: /, run: 'true'}
              - {name: gate, uses: approval, with: {prompt: "go?", timeout: 366d, on_timeout: skip}}
              - {name: last, working_directory: /, run: 'true'}
        """
    }

    private static func held(_ name: String) -> String {
        """
        name: \(name)
        stages:
          - name: only
            steps:
              - {name: one, working_directory: /, run: 'true'}
              - name: held
                working_directory: /
                run: 'test -e "$SCENE/fixed" || { echo > "$SCENE/began-\(name)"; sleep 1000; }'
              - {name: last, working_directory: /, run: 'true'}
        """
    }
}
