package import WorkflowCore
package import WorkflowExecutors
package import WorkflowStore

/// What the engine refuses or cannot do, with the next move in its message.
package struct EngineError: Error, Sendable, Equatable {
    package enum Code: Sendable, Equatable {
        /// The store's own codes pass through.
        case store(StoreError.Code)
        /// A request that the machine refuses.
        case refused(InputRefusal.Code)
        /// The executor's own codes pass through.
        case executor(ExecutorError.Code)
        case noSuchRun
        case noSuchCheckpoint
        /// The run has a newer checkpoint, and no rewind was asked for.
        case checkpointNotNewest
        /// The run has ended in a way that a rewind cannot follow.
        case rewindOfEndedRun
        /// A run of this name exists with another definition or other parameters.
        case runConflict
        /// It would wait for what a run holds that waits for it.
        case heldByParent
        /// A definition that a run keeps cannot be read.
        case definitionUnreadable
        /// A checkpoint file is damaged, changed, or not one.
        case checkpointFileInvalid
        /// A bundle of evidence is damaged, changed, not one, or of another run.
        case evidenceInvalid
        /// The run cannot be moved to this definition.
        case definitionUnfit
        /// Its approvals could only be given by the store's owner.
        case approversUnreachable
        /// What names its approvers gives no names.
        case approversInvalid
        /// A secret is missing, too short, or its command failed.
        case secretUnavailable
        /// A parameter or a label holds the value of a secret.
        case secretInRequest
        /// A variable that the definition pins differs from when the run began.
        case pinnedEnvironmentDiffers
        /// An executor that a step is to call is not there, or cannot be used.
        case executorUnusable
        /// The journal contradicts itself: damage, or a defect of ours.
        case journalContradiction

        /// Stable, for `-o json` and logs.
        package var text: String {
            switch self {
            case .store(let code): code.rawValue
            case .refused(let code): code.rawValue
            case .executor(let code): code.rawValue
            case .noSuchRun: "no_such_run"
            case .noSuchCheckpoint: "no_such_checkpoint"
            case .checkpointNotNewest: "checkpoint_not_newest"
            case .rewindOfEndedRun: "rewind_of_ended_run"
            case .runConflict: "run_conflict"
            case .heldByParent: "held_by_parent"
            case .definitionUnreadable: "definition_unreadable"
            case .checkpointFileInvalid: "checkpoint_file_invalid"
            case .evidenceInvalid: "evidence_invalid"
            case .definitionUnfit: "definition_unfit"
            case .approversUnreachable: "approvers_unreachable"
            case .approversInvalid: "approvers_invalid"
            case .secretUnavailable: "secret_unavailable"
            case .secretInRequest: "secret_in_request"
            case .pinnedEnvironmentDiffers: "pinned_environment_differs"
            case .executorUnusable: "executor_unusable"
            case .journalContradiction: "journal_contradiction"
            }
        }
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package init(_ error: StoreError) {
        self.init(.store(error.code), error.message)
    }

    package init(_ error: ExecutorError) {
        self.init(.executor(error.code), error.message)
    }

    package init(_ error: InputRefusal) {
        self.init(.refused(error.code), error.message)
    }
}
