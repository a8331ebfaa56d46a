import Testing
import WorkflowCore
import WorkflowEngine
import WorkflowStore
import WorkflowTestKit

extension EngineBench {
    /// How long a run of these tests may take; without their mechanism it may never end by itself.
    static let patience = Duration.seconds(120)

    /// Drives a run over `gate`, and does `body` beside it; returns how the driver ended.
    ///
    /// Ends in time whatever the engine does: when the patience is over, the gate is opened and the driver told to
    /// leave.
    func drive(
        _ request: StartRequest, over gate: GatedStore? = nil,
        _ body: @escaping @Sendable (RunControl) async throws -> Void = { _ in }
    ) async throws -> Result<DriveResult, EngineError> {
        try await bounded(gate) { control in
            do throws(EngineError) {
                return .success(
                    try await self.engine(over: gate).start(
                        request, patience: .timers, control: control, observer: self.recorder))
            } catch {
                return .failure(error)
            }
        } beside: { control in
            try await body(control)
        }
    }

    /// Resumes the run with a new engine over the store in memory.
    func resume(_ request: ResumeRequest? = nil) async throws -> Result<DriveResult, EngineError> {
        let request = request ?? ResumeRequest(target: .run(EngineBench.run), actor: "user:alice")
        return try await bounded(nil) { control in
            do throws(EngineError) {
                return .success(
                    try await self.engine().resume(
                        request, patience: .timers, control: control, observer: self.recorder))
            } catch {
                return .failure(error)
            }
        } beside: { _ in
        }
    }

    private func bounded(
        _ gate: GatedStore?, _ drive: @escaping @Sendable (RunControl) async -> Result<DriveResult, EngineError>,
        beside body: @escaping @Sendable (RunControl) async throws -> Void
    ) async throws -> Result<DriveResult, EngineError> {
        let control = RunControl()
        let letGo: @Sendable () -> Void = { [recorder] in
            gate?.open(.fails(StoreError(.unavailable, "the test is over")))
            recorder.giveUp()
            for _ in 0..<3 { control.stop(signal: "SIGTERM") }
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await Task.sleep(for: EngineBench.patience) } catch { return }
                Issue.record("the run did not end within \(EngineBench.patience)")
                letGo()
            }
            async let ended = drive(control)
            do {
                try await body(control)
            } catch {
                letGo()
                _ = await ended
                throw error
            }
            let result = await ended
            group.cancelAll()
            return result
        }
    }
}
