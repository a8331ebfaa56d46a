internal import Hashing
package import JSON
package import WorkflowCore
package import WorkflowStore

/// Makes plausible runs and entries, the same ones in every run of a test.
package struct StoreFixture: Sendable {
    package var ids: SequentialIDs
    package var clock = ManualClock()

    /// - Parameter series: fixtures of different series never make runs with the same UUID.
    package init(series: UInt64 = 1) {
        ids = SequentialIDs(series: series)
    }

    package static let running = RunProjection(status: .running, stage: "planning", dueAt: nil)

    package mutating func newRun(
        id: String? = nil, workflow: String = "deploy", labels: [String: String] = [:]
    ) -> NewRun {
        NewRun(
            uuid: ids.next(), id: id.map { RunID($0) }, workflow: workflow, definition: definition(workflow),
            labels: labels, createdBy: "alice", host: "db-1", engineVersion: "1.0.0", createdAt: clock.now)
    }

    package func definition(_ name: String) -> StoredDefinition {
        let canonical = Array("{\"name\":\"\(name)\"}".utf8)
        let hash = Hexadecimal.text(SHA256.hash(of: canonical))
        return StoredDefinition(
            definition: Definition(name: name, stages: [Stage(name: "planning", steps: [])]), hash: hash,
            canonicalJSON: canonical, source: Array("name: \(name)\n".utf8))
    }

    package mutating func created(_ run: NewRun) -> ProposedEntry {
        let fact = RunCreated(
            run: run.uuid, workflow: run.workflow, definitionHash: run.definition.hash,
            parameters: ["region": .string("eu-1"), "count": .int(3)], labels: run.labels,
            context: ExecutionContext(
                user: "alice", host: "db-1", umask: 0o22, workingDirectory: "/srv", environmentSalt: "salt",
                environmentHashes: ["PATH": "1f"]), engineVersion: run.engineVersion)
        return ProposedEntry(at: clock.tick(), actor: "user:alice", fact: .runCreated(fact))
    }

    /// The end of one step and the intent of the next: what a sequential run appends at each step.
    package mutating func step(_ number: Int, outputs: [String: JSONValue] = ["id": "vpc-1"]) -> [ProposedEntry] {
        [finished("step_\(number)", outputs: outputs), started("step_\(number + 1)")]
    }

    package mutating func finished(_ step: String, outputs: [String: JSONValue] = [:]) -> ProposedEntry {
        ProposedEntry(
            at: clock.tick(), actor: engineActor,
            fact: .stepSucceeded(StepSucceeded(step: step, attempt: 1, outputs: outputs)),
            checkpoint: CheckpointSubject(step: step, stage: "planning"))
    }

    package mutating func started(_ step: String) -> ProposedEntry {
        ProposedEntry(
            at: clock.tick(), actor: engineActor,
            fact: .attemptStarted(
                AttemptStarted(
                    step: step, attempt: 1, id: ids.next(), idempotencyKey: "key-\(step)",
                    host: HostIdentity(host: "db-1", boot: "b-1"))))
    }

    /// Makes a run in a store.
    package mutating func create(
        in store: any WorkflowStore, id: String? = nil, workflow: String = "deploy", labels: [String: String] = [:],
        status: RunStatus = .running
    ) async throws(StoreError) -> CreatedRun {
        let run = newRun(id: id, workflow: workflow, labels: labels)
        return try await store.createRun(
            run, entries: [created(run)],
            projection: RunProjection(status: status, stage: "planning", dueAt: nil))
    }
}
