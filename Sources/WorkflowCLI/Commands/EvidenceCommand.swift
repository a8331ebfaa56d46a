internal import ArgumentParser
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowStore
internal import WorkflowViews

struct EvidenceCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence",
        abstract: "Write all that proves what a run did, or check such a file.",
        discussion: """
              workflow evidence run-2026-02-02-001 > evidence.json
              workflow evidence --verify evidence.json

            The file holds the journal with all its columns, the definitions, the decisions of people, and the sizes \
            and hashes of the logs; no secrets, and of the logs no text. --verify needs no store: exit status 65 when \
            something in the file is not as it was written, with its place.

            Hashes show that a file was changed, not that all of it was written anew: note the two that the command \
            prints on standard error apart from the file.
            """)

    @Argument(help: ArgumentHelp("The run, or the end of its id.", valueName: "run"), completion: .anyRun)
    var run: String?

    @Option(help: ArgumentHelp("Check this file.", valueName: "file"), completion: .file())
    var verify: String?

    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    func validate() throws {
        guard (run == nil) != (verify == nil) else {
            throw ValidationError("Name a run to write its evidence, or a file to check with --verify.")
        }
        if verify == nil, output.format == .yaml {
            throw ValidationError("Evidence is written as JSON; leave out -o yaml.")
        }
    }

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        if let verify { return try check(verify, console) }
        let session = try Session.open(store.url, .existing, in: process)
        let run = try await RunReference(word: run).run(in: session, console)
        let summary = try await CommandFailure.telling { () async throws(EngineError) in
            try await session.engine.evidence(of: run) { console.output.write($0) }
        }
        guard !console.output.isClosed else {
            throw CommandFailure(
                .inputOutput,
                "the evidence was cut: standard output takes no more (a closed pipe, or a full disk); write it anew")
        }
        console.note(
            "\(summary.run.text): \(Self.contents(summary))\nhead_hash    \(summary.headHash)\n"
                + "bundle_hash  \(summary.bundleHash)")
        return .completed
    }

    private func check(_ file: String, _ console: Console) throws(CommandFailure) -> ExitStatus {
        let bytes = try InputFile.bytes(file, limit: Engine.evidenceBytesMax)
        do throws(EvidenceProblem) {
            let summary = try EvidenceCheck.check(bytes)
            if output.format == .text {
                console.data(
                    "ok: \(file) is evidence of \(summary.run.text) (\(summary.workflow)): \(Self.contents(summary))\n"
                        + "head_hash    \(summary.headHash)\nbundle_hash  \(summary.bundleHash)")
            } else {
                console.data(document(file, summary, nil).text(as: output.format))
            }
            return .completed
        } catch {
            if output.format != .text { console.data(document(file, nil, error).text(as: output.format)) }
            throw CommandFailure(.invalid, "\(file) is no sound evidence: \(error.text)")
        }
    }

    private static func contents(_ summary: EvidenceSummary) -> String {
        return [
            Counted.text(summary.entries, "entry", "entries"), Counted.text(summary.decisions, "decision"),
            Counted.text(summary.logs, "log"),
        ].joined(separator: ", ")
    }

    private func document(_ file: String, _ summary: EvidenceSummary?, _ problem: EvidenceProblem?) -> Document {
        .members([
            "file": .string(file), "ok": .bool(problem == nil), "run": .text(summary?.run.text),
            "workflow": .text(summary?.workflow), "entries": summary.map { .int($0.entries) } ?? .null,
            "decisions": summary.map { .int(Int64($0.decisions)) } ?? .null,
            "logs": summary.map { .int(Int64($0.logs)) } ?? .null, "head_hash": .text(summary?.headHash),
            "bundle_hash": .text(summary?.bundleHash),
            "problem": problem.map {
                .members(["place": .string($0.place), "message": .string($0.message)])
            } ?? .null,
        ])
    }
}
