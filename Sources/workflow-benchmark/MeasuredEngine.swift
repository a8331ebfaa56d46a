import Foundation
import Synchronization
import WorkflowCore
import WorkflowDefinitions
import WorkflowEngine
import WorkflowExecutors
import WorkflowStore
import WorkflowStoreSQLite

/// The engine as a library over a new store on the disk, without processes: its steps are sleeps of no length, attempts
/// like any other.
struct MeasuredEngine {
    let store: SQLiteStore
    private let engine: Engine

    /// - Parameter folder: the store is made in it.
    init(in folder: String) throws {
        let location = StoreLocation(folder: StoreFolder(path: folder + "/.workflow"), origin: .option)
        store = try SQLiteStore.open(location, mode: .create)
        let host = try MachineIdentity.current()
        // A step that needs a process finds no supervisor, and fails.
        let executor = try ShellExecutor(
            attemptsFolder: location.folder.attempts, supervisorPath: folder + "/no-supervisor",
            place: AttemptPlace(host: host, storeID: store.id.text))
        engine = Engine(
            store: store, executor: executor,
            environment: EngineEnvironment(
                variables: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""], user: "benchmark", umask: 0o022,
                workingDirectory: folder, host: host, processID: Int(ProcessInfo.processInfo.processIdentifier),
                engineVersion: "benchmark", logsFolder: location.folder.logs),
            clock: RealClock())
    }

    static func definition(_ yaml: String) throws -> StoredDefinition {
        let result = DefinitionLoader().load(Array(yaml.utf8), file: "benchmark.yaml")
        guard let definition = result.definition else {
            throw MeasurementFailure(result.diagnostics.map(\.text).joined(separator: "\n"))
        }
        return definition
    }

    /// Starts a run and drives it to its end.
    ///
    /// - Returns: how long that took, in seconds.
    @discardableResult
    func drive(
        _ definition: StoredDefinition, id: String? = nil, to status: RunStatus = .completed,
        observer: any RunObserver = Silence()
    ) async throws -> Double {
        let watch = ContinuousClock()
        let began = watch.now
        let driven = try await engine.start(
            StartRequest(
                definition: definition, parameters: [:], runID: id.map { RunID($0) }, labels: [:], actor: "benchmark"),
            patience: .timers, control: RunControl(), observer: observer)
        let length = began.duration(to: watch.now)
        guard driven.end == .ended(status) else { throw MeasurementFailure("the run ended as \(driven.end)") }
        return length.inSeconds
    }

    func close() async {
        await store.close()
    }
}

/// Why there is no figure.
struct MeasurementFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

struct Silence: RunObserver {
    func observe(_ event: RunEvent) {}
}

/// Notes when each step has succeeded.
final class EndTimes: RunObserver {
    private let instants = Mutex<[ContinuousClock.Instant]>([])

    func observe(_ event: RunEvent) {
        guard case .entry(let entry, _) = event, case .stepSucceeded = entry.fact else { return }
        instants.withLock { $0.append(ContinuousClock().now) }
    }

    /// Microseconds for a step between the ends of two.
    func microseconds(from first: Int, to last: Int) -> Double {
        instants.withLock { $0[first].duration(to: $0[last]).inSeconds * 1e6 / Double(last - first) }
    }
}

private struct RealClock: EngineClock {
    func now() -> Timestamp {
        Timestamp(millisecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1000))
    }

    func sleep(for wait: Milliseconds) async {
        try? await Task.sleep(for: wait.duration)
    }
}
