internal import Glibc
internal import Synchronization
internal import WorkflowCore
package import WorkflowEngine
package import WorkflowExecutors
internal import WorkflowViews

/// The gate of a driver under drill: tells what is about to happen, and waits for an order or for its end.
///
/// One command starts at a time, as the definition under drill runs one step at once; probes and verifications may
/// start side by side, so each takes its turn.
package final class DrillGate: LaunchGate {
    private struct State {
        var control = RunControl()
        /// Nothing is to start after the step that runs.
        var isLast = false
    }

    private let write: @Sendable ([UInt8]) -> Void
    private let turn = Mutex(())
    private let state = Mutex(State())

    /// - Parameter write: takes the lines that the drill reads, in order and one at a time.
    package init(writing write: @escaping @Sendable ([UInt8]) -> Void) {
        self.write = write
    }

    /// The control of another drive by this process.
    package func begin() -> RunControl {
        state.withLock { state in
            state.control = RunControl()
            return state.control
        }
    }

    package var isLast: Bool { state.withLock { $0.isLast } }

    /// Nothing new is to start. A driver that is told so leaves after 10 s, and the next one picks up what still runs.
    private func stop() {
        let control = state.withLock { state in
            state.isLast = true
            return state.control
        }
        control.stop(signal: "SIGTERM")
    }

    package func reattached() {
        if isLast { stop() }
    }

    package func tell(_ event: DrillEvent) { write(Array((event.line + "\n").utf8)) }

    package func willLaunch(_ id: AttemptIdentity, _ spec: CommandSpec) -> CommandSpec {
        turn.withLock { _ in
            tell(.launch(isProbe: !id.isAttempt, step: spec.environment["WORKFLOW_STEP"] ?? ""))
            guard order() == .idle else { return spec }
            var idle = spec
            idle.shell = ["sh"]
            idle.script = "exec sleep 86400"
            idle.input = []
            return idle
        }
    }

    package func didLaunch(_ id: AttemptIdentity, _ spec: CommandSpec, folder: String) {
        guard id.isAttempt else { return }
        turn.withLock { _ in
            tell(.launched(step: spec.environment["WORKFLOW_STEP"] ?? "", folder: folder))
            if order() == .last { stop() }
        }
    }

    /// Blocks. Whoever gave the orders is gone: then this process goes too, as if it had been killed.
    private func order() -> DrillOrder {
        var word: [UInt8] = []
        while true {
            var byte: UInt8 = 0
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { _exit(128 + SIGTERM) }
            guard byte != UInt8(ascii: "\n") else { break }
            word.append(byte)
        }
        return DrillOrder(rawValue: String(decoding: word, as: UTF8.self)) ?? .go
    }
}

/// Tells what becomes durable.
package struct DrillObserver: RunObserver {
    package let gate: DrillGate

    package init(gate: DrillGate) {
        self.gate = gate
    }

    package func observe(_ event: RunEvent) {
        if case .reattached = event { return gate.reattached() }
        guard case .entry(let entry, _) = event else { return }
        switch entry.fact {
        case .probeFinished(let fact):
            gate.tell(.probed(step: fact.step, verdict: fact.verdict.text, message: fact.message))
        case .verifyFinished(let fact):
            gate.tell(.verified(step: fact.step, verdict: fact.verdict.text, message: fact.message))
        // A pass of a `repeat` is done for good too.
        case .stepRepeated(let fact): gate.tell(.succeeded(step: fact.step, outputs: [:]))
        case .stepSucceeded(let fact): gate.tell(.succeeded(step: fact.step, outputs: fact.outputs))
        case .stepFailed(let fact): gate.tell(.failed(step: fact.step, message: fact.failure.message))
        case .attemptFailed(let fact): gate.tell(.failed(step: fact.step, message: fact.failure.message))
        default: break
        }
    }
}
