/// One mechanism that the simulation breaks on purpose, so that its checkers are seen to fail.
///
/// Nothing of the machine is edited for it: a mutation lies between the machine and its surroundings. It alters what
/// the driver does, what the store does, the definition that the machine follows while the checkers go by the one that
/// the run was told to follow, what a new driver reads, or a decision together with the state that it is applied to.
package enum Mutation: String, Sendable, CaseIterable {
    // The driver.
    case effectsBeforeAppend = "effects are performed before the append"
    case appendErrorIgnored = "an append that the store refused is taken for done"
    case toldBeforeAppend = "checkpoints are told before they are durable"
    case staleDriverActs = "a driver whose append was refused for its token acts all the same"
    case doubtTakenForNeverBegan = "recovery takes an attempt in doubt for one that never began"
    case doubtTakenForFailure = "recovery takes an attempt in doubt for one that failed"
    case claimNotTaken = "recovery proves that an attempt never began and does not take its claim"
    case livingTakenForLost = "recovery does not look for living processes"
    case recordNotRead = "recovery does not read how an attempt ended"
    case probeOverruled = "a probe that says done is taken to say not done"
    case probeTrusted = "a probe that cannot tell is taken to say done"
    case lateResultAccepted = "the late result of an old attempt is taken for the present one's"
    case resultAppliedTwice = "a result that comes twice is taken twice"
    case waitNotClamped = "a wait is counted from its due time, whatever the clock did"
    case requestsForgotten = "a request is taken out of the inbox and not obeyed"
    case requestsKept = "a request is obeyed and left in the inbox"
    case timersForgotten = "a wait is written down and its timer is not set"
    case waitsCutShort = "a timer rings before its time"
    case lateLocksTaken = "a lock's grant for an earlier request is taken for the present one's"
    case locksTakenAnyway = "a lock that others hold is taken for given"
    case locksLostInDoubt = "a step in doubt gives its locks up"

    // The store.
    case appendNotSynced = "an append is acknowledged before it is on the disk"
    case tokenNotCompared = "the fencing token is not compared"
    case outputsNotWritten = "the outputs of a step are not written down"
    case numbersSkipped = "the store leaves a number out"
    case actorNotCovered = "the hash of an entry does not cover its actor"
    case chainUnchecked = "an audit does not check the chain"

    // The definition that the machine follows.
    case definitionSwapped = "a run follows the edited definition"
    case moveForgotten = "recovery follows the first definition of a run that was moved"
    case retryLimitIgnored = "the limit of retries is ignored"
    case passLimitIgnored = "the limit of a loop is ignored"
    case returnLimitIgnored = "the limit of returns is ignored"
    case timeoutTakenForFailure = "a timed-out attempt of a step that may not be repeated is repeated"
    case doubtPolicyIgnored = "a doubt is repeated that a person is to decide"
    case probeIgnored = "a declared probe is not asked"
    case needsIgnored = "a step does not wait for those that it needs"
    case parallelLimitIgnored = "max_parallel of the run is ignored"
    case itemLimitIgnored = "max_parallel of a foreach is ignored"
    case locksIgnored = "a step begins without its locks"
    case failureTolerated = "a failure stops nothing"
    case owedWorkDropped = "on_exit does not run"
    case approversIgnored = "anybody may approve"

    // What a new driver reads.
    case successReopened = "recovery opens a step that had succeeded"
    case owedWorkReopened = "recovery runs owed work twice"

    // Decisions.
    case keyKeptByRewind = "a key stays the same over a rewind"
    case keyKeptByReturn = "a key stays the same over a return to an earlier stage"
    case keyKeptByPass = "a key stays the same in another pass of a loop"
    case keySharedByItems = "the items of a foreach share a key"

    /// The promise that rests on it.
    package var promise: String {
        switch self {
        case .effectsBeforeAppend, .appendErrorIgnored: "P1"
        case .successReopened, .resultAppliedTwice, .owedWorkReopened, .owedWorkDropped, .needsIgnored,
            .failureTolerated, .keyKeptByRewind, .keyKeptByReturn, .keyKeptByPass, .keySharedByItems:
            "P2"
        case .toldBeforeAppend, .appendNotSynced, .outputsNotWritten, .requestsForgotten, .requestsKept: "P3"
        case .doubtTakenForNeverBegan, .doubtTakenForFailure, .claimNotTaken, .livingTakenForLost, .recordNotRead,
            .probeOverruled, .probeTrusted, .lateResultAccepted, .timeoutTakenForFailure, .doubtPolicyIgnored,
            .probeIgnored, .lateLocksTaken, .locksTakenAnyway, .locksLostInDoubt, .locksIgnored:
            "P4"
        case .staleDriverActs, .tokenNotCompared: "P5"
        case .definitionSwapped, .moveForgotten: "P6"
        case .timersForgotten, .waitsCutShort, .waitNotClamped, .retryLimitIgnored, .passLimitIgnored,
            .returnLimitIgnored, .parallelLimitIgnored,
            .itemLimitIgnored:
            "P7"
        case .numbersSkipped, .actorNotCovered, .chainUnchecked, .approversIgnored: "P8"
        }
    }
}
