import AttemptProtocol
import Testing

@Suite("The course of an attempt")
struct AttemptCourseTests {
    private static let second: Int64 = 1_000_000_000

    /// Started at 0, timeout 100 s, ten seconds from SIGTERM to SIGKILL.
    private func course(timeout: Int64 = 100 * second) -> AttemptCourse {
        AttemptCourse(startedAt: 0, timeout: timeout, killAfter: 10 * Self.second)
    }

    @Test("A command that closes its output and ends is settled when nobody is left")
    func plain() {
        var course = course()
        #expect(course.due == 100 * Self.second)
        #expect(course.outputClosed(now: 1) == [])
        #expect(course.directProcessEnded(now: 2) == [.lookForMembers])
        #expect(course.membersLeft(0, now: 3) == [.settle])
        #expect(course.state == .ended)
        #expect(course.reason == nil)
        #expect(course.due == nil)
    }

    @Test("Output is waited for, at most two seconds")
    func drain() {
        var course = course()
        #expect(course.directProcessEnded(now: 0) == [])
        #expect(course.due == 2 * Self.second)
        #expect(course.timePassed(now: Self.second) == [])
        var closed = course
        #expect(closed.outputClosed(now: Self.second) == [.lookForMembers])
        #expect(course.timePassed(now: 2 * Self.second) == [.lookForMembers])
        #expect(course.membersLeft(0, now: 2 * Self.second) == [.settle])
    }

    @Test("Members that are left are asked to end, then killed, then given up")
    func leftMembers() {
        var course = course()
        _ = course.outputClosed(now: 0)
        #expect(course.directProcessEnded(now: 0) == [.lookForMembers])
        #expect(course.membersLeft(3, now: 0) == [.terminateSession])
        #expect(course.timePassed(now: Self.second) == [.lookForMembers])
        #expect(course.membersLeft(1, now: Self.second) == [])
        #expect(course.membersLeft(1, now: 2 * Self.second) == [.killSession])
        #expect(course.membersLeft(1, now: 3 * Self.second) == [.killSession])
        #expect(course.membersLeft(1, now: 7 * Self.second) == [.settle])
    }

    @Test("A timeout terminates, and kills after the grace, again and again")
    func timeout() {
        var course = course()
        #expect(course.timePassed(now: 99 * Self.second) == [])
        #expect(course.timePassed(now: 100 * Self.second) == [.terminateGroup])
        #expect(course.reason == .timeout)
        #expect(course.due == 110 * Self.second)
        #expect(course.timePassed(now: 109 * Self.second) == [])
        #expect(course.timePassed(now: 110 * Self.second) == [.killSession])
        #expect(course.due == 111 * Self.second)
        #expect(course.timePassed(now: 110 * Self.second + 1) == [])
        #expect(course.timePassed(now: 111 * Self.second) == [.killSession])
        #expect(course.directProcessEnded(now: 112 * Self.second) == [])
        #expect(course.timePassed(now: 112 * Self.second) == [.lookForMembers])
        #expect(course.membersLeft(1, now: 112 * Self.second) == [.killSession])
        #expect(course.membersLeft(0, now: 112 * Self.second) == [.settle])
    }

    @Test("After a timeout the rest of the group has the whole grace")
    func restOfGroup() {
        var course = course()
        _ = course.outputClosed(now: 0)
        #expect(course.timePassed(now: 100 * Self.second) == [.terminateGroup])
        #expect(course.directProcessEnded(now: 101 * Self.second) == [.lookForMembers])
        #expect(course.membersLeft(2, now: 101 * Self.second) == [])
        #expect(course.membersLeft(2, now: 109 * Self.second) == [])
        #expect(course.membersLeft(2, now: 110 * Self.second) == [.killSession])
    }

    @Test("The first reason stays; a second request can only shorten the grace")
    func cancel() {
        var course = course()
        #expect(course.cancelRequested(grace: 5 * Self.second, now: 0) == [.terminateGroup])
        #expect(course.cancelRequested(grace: 60 * Self.second, now: 0) == [])
        #expect(course.due == 5 * Self.second)
        #expect(course.cancelRequested(grace: 0, now: Self.second) == [.killSession])
        #expect(course.timePassed(now: 100 * Self.second) == [.killSession])
        #expect(course.reason == .cancel)
        var timedOut = self.course()
        _ = timedOut.timePassed(now: 100 * Self.second)
        #expect(timedOut.cancelRequested(grace: 0, now: 100 * Self.second) == [.killSession])
        #expect(timedOut.reason == .timeout)
    }

    @Test("A request without grace kills at once; one after the end changes nothing")
    func extremes() {
        var course = course()
        #expect(course.cancelRequested(grace: 0, now: 0) == [.terminateGroup, .killSession])
        var ended = self.course()
        _ = ended.directProcessEnded(now: 0)
        #expect(ended.cancelRequested(grace: 0, now: 1) == [])
        #expect(ended.reason == nil)
        #expect(ended.directProcessEnded(now: 1) == [])
        #expect(ended.membersLeft(1, now: 1) == [])
    }

    @Test("Extreme lengths of time do not overflow")
    func overflow() {
        var course = AttemptCourse(startedAt: Self.second, timeout: .max, killAfter: .max)
        #expect(course.timePassed(now: Self.second) == [])
        #expect(course.cancelRequested(grace: .max, now: Self.second) == [.terminateGroup])
        var negative = AttemptCourse(startedAt: 0, timeout: -1, killAfter: -1)
        #expect(negative.timePassed(now: 0) == [.terminateGroup, .killSession])
    }
}
