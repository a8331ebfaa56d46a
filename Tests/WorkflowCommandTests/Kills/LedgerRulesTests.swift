import JSON
import Testing

@Suite("Which repeats a storm takes for permitted")
struct LedgerRulesTests {
    /// Entries of a journal by a short name; the step is `s` unless the name says otherwise.
    private static let entries = [
        "start": #"{"type": "attempt_started", "payload": {"step": "s", "attempt": 1, "key": "K"}}"#,
        "killed": #"{"type": "step_failed", "payload": {"step": "s", "failure": {"kind": "killed"}}}"#,
        "exited": #"{"type": "step_failed", "payload": {"step": "s", "failure": {"kind": "exit"}}}"#,
        "other killed": #"{"type": "step_failed", "payload": {"step": "t", "failure": {"kind": "killed"}}}"#,
        "in doubt": #"{"type": "attempt_in_doubt", "payload": {"step": "s", "attempt": 1}}"#,
        "resolved": #"{"type": "step_resolved", "payload": {"step": "s", "decision": "retry"}}"#,
        "run failed": #"{"type": "run_ended", "payload": {"status": "failed"}}"#,
        "resume": #"{"type": "driver_attached", "payload": {"reason": "resume"}}"#,
        "recovery": #"{"type": "driver_attached", "payload": {"reason": "recovery"}}"#,
    ]

    @Test(
        "A resume of a run that ended over a killed attempt permits one repeat, and nothing else does",
        arguments: [
            (["start", "killed", "run failed", "resume", "start"], 1),
            (["start", "killed", "other killed", "run failed", "resume", "other killed", "start"], 1),
            (["start", "killed", "run failed", "resume", "recovery", "start"], 1),
            (["start", "killed", "run failed", "resume", "start", "killed", "run failed", "resume", "start"], 2),
            (["start", "killed", "run failed", "resume", "start", "start"], 1),
            (["start", "killed", "start"], 0),
            (["start", "killed", "resume", "start"], 0),
            (["start", "killed", "run failed", "start"], 0),
            (["start", "killed", "run failed", "recovery", "start"], 0),
            (["start", "exited", "run failed", "resume", "start"], 0),
            (["start", "other killed", "run failed", "resume", "start"], 0),
            (["start", "in doubt", "run failed", "resume", "start"], 0),
            (["start", "in doubt", "resume", "start"], 0),
            (["start", "killed", "run failed", "resolved", "resume", "start"], 0),
            (["start", "resume", "start"], 0),
        ])
    func permitted(names: [String], count: Int) throws {
        let journal = try names.map { try JSONValue(parsing: #require(Self.entries[$0], "\($0)")) }
        let rules = LedgerRules(
            definition: .fanOut, ledger: EffectLedger(lines: []), journal: journal, comment: "made up")
        #expect(rules.repeatsByResume(of: "s") == (count == 0 ? [:] : ["K": count]))
    }
}
