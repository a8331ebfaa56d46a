import Glibc
import JSON
import Testing

@Suite("Outputs and logs beyond what is sane")
struct HeavyOutputTests {
    private func run(_ script: String, more: String = "") throws -> (scene: Scene, ended: Finished) {
        let scene = try Scene()
        try scene.write(
            """
            name: heavy
            stages:
              - name: only
                steps:
                  - name: heavy
                    retry: {limit: 3, delay: 1ms}
                    run: |
                      echo x >> "$SCENE/starts"
                      \(script)
                  - name: after
                    run: "true"
            \(more)
            """, to: "heavy.yaml")
        return (scene, try scene.workflow("run", "heavy.yaml", "--run-id", "heavy"))
    }

    @Test("Almost 1 MiB of outputs is kept; one byte more than 1 MiB is a permanent failure that says so")
    func outputs() throws {
        let (kept, completed) = try run(#"printf 'blob=%01048000d\n' 7 >> "$WORKFLOW_OUTPUT""#)
        #expect(completed.status == 0, "\(completed)")
        #expect(try kept.step("heavy", of: "heavy")["outputs"]?["blob"]?.stringValue?.utf8.count == 1_048_000)
        let (scene, failed) = try run(#"printf 'blob=%01048576d\n' 7 >> "$WORKFLOW_OUTPUT""#)
        #expect(failed.status == 1, "\(failed)")
        #expect(failed.errors.contains("1 MiB") || failed.errors.contains("1048576"), "\(failed)")
        #expect(scene.lines("starts").count == 1)
        #expect(failed.lastLine.hasPrefix("workflow resume "))
    }

    @Test(
        "Outputs that cannot be read name what is wrong",
        arguments: [
            #"printf 'a=\377\376\n' >> "$WORKFLOW_OUTPUT""#, #"echo 'no equals sign' >> "$WORKFLOW_OUTPUT""#,
            #"printf 'a<<END\nnever ended\n' >> "$WORKFLOW_OUTPUT""#,
            #"rm "$WORKFLOW_OUTPUT"; mkdir "$WORKFLOW_OUTPUT""#,
            #"head -c 5000 /dev/urandom > "$WORKFLOW_OUTPUT""#,
        ])
    func badOutputs(_ script: String) throws {
        let (scene, failed) = try run(script)
        #expect(failed.status == 1, "\(failed)")
        #expect(scene.lines("starts").count == 1)
        let message = try scene.step("heavy", of: "heavy")["error"]?["message"]?.stringValue ?? ""
        #expect(message.contains("output") || message.contains("WORKFLOW_OUTPUT"), "\(message)")
        try scene.expectVerified("heavy")
    }

    @Test("Binary output: shown as text without control characters, given back byte for byte by logs")
    func binary() throws {
        let (scene, failed) = try run(
            #"head -c 200000 /dev/urandom | tee "$SCENE/raw"; "#
                + #"printf '\033[2J\033]0;title\007' | tee -a "$SCENE/raw"; exit 9"#
        )
        #expect(failed.status == 1, "\(failed)")
        let shown = failed.errors.unicodeScalars
        #expect(!shown.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" })
        #expect(failed.errors.split(separator: "\n").allSatisfy { $0.count <= 1000 })
        let logs = try scene.start("logs", "heavy", "heavy")
        #expect(try logs.finished().status == 0)
        let raw = try #require(fileBytes(scene.file("raw")))
        let given = logs.outputBytes
        #expect(scene.lines("starts").count == 4)
        // Four attempts; the file holds what the last one wrote.
        #expect(given.count >= raw.count)
        #expect(given.suffix(raw.count).elementsEqual(raw))
    }

    @Test("Ten megabytes on one line")
    func longLine() throws {
        let (scene, ended) = try run("head -c 10000000 /dev/zero | tr '\\0' x; exit 0")
        #expect(ended.status == 0, "\(ended.errors.suffix(2000))")
        #expect(ended.errors.utf8.count < 100_000)
        let logs = try scene.start("logs", "heavy", "heavy")
        #expect(try logs.finished().status == 0)
        #expect(logs.outputBytes.count { $0 == UInt8(ascii: "x") } >= 10_000_000)
    }

    @Test("More than a log holds: head and tail are kept, and the run is not held up")
    func endlessLog() throws {
        let (scene, ended) = try run(
            #"echo head-mark; head -c 80000000 /dev/zero | tr '\0' z | fold -w 60; echo tail-mark"#)
        #expect(ended.status == 0, "\(ended.errors.suffix(2000))")
        let logs = try scene.start("logs", "heavy", "heavy")
        #expect(try logs.finished().status == 0)
        let bytes = logs.outputBytes
        #expect(bytes.count < 70_000_000)
        #expect(String(decoding: bytes.prefix(2000), as: UTF8.self).contains("head-mark"))
        #expect(String(decoding: bytes.suffix(2000), as: UTF8.self).contains("tail-mark"))
    }
}
