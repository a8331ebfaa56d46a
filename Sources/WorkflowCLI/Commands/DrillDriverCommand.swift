internal import ArgumentParser
internal import Glibc
internal import JSON
internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowDrill
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore

/// The process that `workflow drill` crashes: starts or resumes the one run of a sandbox, and asks before each command.
struct DrillDriverCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill-driver", abstract: "Used by drill.", shouldDisplay: false)

    static let run = RunID("drill")
    /// Approvals and signals that one driver answers.
    private static let answersMax = 10_000
    /// Of the log of a step that fails without a crash.
    private static let logLines = 20

    @Option var definition: String
    @Option var input: String
    @Option var store: String
    /// Where the run is made.
    @Option var folder: String
    /// A person would decide to run the step again.
    @Option var retry: String?
    /// A person would take the drift of the step as it is.
    @Option var accept: String?

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        guard chdir(folder) == 0 else { throw CommandFailure(.notFound, "the sandbox \(folder) is gone") }
        var process = process
        process.workingFolder = folder
        let gate = DrillGate { ByteStream.output.write($0) }
        let session = try Session.open(store, .create, in: process, gate: gate)
        let input = try InputFile.object(self.input, console)
        return try await session.closing { () async throws(CommandFailure) in
            try await drive(session, gate, input, process)
        }
    }

    private func drive(
        _ session: Session, _ gate: DrillGate, _ input: [String: JSONValue], _ process: ProcessEnvironment
    ) async throws(CommandFailure) -> ExitStatus {
        let observer = DrillObserver(gate: gate)
        let actor: Actor = "program:drill"
        let engine = session.engine
        func ask(_ request: ControlRequest, as actor: Actor) async throws(CommandFailure) {
            _ = try await CommandFailure.telling { () async throws(EngineError) in
                try await engine.ask(
                    request, of: Self.run, actor: actor, control: RunControl(), observer: observer)
            }
        }
        if let retry { try await ask(.resolve(step: retry, .retry, outputs: [:], reason: "drill"), as: actor) }
        if let accept { try await ask(.resolve(step: accept, .done, outputs: [:], reason: "drill"), as: actor) }
        let request = StartRequest(
            definition: try stored(), file: input["file"]?.stringValue, parameters: input["params"]?.objectValue ?? [:],
            runID: Self.run, labels: [:],
            actor: actor)
        var result = try await CommandFailure.telling { () async throws(EngineError) in
            try await engine.start(request, patience: .timers, control: gate.begin(), observer: observer)
        }
        var answers = 0
        while true {
            let view = try await session.view(of: Self.run)
            let questions = view.state.questions
            if case .existed = result.end {
                // Made by an earlier driver: this one goes on with it.
            } else if case .stopped = result.end, !view.state.runningAttempts.isEmpty {
                // Takes longer than a driver that was told to leave waits for it.
            } else if case .waiting = result.end, let first = questions.first, answers < Self.answersMax {
                answers += 1
                switch first.question {
                case .approval(_, let approvers):
                    try await ask(
                        .approve(step: first.step, reason: "drill"),
                        as: approvers.first.map { "user:\($0)" } ?? actor)
                case .signal(let name):
                    try await ask(
                        .signal(name: name, data: input["signals"]?[name] ?? .null, reason: "drill"), as: actor)
                }
            } else {
                let state = view.state
                gate.tell(
                    .left(
                        status: gate.isLast ? "stopped" : state.status.rawValue,
                        inDoubt: state.stepsInDoubt.map { state.name(ofStep: $0) },
                        drifted: state.drifted.map { state.name(ofStep: $0) }, message: state.failure?.message ?? "",
                        log: Self.lastLines(of: view, session)))
                return .completed
            }
            result = try await CommandFailure.telling { () async throws(EngineError) in
                try await engine.resume(
                    ResumeRequest(target: .run(Self.run), actor: actor), patience: .timers, control: gate.begin(),
                    observer: observer)
            }
        }
    }

    /// What the step that failed said last.
    private static func lastLines(of view: RunView, _ session: Session) -> [String] {
        let failed = view.state.steps.indices.last {
            if case .failed = view.state.steps[$0].phase { return view.state.steps[$0].attempts > 0 }
            return false
        }
        guard let failed else { return [] }
        let path = session.environment.logPath(
            run: view.record.uuid, step: view.state.name(ofStep: failed), attempt: view.state.steps[failed].attempts)
        guard let tail = try? LogTail.of(path, lines: logLines) else { return [] }
        return tail.bytes.split(separator: UInt8(ascii: "\n")).map { DisplayLine.text(Array($0)) }
    }

    private func stored() throws(CommandFailure) -> StoredDefinition {
        let bytes = try InputFile.bytes(definition)
        do {
            return try DefinitionLoader().load(canonicalJSON: bytes, source: bytes)
        } catch {
            throw CommandFailure(.defect, "the definition under drill cannot be read back: \(error.message)")
        }
    }
}

extension RunState {
    /// What somebody is asked.
    fileprivate var questions: [(step: String, question: Question)] {
        stepsInOrder().compactMap { number in
            guard case .asking(_, _, let question) = steps[number].phase else { return nil }
            return (name(ofStep: number), question)
        }
    }
}
