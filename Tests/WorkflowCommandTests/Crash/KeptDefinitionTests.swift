import Testing

@Suite("The definition that a run keeps", .timeLimit(.minutes(5)))
struct KeptDefinitionTests {
    /// How a kept definition may be harmed: the SQL that does it, and what the error has to say.
    struct Harm: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sql: String
        let words: String

        static let all = [
            // It can be read, and another step would run.
            Harm(
                testDescription: "another step's name",
                sql: #"""
                    UPDATE definitions
                    SET canonical = CAST(replace(CAST(canonical AS TEXT), '"after"', '"other"') AS BLOB)
                    """#, words: "does not have its hash"),
            Harm(
                testDescription: "cut short",
                sql: "UPDATE definitions SET canonical = substr(canonical, 1, length(canonical) / 2)",
                words: "cannot be read"),
            Harm(
                testDescription: "gone", sql: "PRAGMA foreign_keys = OFF; DELETE FROM definitions",
                words: "is missing from the store"),
        ]
    }

    @Test("Changed, cut or gone, it stops whoever would go on, and no step runs", arguments: Harm.all)
    func harmed(_ harm: Harm) throws {
        let held = try HeldStep()
        try held.begin().killed()
        let database = held.scene.store + "/store.db"
        let changed = try held.scene.tool("sqlite3", database, harm.sql + "; SELECT 'changed ' || changes();")
        try #require(changed.status == 0 && changed.output.contains("changed 1"), "\(changed)")
        try held.letGo()
        for arguments in [["resume", held.run], ["resume", "--all"], ["show", held.run]] {
            let ended = try held.scene.workflow(arguments, seconds: 15)
            #expect(ended.status == 74, "\(arguments): \(ended)")
            for word in [held.run, harm.words] {
                #expect(ended.errors.contains(word), "\(arguments) does not say \(word): \(ended)")
            }
        }
        #expect(held.starts == ["before", "held"])
    }
}
