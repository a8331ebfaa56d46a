internal import ArgumentParser
internal import Hashing
internal import JSON
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore
internal import WorkflowViews

struct JournalCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: "Print a run's journal, or verify that it is what was written.",
        discussion: """
              workflow journal run-2026-02-02-001
              workflow journal run-2026-02-02-001 -o json
              workflow journal run-2026-02-02-001 --verify
              workflow journal run-2026-02-02-001 --verify --against checkpoint.json

            --verify recomputes the hash of every entry, and compares the records of the run and of its checkpoints, \
            and the segments that make reading faster, with the journal; exit status 74 when something does not fit. \
            Who can write the store can cut a journal and make its record fit: an entry that was noted elsewhere shows \
            that as well. --head takes its hash, --against a file that `checkpoint export` or `evidence` wrote.
            """)

    @Argument(
        help: ArgumentHelp("The run, or the end of its id; the newest one where none is named.", valueName: "run"),
        completion: .anyRun)
    var run: String?

    @Flag(help: "Verify the chain of hashes instead of printing the entries.")
    var verify = false

    @Option(help: ArgumentHelp("With --verify: an entry must have this hash.", valueName: "hash"))
    var head: String?

    @Option(
        help: ArgumentHelp("With --verify: the last entry in this file must still be there.", valueName: "file"),
        completion: .file())
    var against: String?

    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    func validate() throws {
        if !verify, head != nil || against != nil { throw ValidationError("--head and --against go with --verify.") }
        if head != nil, against != nil { throw ValidationError("Give --head or --against, not both.") }
        if let head, Hexadecimal.bytes(head)?.count != 32 {
            throw ValidationError("--head takes a hash of 64 hexadecimal digits, as --verify prints it.")
        }
    }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        let run = try await RunReference(word: run).run(in: session, console)
        return verify ? try await verify(run, session, console) : try await print(run, session, console)
    }

    private func print(
        _ run: RunID, _ session: Session, _ console: Console
    ) async throws(CommandFailure) -> ExitStatus {
        let entries = try await CommandFailure.telling { () async throws(EngineError) in
            try await session.engine.entries(of: run)
        }
        guard output.format == .text else {
            console.data(Document.list(entries.map { document($0, of: run) }).text(as: output.format))
            return .completed
        }
        var table = Table()
        for entry in entries {
            table.add([
                "\(entry.sequence)", entry.at.text, SafeText.name(entry.type), SafeText.name(entry.actor),
                DisplayLine.text(entry.payload),
            ])
        }
        for line in table.lines() { console.data(line) }
        return .completed
    }

    private func document(_ entry: RawEntry, of run: RunID) -> Document {
        let payload = (try? JSONValue(parsing: entry.payload)).map { Document($0) }
        return .members([
            "run": .string(run.text),
            "seq": .int(entry.sequence),
            "type": .string(entry.type),
            "version": .int(Int64(entry.version)),
            "at": .string(entry.at.text),
            "actor": .string(entry.actor),
            "payload": payload ?? .string(String(decoding: entry.payload, as: UTF8.self)),
            "encoding": .string(entry.encoding),
            "payload_hash": .string(Hexadecimal.text(entry.payloadHash)),
            "hash": .string(Hexadecimal.text(entry.hash)),
        ])
    }

    private func verify(
        _ run: RunID, _ session: Session, _ console: Console
    ) async throws(CommandFailure) -> ExitStatus {
        var anchor: JournalAnchor?
        if let head { anchor = Hexadecimal.bytes(head).map(JournalAnchor.hash) }
        if let against {
            anchor = .file(try InputFile.bytes(against, limit: Engine.checkpointFileBytesMax), name: against)
        }
        let verification = try await CommandFailure.telling { [anchor] () async throws(EngineError) in
            try await session.engine.verifyJournal(of: run, against: anchor)
        }
        if output.format != .text {
            let problem: Document =
                if let problem = verification.problem {
                    .members([
                        "kind": .string(problem.kind.text), "seq": .int(problem.sequence),
                        "message": .string(problem.message),
                    ])
                } else {
                    .null
                }
            console.data(
                Document.members([
                    "run": .string(run.text), "ok": .bool(verification.problem == nil),
                    "entries": .int(verification.entries), "head_hash": .string(verification.headHash),
                    "problem": problem,
                ]).text(as: output.format))
        } else if verification.problem == nil {
            let count = verification.entries
            console.data("ok: \(run.text), \(count) \(count == 1 ? "entry" : "entries"), head \(verification.headHash)")
        }
        if let problem = verification.problem {
            guard problem.kind != .segmentChanged else {
                throw CommandFailure(.inputOutput, "the store of \(run.text) was changed: \(problem.message)")
            }
            throw CommandFailure(
                .inputOutput,
                "the journal of \(run.text) is not what was written: \(problem.message); keep the store as it is and "
                    + "compare it with a backup")
        }
        return .completed
    }
}
