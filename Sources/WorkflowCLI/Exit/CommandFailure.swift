internal import CEL
internal import WorkflowCore
internal import WorkflowDefinitions
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStore

/// Why a command could not do what it was asked: how the program ends, and what stands on standard error.
struct CommandFailure: Error, Sendable, Equatable {
    let status: ExitStatus
    /// Names the thing and the next move; empty where everything has been said already.
    let message: String
    /// Stable; nil where the exit status says all that there is to say. `workflow docs CODE` has a page of it.
    let code: String?
    /// What goes on with it once the cause is mended: the last line by itself.
    private(set) var command: String?

    init(_ status: ExitStatus, _ message: String, code: String? = nil) {
        self.status = status
        self.message = message
        self.code = code
    }

    /// The message as people read it: its first line ends with the code in brackets, as that of a diagnostic does.
    ///
    /// - Parameter message: as it is shown: a name in which a line ends is one line of it.
    func text(of message: String) -> String {
        guard let code else { return message }
        let first = message.prefix { $0 != "\n" }
        return first + " [\(code)]" + message.dropFirst(first.count)
    }

    /// The same of a run that is there and can be resumed: whatever stopped its driver lies outside of it.
    func resumable(_ command: String) -> CommandFailure {
        status == .inputOutput || status == .unavailable ? then(command) : self
    }

    /// The same, with what to type once the cause is gone.
    func then(_ command: String) -> CommandFailure {
        var failure = self
        failure.command = command
        return failure
    }
}

extension CommandFailure {
    init(_ error: EngineError) {
        self.init(ExitStatus(error.code), error.message, code: error.code.text)
    }

    init(_ error: StoreError) {
        self.init(ExitStatus(error.code), error.message, code: error.code.rawValue)
    }

    init(_ error: ExecutorError) {
        self.init(ExitStatus(error.code), error.message, code: error.code.rawValue)
    }

    init(_ error: OutputError) {
        self.init(.invalid, error.message, code: error.code.rawValue)
    }

    /// Runs an engine's call and says its error in this program's terms.
    static func telling<Value>(
        _ body: () async throws(EngineError) -> Value
    ) async throws(CommandFailure) -> Value {
        do {
            return try await body()
        } catch {
            throw CommandFailure(error)
        }
    }
}

extension ExitStatus {
    init(_ code: EngineError.Code) {
        switch code {
        case .store(let code): self.init(code)
        case .refused(let code): self.init(code)
        case .executor(let code): self.init(code)
        case .noSuchRun, .noSuchCheckpoint: self = .notFound
        case .checkpointNotNewest, .rewindOfEndedRun: self = .usage
        case .runConflict, .definitionUnfit, .approversUnreachable, .approversInvalid, .checkpointFileInvalid,
            .evidenceInvalid,
            .secretUnavailable, .secretInRequest,
            .pinnedEnvironmentDiffers, .executorUnusable:
            self = .invalid
        case .heldByParent: self = .busy
        case .definitionUnreadable, .journalContradiction: self = .inputOutput
        }
    }

    init(_ code: StoreError.Code) {
        switch code {
        case .storeMissing, .noSuchRun: self = .notFound
        case .storeDamaged, .storeTooNew, .storeUnsupported, .io: self = .inputOutput
        case .notPermitted: self = .notPermitted
        case .unavailable: self = .unavailable
        case .migrating, .storeCopied, .heldByOther, .staleToken, .inboxFull: self = .busy
        case .runExists, .invalidEntry: self = .invalid
        case .headMismatch: self = .defect
        }
    }

    init(_ code: InputRefusal.Code) {
        switch code {
        case .noSuchStep: self = .notFound
        case .stepNotResolvable, .runHasEnded, .stepInDoubt, .checkpointLeftBehind: self = .usage
        case .attemptsRunning: self = .busy
        case .outputsInvalid, .signalInvalid, .secretsMissing: self = .invalid
        case .stepNotAsking, .reasonMissing: self = .usage
        case .notAnApprover: self = .notPermitted
        case .signalsFull: self = .busy
        }
    }

    init(_ code: ExecutorError.Code) {
        switch code {
        // sysexits.h has 69 for a program that others need and that is not there.
        case .supervisorMissing, .supervisorFailed: self = .unavailable
        case .commandInvalid, .executorMissing: self = .invalid
        case .attemptFolder, .attemptVersion, .log: self = .inputOutput
        }
    }
}
