import Testing

/// What the steps did, outside of the store: each act is one line, appended in one write by the command itself.
struct EffectLedger {
    enum Act: String { case start, effect, end }

    struct Line {
        let act: Act
        let step: String
        let attempt: Int
        let key: String
        let token: Int
        let pid: Int32
    }

    let lines: [Line]

    init(lines: [Line]) {
        self.lines = lines
    }

    /// The lines of one run.
    init(of run: String, in scene: Scene) throws {
        lines = try scene.lines("ledger").compactMap { text in
            let words = text.split(separator: " ").map(String.init)
            try #require(words.count == 7, "a torn line in the ledger: \(text)")
            guard words[1] == run else { return nil }
            return Line(
                act: try #require(Act(rawValue: words[0]), "\(text)"), step: words[2],
                attempt: try #require(Int(words[3]), "\(text)"), key: words[4],
                token: try #require(Int(words[5]), "\(text)"), pid: try #require(Int32(words[6]), "\(text)"))
        }
    }

    func has(_ act: Act, key: String) -> Bool { lines.contains { $0.act == act && $0.key == key } }

    /// Effects of a step, over all its passes.
    func effects(of step: String) -> Int { lines.count { $0.act == .effect && $0.step == step } }

    /// What the steps of the definitions source: `act [SECONDS]` has one effect, `passes` puts out how many the step
    /// had.
    static let script = #"""
        line() {
            echo "$1 $WORKFLOW_RUN_ID $WORKFLOW_STEP $WORKFLOW_ATTEMPT $WORKFLOW_IDEMPOTENCY_KEY" \
                "$WORKFLOW_FENCING_TOKEN $$" >> "$SCENE/ledger"
        }
        pause() { [ "${1:-0}" = 0 ] || sleep "$1"; }
        act() { line start; pause "${1:-0}"; line effect; pause "${1:-0}"; line end; }
        passes() {
            echo "passes=$(awk -v run="$WORKFLOW_RUN_ID" -v step="$WORKFLOW_STEP" \
                '$1 == "effect" && $2 == run && $3 == step' "$SCENE/ledger" | wc -l)" >> "$WORKFLOW_OUTPUT"
        }
        """#

    /// The probe of the steps: the effect is there under this key, or it is not.
    static let probe = #"""
        grep -q "^effect [^ ]* [^ ]* [^ ]* $WORKFLOW_IDEMPOTENCY_KEY " "$SCENE/ledger" || exit 3
        """#

    /// In the place of the shell, for definitions that know nothing of ledgers: the script is the effect.
    static let shell = #"""
        #!/bin/sh
        . "$SCENE/act.sh"
        line start
        /bin/bash "$@" || exit
        line effect
        line end
        """#
}
