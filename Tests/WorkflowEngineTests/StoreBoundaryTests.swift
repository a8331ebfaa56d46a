import JSON
import Testing
import WorkflowCore
import WorkflowEngine
import WorkflowStore
import WorkflowTestKit

/// The engine with real supervisors, whose store operations are counted in a run without faults; then its process is
/// lost before and after each of them, and each is refused once, before and after it took place: it succeeded, and its
/// caller saw an error.
@Suite("Survival: the engine at every operation of its store", .timeLimit(.minutes(10)))
struct SurvivalStoreBoundaryTests {
    static let steps = #"""
              - name: first
                run: echo first >> "$BENCH/ledger"; echo id=7 >> "$WORKFLOW_OUTPUT"
              - name: flaky
                needs: [first]
                retry: {limit: 1, delay: 1ms}
                run: echo flaky >> "$BENCH/ledger"; test "$(grep -c flaky "$BENCH/ledger")" = 2
              - name: locked
                needs: [flaky]
                locks: [shared]
                env: {ID: "${{ steps.first.outputs.id }}"}
                run: echo locked >> "$BENCH/ledger"; echo id="$ID" >> "$WORKFLOW_OUTPUT"
              - name: skipped
                needs: [locked]
                if: "false"
                run: echo skipped >> "$BENCH/ledger"
              - name: each
                needs: [skipped]
                foreach: {items: "${{ range(2) }}", as: index, max_parallel: 1}
                run: echo "each ${{ index }}" >> "$BENCH/ledger"; echo "n=${{ index }}" >> "$WORKFLOW_OUTPUT"
              - name: doubtful
                needs: [each]
                run: echo doubtful >> "$BENCH/ledger"; kill -KILL $$
                probe: grep -q doubtful "$BENCH/ledger" || exit 3
              - name: last
                needs: [doubtful]
                run: echo last >> "$BENCH/ledger"
        on_exit:
          - name: notify
            run: echo "notify ${{ run.status }}" >> "$BENCH/ledger"
        """#
    static let names = ["first", "flaky", "locked", "skipped", "each", "each[0]", "each[1]", "doubtful", "last"]
    static let ledger = [
        "first", "flaky", "flaky", "locked", "each 0", "each 1", "doubtful", "last", "notify completed",
    ]

    /// What a run comes to, without what differs from run to run.
    private struct Ending: Equatable {
        var status: RunStatus
        var steps: [Step]
        var ledger: [String]
        var checkpoints: [String]
        var locks: Int

        struct Step: Equatable {
            var name: String
            var phase: StepState.Phase?
            var outputs: [String: JSONValue]
        }

        init(of bench: EngineBench) async throws {
            let view = try await bench.engine().view(of: EngineBench.run)
            status = view.state.status
            steps = SurvivalStoreBoundaryTests.names.map { name in
                let state = view.state.state(ofStep: name)
                return Step(name: name, phase: state?.phase, outputs: state?.outputs ?? [:])
            }
            ledger = bench.ledger
            checkpoints = try await bench.memory.checkpoints(of: view.record.uuid).map(\.step)
            locks = try await bench.memory.locks(of: nil).count
        }
    }

    @Test(
        "Lost or refused there, it ends as if nothing had happened", arguments: FaultyStore.Moment.allCases,
        [true, false])
    func everyOperation(_ moment: FaultyStore.Moment, _ isLost: Bool) async throws {
        let calm = try EngineBench()
        let faultless = FaultyStore(calm.memory)
        #expect(await drive(calm, faultless) == nil)
        let expected = try await Ending(of: calm)
        #expect(expected.status == .completed)
        #expect(expected.ledger == SurvivalStoreBoundaryTests.ledger)
        let count = faultless.operationCount

        for operation in 1...count {
            let bench = try EngineBench()
            let store = FaultyStore(
                bench.memory, fault: FaultyStore.Fault(operation: operation, moment: moment, staysDown: isLost))
            let failure = await drive(bench, store)
            #expect(store.hasFailed)
            // A look at what the run can do without may fail unnoticed; then the run came to its end all the same.
            if let failure { #expect(failure.code == .store(.io) || failure.code == .store(.unavailable)) }
            bench.memory.abandonClaims()
            // Nothing was told that is not there.
            let told = bench.recorder.facts.count
            #expect(try await bench.head() >= Int64(told), "operation \(operation)")
            if try await bench.memory.run(named: EngineBench.run) == nil {
                #expect(bench.ledger.isEmpty && told == 0)
                #expect(await drive(bench, FaultyStore(bench.memory)) == nil)
            } else {
                _ = try await bench.resume().get()
            }
            #expect(try await Ending(of: bench) == expected, "operation \(operation) of \(count), \(moment), \(isLost)")
        }
        print("store operations of the engine: \(isLost ? "lost" : "refused") \(moment) each of \(count)")
    }

    private func drive(_ bench: EngineBench, _ store: FaultyStore) async -> EngineError? {
        do throws(EngineError) {
            let request: StartRequest
            do {
                request = try bench.request(SurvivalStoreBoundaryTests.steps)
            } catch {
                Issue.record(error)
                return nil
            }
            let result = try await bench.engine(over: store).start(
                request, patience: .timers, control: RunControl(), observer: bench.recorder)
            #expect(result.end == .ended(.completed), "no error, and not at its end")
            return nil
        } catch {
            return error
        }
    }
}
