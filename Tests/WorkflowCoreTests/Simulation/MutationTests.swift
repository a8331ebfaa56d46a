import Testing
import WorkflowCore
import WorkflowTestKit

/// Each checker has been seen to fail: here it is seen again with every change.
///
/// What a wrapper around the pure machine cannot break (locks of files, `synchronous=FULL`, supervisors, pages of a
/// damaged database) is in `PromiseTests`.
@Suite("Mutations")
struct MutationTests {
    /// What finds the break, the first seed that shows it being one of the budget.
    static func finder(of mutation: Mutation) -> Checker {
        switch mutation {
        case .effectsBeforeAppend, .appendErrorIgnored, .staleDriverActs: .intentFirst
        case .toldBeforeAppend, .appendNotSynced: .toldIsDurable
        case .doubtTakenForNeverBegan, .doubtTakenForFailure, .claimNotTaken, .livingTakenForLost, .recordNotRead,
            .probeTrusted, .lateResultAccepted:
            .outcomesAreTrue
        case .probeOverruled, .timeoutTakenForFailure: .effectOncePerKey
        case .doubtPolicyIgnored, .probeIgnored: .doubtIsSettled
        case .resultAppliedTwice, .successReopened, .owedWorkReopened: .doneStaysDone
        case .owedWorkDropped: .owedWorkOncePerEnding
        case .waitNotClamped, .retryLimitIgnored, .passLimitIgnored, .returnLimitIgnored, .parallelLimitIgnored,
            .failureTolerated:
            .limitsHold
        case .waitsCutShort: .waitsAreKept
        case .timersForgotten: .runsEnd
        case .requestsForgotten, .requestsKept: .requestsAreObeyed
        case .lateLocksTaken, .locksTakenAnyway, .locksLostInDoubt, .locksIgnored: .locksAreHeld
        case .outputsNotWritten: .replayEqualsLive
        case .tokenNotCompared: .oneDriver
        case .numbersSkipped, .actorNotCovered, .chainUnchecked: .chainHolds
        case .definitionSwapped: .definitionHolds
        case .needsIgnored, .moveForgotten: .orderOfSteps
        case .itemLimitIgnored: .containersHold
        case .approversIgnored: .answersAreAllowed
        case .keyKeptByRewind, .keyKeptByReturn, .keyKeptByPass, .keySharedByItems: .keysAndNumbers
        }
    }

    @Test("A mechanism that is broken on purpose is found within the budget", arguments: Mutation.allCases)
    func found(mutation: Mutation) throws {
        var found: (seed: UInt64, fault: SimulationFault)?
        try Simulation.run(seeds: SimulationTests.budget, breaking: mutation) { seed, result in
            guard case .failure(let fault) = result else { return true }
            found = (seed, fault)
            return false
        }
        #expect(
            found?.fault.checker == MutationTests.finder(of: mutation),
            "\(mutation.promise), \(mutation.rawValue): \(found?.fault.message ?? "not found")")
    }

    @Test("Every checker has been seen to fail")
    func everyChecker() {
        let seen = Set(Mutation.allCases.map(MutationTests.finder))
        for checker in Checker.allCases where checker != .simulation { #expect(seen.contains(checker)) }
    }
}
