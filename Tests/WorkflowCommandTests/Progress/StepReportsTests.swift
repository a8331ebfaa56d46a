import Testing
import WorkflowCore
import WorkflowTestKit

@testable import WorkflowCLI

@Suite("What running steps report, in plain lines")
struct StepReportsTests {
    private static func id(_ number: UInt64) -> UniqueID { UniqueID(randomHigh: 0, randomLow: number) }

    private static func started(_ step: String, _ number: UInt64, wait: Wait? = nil) -> Fact {
        .attemptStarted(
            AttemptStarted(step: step, attempt: 1, id: id(number), idempotencyKey: "k", host: nil, wait: wait))
    }

    @Test("It is said once, in the order in which the attempts began, and again where it is another thing")
    func news() {
        var reports = StepReports()
        reports.note(Self.started("b", 1))
        reports.note(Self.started("a", 2))
        var said = [Self.id(1).text: "1/3", Self.id(2).text: "9"]
        #expect(reports.news { said[$0] }.map { "\($0.step) \($0.text)" } == ["b 1/3", "a 9"])
        #expect(reports.news { said[$0] }.isEmpty)
        said[Self.id(1).text] = "2/3"
        said[Self.id(2).text] = nil
        #expect(reports.news { said[$0] }.map { "\($0.step) \($0.text)" } == ["b 2/3"])
    }

    @Test("What has ended, waits, or was taken over under another attempt is not asked")
    func ended() {
        let wait = Wait(due: ManualClock().now, length: .seconds(1))
        var reports = StepReports()
        for (number, step) in ["done", "failed", "lost", "again", "left"].enumerated() {
            reports.note(Self.started(step, UInt64(number)))
        }
        reports.note(Self.started("asleep", 9, wait: wait))
        reports.note(.stepSucceeded(StepSucceeded(step: "done", attempt: 1, outputs: [:])))
        reports.note(.attemptFailed(AttemptFailed(step: "failed", attempt: 1, failure: Self.failure, retry: nil)))
        reports.note(.attemptInDoubt(AttemptInDoubt(step: "lost", attempt: 1, reason: "gone")))
        reports.note(Self.started("again", 7))
        reports.begin("resumed", Self.id(8))
        #expect(
            reports.news { $0 }.map { "\($0.step) \($0.text)" } == [
                "left \(Self.id(4).text)", "again \(Self.id(7).text)", "resumed \(Self.id(8).text)",
            ])
    }

    private static let failure = Failure(kind: .permanent, code: "exit_status", message: "exited with status 1")
}
