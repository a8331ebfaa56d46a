internal import WorkflowCore
package import WorkflowStore

/// What every store must do, as exercises that a test runs against each of them.
///
/// An exercise gets an empty store of its own, and throws the first thing that is not as the protocol promises.
package struct StoreConformance: Sendable, CustomStringConvertible {
    /// A sentence.
    package let promise: String
    private let exercise: @Sendable (any WorkflowStore) async throws -> Void

    init(_ promise: String, _ exercise: @escaping @Sendable (any WorkflowStore) async throws -> Void) {
        self.promise = promise
        self.exercise = exercise
    }

    package var description: String { promise }

    package func run(on store: any WorkflowStore) async throws {
        try await exercise(store)
        await store.close()
    }

    package static let all = journals + claims + locks + records + limits + removal
}

/// A promise that a store broke.
package struct BrokenPromise: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) {
        self.description = description
    }
}

/// Compares what a store gave with what it must give.
func require<Value: Equatable>(_ actual: Value, is expected: Value, _ what: String) throws {
    guard actual == expected else {
        throw BrokenPromise(description: "\(what): \(actual), must be \(expected)")
    }
}

/// Requires an operation to be refused.
func require<Value>(
    _ code: StoreError.Code, _ what: String, from operation: () async throws(StoreError) -> Value
) async throws {
    let value: Value
    do {
        value = try await operation()
    } catch {
        return try require(error.code, is: code, what)
    }
    throw BrokenPromise(description: "\(what): gave \(value), must fail with \(code.rawValue)")
}

extension WorkflowStore {
    /// The run's record, which must be there.
    func record(_ run: UniqueID) async throws -> RunRecord {
        guard let record = try await self.run(run) else {
            throw BrokenPromise(description: "the run \(run.text) is not found")
        }
        return record
    }

    /// Appends behind what a run was created or claimed with.
    func append(
        _ entries: [ProposedEntry], to claim: RunClaim, head: Int64, projection: RunProjection = StoreFixture.running,
        answering requests: [Int64] = [], releasing holders: [String] = []
    ) async throws(StoreError) -> AppendReceipt {
        try await append(
            Append(
                claim: claim, head: head, entries: entries, projection: projection, answeredRequests: requests,
                releasing: holders))
    }
}
