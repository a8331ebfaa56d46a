import Glibc
import Testing

/// What the real program does to its log, and what it tells and starts, in the order in which the kernel saw it.
private struct SyncTrace {
    struct Act: CustomStringConvertible {
        let description: String
        /// Whether all that was written to the log had reached the disk when this began.
        let isSynced: Bool
    }

    /// Lines of progress on standard error.
    var told: [Act] = []
    /// Supervisors that began.
    var started: [Act] = []

    /// Reads what `strace -f -y` wrote. A call that another thread interrupts has two lines, `<unfinished ...>` and
    /// `<... resumed>`: a write counts from its beginning, a sync from its end.
    init(parsing text: String) {
        var isSynced = false
        var syncing: Set<Substring> = []
        for line in text.split(separator: "\n") {
            let process = line.prefix { $0 != " " }
            let call = line.dropFirst(process.count).drop { $0 == " " }
            let isOfLog = call.contains("/.workflow/store.db-wal>")
            if call.hasPrefix("fdatasync(") || call.hasPrefix("fsync("), isOfLog {
                if call.hasSuffix("= 0") { isSynced = true } else { syncing.insert(process) }
            } else if call.hasPrefix("<... fdatasync resumed") || call.hasPrefix("<... fsync resumed") {
                if syncing.remove(process) != nil, call.hasSuffix("= 0") { isSynced = true }
            } else if call.hasPrefix("pwrite") || call.hasPrefix("write"), isOfLog {
                isSynced = false
            } else if call.hasPrefix("write(2<") {
                told.append(Act(description: String(call), isSynced: isSynced))
            } else if call.hasPrefix("execve("), call.contains("/workflow-supervisor\"") {
                started.append(Act(description: String(call), isSynced: isSynced))
            }
        }
    }
}

@Suite("What a loss of power leaves", .timeLimit(.minutes(5)))
struct SyncedTests {
    @Test("Every intent is on the disk before its supervisor begins, every checkpoint before it is told")
    func syncedFirst() throws {
        let scene = try Scene()
        try scene.write(
            """
            name: synced
            stages:
              - name: only
                steps:
                  - name: one
                    run: echo 1
                  - name: two
                    run: echo 2
                  - name: three
                    run: echo 3
            """, to: "synced.yaml")
        // The store is there before: what makes it is another matter.
        #expect(try scene.workflow("run", "synced.yaml", "--run-id", "before").status == 0)
        let traced = [
            "/usr/bin/env", "strace", "-f", "-y", "-s", "256", "-o", scene.file("trace"), "-e",
            "trace=fdatasync,fsync,write,pwrite64,writev,pwritev,execve",
        ]
        let ended = try scene.start(
            command: traced + ["\(scene.binaries)/workflow", "run", "synced.yaml", "--run-id", "synced"]
        ).finished(within: 30)
        try #require(ended.status == 0, "strace is needed, it is not to be skipped: \(ended)")
        let trace = SyncTrace(parsing: try #require(fileText(scene.file("trace"))))
        #expect(trace.started.count == 3)
        #expect(trace.told.count { $0.description.contains("chk-") } == 3)
        for act in trace.started + trace.told { #expect(act.isSynced, "\(act)") }
    }
}
