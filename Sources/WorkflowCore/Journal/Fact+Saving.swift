extension Fact {
    /// The same fact with the checkpoint that the store gave it.
    package func saved(as checkpoint: CheckpointID) -> Fact {
        switch self {
        case .stepSucceeded(var fact):
            fact.checkpoint = checkpoint
            return .stepSucceeded(fact)
        case .stepSkipped(var fact):
            fact.checkpoint = checkpoint
            return .stepSkipped(fact)
        case .runCreated, .driverAttached, .driverDetached, .stopRequested, .runRewound, .definitionChanged,
            .carriedOver, .stageEntered,
            .stageCompleted,
            .stageReturned, .itemsEvaluated, .groupEntered, .stepRepeated, .locksRequested, .locksTaken,
            .signalReceived, .stepApproved, .stepRejected, .verifyFinished, .requestRefused, .concurrencyRequested,
            .concurrencyTaken, .attemptStarted, .attemptVoided, .attemptFailed, .attemptInDoubt, .probeFinished,
            .stepFailed, .stepCancelled, .stepResolved, .pauseRequested, .runPaused, .cancelRequested,
            .endingBegan, .runEnded, .failuresReopened:
            return self
        }
    }
}
