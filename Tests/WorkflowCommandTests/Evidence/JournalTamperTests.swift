import JSON
import Testing

/// What `journal --verify` covers: every column of every row of `journal`; the order and number of its rows up to the
/// head that `runs` records; in `runs` what follows from the journal (`id`, `uuid`, `workflow`, `definition`, `labels`,
/// `engine_version`, `status`, `stage`, `head`, `head_hash`, `checkpoint`); every column of `checkpoints` and of
/// `segments`. It does not cover what no journal knows: leases, tokens, due times, locks and the inbox.
@Suite("A journal that was changed is found")
struct JournalTamperTests {
    /// A store with an ended run and an original of its tables to go back to.
    private struct Store {
        let scene: Scene
        let run = "tamper"
        let rows: Int

        init() throws {
            scene = try Scene()
            try scene.write(
                """
                name: tamper
                stages:
                  - name: only
                    steps:
                      - {name: one, run: 'echo "a=1" >> "$WORKFLOW_OUTPUT"'}
                      - {name: two, if: "false", run: 'true'}
                """, to: "tamper.yaml")
            #expect(try scene.workflow("run", "tamper.yaml", "--run-id", "tamper").status == 0)
            #expect(try scene.workflow("run", "tamper.yaml", "--run-id", "other").status == 0)
            rows = try scene.journal("tamper").count
            try scene.expectVerified("tamper")
            let saved = try scene.tool(
                "sqlite3", scene.store + "/store.db",
                "ATTACH '\(scene.file("kept.db"))' AS kept; "
                    + ["journal", "runs", "checkpoints"].map { "CREATE TABLE kept.\($0) AS SELECT * FROM \($0)" }
                    .joined(separator: "; "))
            try #require(saved.status == 0, "\(saved)")
        }

        /// Restores everything, and changes one thing.
        func change(_ sql: String) throws {
            let changed = try scene.tool(
                "sqlite3", scene.store + "/store.db",
                "ATTACH '\(scene.file("kept.db"))' AS kept; PRAGMA ignore_check_constraints = ON; BEGIN; "
                    + ["checkpoints", "journal", "runs"].map {
                        "DELETE FROM \($0); INSERT INTO \($0) SELECT * FROM kept.\($0); "
                    }.joined() + sql + "; SELECT 'changed ' || changes(); COMMIT")
            try #require(changed.status == 0 && changed.output.contains("changed "), "\(sql): \(changed)")
            try #require(!changed.output.contains("changed 0"), "\(sql): \(changed)")
        }

        func expectFound(_ sql: String, _ kind: String? = nil) throws {
            try change(sql)
            let verified = try scene.workflow("journal", run, "--verify", "-o", "json")
            #expect(verified.status == 74, "\(sql): \(verified)")
            guard let kind, verified.status == 74 else { return }
            #expect(try verified.json["problem"]?["kind"]?.stringValue == kind, "\(sql): \(verified)")
        }
    }

    @Test("Any one column of any one row")
    func columns() throws {
        let store = try Store()
        let changes = [
            "run = 'other'", "seq = seq + 100", "type = type || 'x'", "version = version + 1",
            "at = '2001-01-01T00:00:00.000Z'", "actor = actor || 'x'", "payload = payload || ' '", "encoding = 'text'",
            "payload_hash = zeroblob(32)", "payload_hash = x'00'", "hash = zeroblob(32)", "hash = x''",
        ]
        for seq in 1...store.rows {
            for change in changes {
                // A row of another run with this number is in the way of the first.
                let makesRoom =
                    change.hasPrefix("run") ? "DELETE FROM journal WHERE run = 'other' AND seq = \(seq); " : ""
                try store.expectFound(
                    makesRoom + "UPDATE journal SET \(change) WHERE run = 'tamper' AND seq = \(seq)")
            }
        }
    }

    @Test("A row that was dropped, swapped with its neighbour, written twice, or put in between")
    func rows() throws {
        let store = try Store()
        for seq in 1...store.rows {
            try store.expectFound("DELETE FROM journal WHERE run = 'tamper' AND seq = \(seq)", "missing")
            try store.expectFound(
                "UPDATE journal SET seq = -seq WHERE run = 'tamper' AND seq >= \(seq); UPDATE journal SET seq = 1 - "
                    + "seq WHERE run = 'tamper' AND seq < 0; INSERT INTO journal SELECT run, \(seq), type, version, "
                    + "at, actor, payload, encoding, payload_hash, hash FROM journal WHERE run = 'tamper' AND seq = "
                    + "\(seq == 1 ? 2 : seq - 1)",
                "entry_changed")
            guard seq < store.rows else { continue }
            try store.expectFound(
                "UPDATE journal SET seq = -1 WHERE run = 'tamper' AND seq = \(seq); UPDATE journal SET seq = \(seq) "
                    + "WHERE run = 'tamper' AND seq = \(seq + 1); UPDATE journal SET seq = \(seq + 1) WHERE run = "
                    + "'tamper' AND seq = -1", "entry_changed")
        }
        try store.expectFound(
            "INSERT INTO journal SELECT run, \(store.rows + 1), type, version, at, actor, payload, encoding, "
                + "payload_hash, hash FROM journal WHERE run = 'tamper' AND seq = \(store.rows)")
    }

    @Test("The record of the run, and those of its checkpoints")
    func records() throws {
        let store = try Store()
        for change in [
            "workflow = 'x'", "labels = '{\"a\": \"b\"}'", "engine_version = '9'", "status = 'failed'",
            "stage = 'only'",
            "checkpoint = NULL", "uuid = '00000000-0000-4000-8000-000000000000'",
        ] {
            try store.expectFound("UPDATE runs SET \(change) WHERE id = 'tamper'", "record_changed")
        }
        try store.expectFound("UPDATE runs SET head = head - 1 WHERE id = 'tamper'", "misplaced")
        try store.expectFound("UPDATE runs SET head = head + 1 WHERE id = 'tamper'", "missing")
        try store.expectFound("UPDATE runs SET head_hash = zeroblob(32) WHERE id = 'tamper'", "entry_changed")
        for change in [
            "id = id || '9'", "seq = seq + 50", "stage = 'x'", "step = 'x'", "created_at = '2001-01-01T00:00:00.000Z'",
        ] {
            for step in ["one", "two"] {
                try store.expectFound(
                    "UPDATE checkpoints SET \(change) WHERE run = 'tamper' AND step = '\(step)'", "checkpoint_changed")
            }
        }
        try store.expectFound("DELETE FROM checkpoints WHERE run = 'tamper' AND step = 'one'", "checkpoint_changed")
        try store.expectFound(
            "INSERT INTO checkpoints SELECT run, 99, 'chk-2030-01-01-001', stage, step, created_at FROM checkpoints "
                + "WHERE run = 'tamper' AND step = 'one'", "checkpoint_changed")
        // As it was, it is sound again.
        try store.change("UPDATE runs SET token = token + 1 WHERE id = 'tamper'")
        try store.scene.expectVerified("tamper")
    }

    @Test("A segment that does not say what its entries say: named with what puts it right, and never read")
    func segments() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: long
            stages:
              - name: only
                steps:
                  - {name: each, foreach: {items: "${{ range(520) }}", as: n}, uses: sleep, with: {for: 0s}}
                  - {name: last, run: test -e open}
            """, to: "long.yaml")
        #expect(try scene.workflow("run", "long.yaml", "--run-id", "long").status != 0)
        let database = scene.store + "/store.db"
        func sql(_ text: String) throws {
            let done = try scene.tool("sqlite3", database, text + "; SELECT 'changed ' || changes()")
            try #require(done.status == 0 && !done.output.contains("changed 0"), "\(text): \(done)")
        }
        try scene.expectVerified("long")
        try sql(
            "CREATE TABLE kept AS SELECT * FROM segments; DELETE FROM segments; INSERT INTO segments SELECT * FROM kept"
        )
        for change in [
            "first = first + 1024", "last = last + 1", "body = CAST(body || x'00' AS BLOB)",
            "body = zeroblob(length(body))",
            "hash = zeroblob(32)", "seal = zeroblob(32)",
        ] {
            try sql("DELETE FROM segments; INSERT INTO segments SELECT * FROM kept; UPDATE segments SET \(change)")
            let found = try scene.workflow("journal", "long", "--verify", "-o", "json")
            #expect(found.status == 74, "\(change): \(found)")
            #expect(try found.json["problem"]?["kind"]?.stringValue == "segment_changed", "\(change): \(found)")
            let remedy = try #require(found.errors.split(separator: "`").dropFirst().first, "\(found)")
            #expect(try scene.tool("sh", "-c", String(remedy)).status == 0, "\(remedy)")
            try scene.expectVerified("long")
        }
        try sql("INSERT INTO segments SELECT * FROM kept; UPDATE segments SET body = zeroblob(9)")
        try scene.write("", to: "open")
        #expect(try scene.workflow("resume", "long").status == 0)
    }

    @Test("A tail that was cut, with a record that fits: by the hash, checkpoint or evidence that is kept elsewhere")
    func cutTail() throws {
        let store = try Store()
        let scene = store.scene
        try store.change("UPDATE runs SET token = token + 1 WHERE id = 'tamper'")
        let head = try #require(
            try scene.workflow("journal", "tamper", "--verify", "-o", "json").json["head_hash"]?.stringValue)
        let checkpoint = try #require(try scene.checkpoints("tamper").last).id
        try scene.write(try scene.workflow("checkpoint", "export", checkpoint).output, to: "checkpoint.json")
        try scene.write(try scene.workflow("evidence", "tamper").output, to: "evidence.json")
        for anchor in [["--head", head], ["--against", "checkpoint.json"], ["--against", "evidence.json"]] {
            let sound = try scene.workflow(["journal", "tamper", "--verify"] + anchor)
            #expect(sound.status == 0, "\(anchor): \(sound)")
        }
        // Everything behind the first checkpoint is gone, and the record says what the rest of the journal says.
        try store.change(
            """
            DELETE FROM journal WHERE run = 'tamper' AND seq > (SELECT min(seq) FROM checkpoints WHERE run = 'tamper');
            DELETE FROM checkpoints WHERE run = 'tamper' AND step = 'two';
            UPDATE runs SET status = 'running', stage = 'only',
              checkpoint = (SELECT id FROM checkpoints WHERE run = 'tamper'),
              head = (SELECT max(seq) FROM journal WHERE run = 'tamper'),
              head_hash = (SELECT hash FROM journal WHERE run = 'tamper' ORDER BY seq DESC LIMIT 1) WHERE id = 'tamper'
            """)
        // By itself the rest is a sound journal: that is what the anchors are for.
        #expect(try scene.workflow("journal", "tamper", "--verify").status == 0)
        for anchor in [["--head", head], ["--against", "checkpoint.json"], ["--against", "evidence.json"]] {
            let cut = try scene.workflow(["journal", "tamper", "--verify", "-o", "json"] + anchor)
            #expect(cut.status == 74, "\(anchor): \(cut)")
            #expect(try cut.json["problem"]?["kind"] == "anchor_missing")
        }
        // Evidence of another run, and what is no evidence, are no anchors.
        try scene.write(try scene.workflow("evidence", "other").output, to: "other.json")
        let other = try scene.workflow("journal", "tamper", "--verify", "--against", "other.json")
        #expect(other.status == 65 && other.errors.contains("of another run than tamper"), "\(other)")
        try scene.write("{}", to: "nothing.json")
        #expect(try scene.workflow("journal", "tamper", "--verify", "--against", "nothing.json").status == 65)
        #expect(try scene.workflow("journal", "tamper", "--head", head).status == 64)
        #expect(try scene.workflow("journal", "tamper", "--verify", "--head", "abc").status == 64)
    }
}
