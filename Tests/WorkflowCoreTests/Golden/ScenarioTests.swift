import Foundation
import Testing

@Suite("Scenarios")
struct ScenarioTests {
    @Test("What is decided is what the script says", arguments: Scenario.names)
    func scenario(name: String) throws {
        let written = try Scenario(named: name)
        let played = try written.played()
        if ProcessInfo.processInfo.environment["WORKFLOW_REWRITE_SCENARIOS"] != nil {
            try played.write()
        } else {
            for (old, new) in zip(written.blocks, played.blocks) { #expect(new == old) }
        }
    }

    @Test("There are scenarios")
    func present() {
        #expect(Scenario.names.count >= 8)
    }
}
