import Foundation
import Testing
import WorkflowCore
import WorkflowTestKit

@Suite("Simulation")
struct SimulationTests {
    /// Seeds that once found a defect.
    static let regressions: [UInt64] = [163_720, 4054, 4097]

    /// `WORKFLOW_SIMULATION_SEEDS=1-100000` runs others.
    static var seeds: ClosedRange<UInt64> {
        let bounds = (ProcessInfo.processInfo.environment["WORKFLOW_SIMULATION_SEEDS"] ?? "").split(separator: "-")
            .compactMap { UInt64($0) }
        return bounds.count == 2 && bounds[0] <= bounds[1] ? bounds[0]...bounds[1] : 1...300
    }

    @Test("Every promise holds under crashes, take-overs, lost processes and people, whatever the definition")
    func seeds() throws {
        var statuses: [RunStatus: Int] = [:]
        var total = Simulation.Outcome()
        var fault: SimulationFault?
        do {
            try Simulation.run(seeds: SimulationTests.seeds) { outcome in
                statuses[outcome.status, default: 0] += 1
                total.add(outcome)
            }
        } catch let broken as SimulationFault {
            fault = broken
        }
        #expect(fault == nil, "\(fault?.message ?? "")")
        print("simulated: \(total.text), \(statuses.map { "\($0.key.rawValue) \($0.value)" }.sorted())")
        guard fault == nil, SimulationTests.seeds.count >= 300 else { return }
        // A simulation in which nothing goes wrong, or nothing ever ends well, tests nothing.
        for (name, count) in total.counts { #expect(count > 20, "\(name)") }
        for status in [RunStatus.completed, .failed, .cancelled] { #expect(statuses[status, default: 0] > 20) }
    }

    @Test("A seed gives the same run again")
    func deterministic() throws {
        for seed: UInt64 in 1...5 {
            let (first, second) = (try Simulation.run(seed: seed), try Simulation.run(seed: seed))
            #expect("\(first)" == "\(second)")
        }
    }

    @Test("Seeds that found defects stay mended", arguments: regressions)
    func regression(seed: UInt64) throws {
        _ = try Simulation.run(seed: seed)
    }
}
