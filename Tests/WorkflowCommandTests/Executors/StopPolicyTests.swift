import Glibc
import JSON
import Testing

@Suite("What may not be killed is not, until a person has it killed", .timeLimit(.minutes(5)))
struct StopPolicyTests {
    private let policy = #"{"signal": "INT", "to": "leader", "grace": "100ms", "kill": "never"}"#

    private func echo() throws -> EchoExecutor {
        let echo = try EchoExecutor(stop: policy)
        try echo.define(["with: {text: hi}"])
        for file in ["hold", "stubborn"] { try echo.scene.write("", to: file) }
        return echo
    }

    /// The attempt is asked to end, does not, and is named with what a person can do.
    private func expectNotEnding(_ echo: EchoExecutor, _ pid: pid_t, _ driver: Started) throws {
        try eventually("it is asked; \(driver.errors)") { echo.scene.lines("asked") == ["asked"] }
        try eventually("it is named") {
            try echo.scene.workflow("attention").output.contains("workflow cancel r --kill")
        }
        #expect(kill(pid, 0) == 0 && driver.isRunning)
        #expect(echo.scene.lines("asked") == ["asked"])
        #expect(try echo.scene.status("r") != "cancelled")
    }

    private func began(_ echo: EchoExecutor) throws -> pid_t {
        try eventually("it has begun") { echo.scene.lines("began").count == 1 }
        return try #require(pid_t(echo.scene.lines("began")[0]))
    }

    @Test("Under its supervisor")
    func supervised() throws {
        let echo = try echo()
        let driver = try echo.scene.start("run", "call.yaml", "--run-id", "r")
        let pid = try began(echo)
        #expect(try echo.scene.workflow("cancel", "r").status == 0)
        try expectNotEnding(echo, pid, driver)
        let killed = try echo.scene.workflow("cancel", "r", "--kill", "--reason", "it hangs")
        #expect(killed.status == 0, "\(killed)")
        let ended = try driver.finished()
        #expect(ended.status == 4, "\(ended)")
        try eventually("it is gone") { !echo.scene.members.contains(pid) }
        #expect(try echo.scene.status("r") == "cancelled")
        try echo.scene.expectVerified("r")
    }

    @Test("Also when its supervisor was killed, and the driver with it")
    func orphaned() throws {
        let echo = try echo()
        let first = try echo.scene.start("run", "call.yaml", "--run-id", "r")
        let pid = try began(echo)
        for supervisor in echo.scene.supervisors { _ = kill(supervisor, SIGKILL) }
        try first.killed()
        let driver = try echo.scene.start("resume", "r")
        try eventually("it is found; \(driver.errors)") { driver.errors.contains("\(pid)") }
        #expect(try echo.scene.workflow("cancel", "r").status == 0)
        try expectNotEnding(echo, pid, driver)
        let killed = try echo.scene.workflow("cancel", "r", "--kill", "--reason", "it hangs")
        #expect(killed.status == 0, "\(killed)")
        let ended = try driver.finished()
        #expect(ended.status == 4, "\(ended)")
        try eventually("it is gone") { !echo.scene.members.contains(pid) }
        try echo.scene.expectVerified("r")
    }

    @Test("A second signal asks it to end, and leaves it under its supervisor at once")
    func signalledTwice() throws {
        let echo = try echo()
        let driver = try echo.scene.start("run", "call.yaml", "--run-id", "r")
        let pid = try began(echo)
        driver.signal(SIGINT)
        try eventually("the first is taken") { driver.errors.contains("Once more") }
        #expect(echo.scene.lines("asked") == [])
        driver.signal(SIGINT)
        #expect(try driver.finished().status == 130)
        try eventually("it is asked") { echo.scene.lines("asked") == ["asked"] }
        #expect(kill(pid, 0) == 0 && !echo.scene.supervisors.isEmpty)
        try echo.scene.tool("rm", echo.scene.file("hold"))
        try eventually("it ends by itself") { echo.scene.supervisors.isEmpty }
        // What a program says that was asked to end, be it 0, proves nothing.
        let resumed = try echo.scene.workflow("resume", "r")
        #expect(resumed.status == 3, "\(resumed)")
        #expect(try echo.scene.step("hello", of: "r")["status"] == "in_doubt")
    }
}
