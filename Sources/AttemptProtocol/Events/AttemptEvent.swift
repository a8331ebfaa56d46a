package import JSON

/// One event of an attempt, as its line in `$WORKFLOW_EVENTS` says.
package enum AttemptEvent: Sendable, Equatable {
    /// Shown while the attempt runs; not kept.
    case progress(AttemptProgress)
    /// An output of the step: a text as it is, any other value as its JSON.
    case output(name: String, value: String)
    /// Replaced by `***` from now on.
    case mask(String)
    /// What a tool has done so far.
    case record(kind: String, data: JSONValue)
    /// Money and tokens: the members as they were given.
    case usage([String: JSONValue])
    /// A file that is kept with the logs.
    case artifact(ArtifactEvent)
    case failure(FailureEvent)
}

/// How far an attempt is, as it says itself.
package struct AttemptProgress: Sendable, Equatable {
    package var message: String?
    package var done: Double?
    package var total: Double?

    package init(message: String? = nil, done: Double? = nil, total: Double? = nil) {
        self.message = message
        self.done = done
        self.total = total
    }
}

/// Why an attempt failed, in words that a retry rule can use.
package struct FailureEvent: Sendable, Equatable {
    /// Whether another attempt is of use.
    package enum Retry: String, Sendable, CaseIterable { case never, now, after }
    /// What the attempt has done before it failed.
    package enum Effect: String, Sendable, CaseIterable { case none, partial, unknown }

    package var code: String
    package var message: String
    package var retry: Retry?
    /// The least wait before the next attempt.
    package var afterMilliseconds: Int64?
    package var effect: Effect?

    package init(
        code: String, message: String, retry: Retry? = nil, afterMilliseconds: Int64? = nil, effect: Effect? = nil
    ) {
        self.code = code
        self.message = message
        self.retry = retry
        self.afterMilliseconds = afterMilliseconds
        self.effect = effect
    }
}

extension AttemptEvent {
    package enum Kind: String, Sendable, CaseIterable {
        case progress, output, mask, record, usage, artifact, failure
    }

    package var kind: Kind {
        switch self {
        case .progress: .progress
        case .output: .output
        case .mask: .mask
        case .record: .record
        case .usage: .usage
        case .artifact: .artifact
        case .failure: .failure
        }
    }

    /// The event as it is written down: its own members, and nothing else of its line.
    package var value: JSONValue {
        var members: [String: JSONValue] = ["type": .string(kind.rawValue)]
        switch self {
        case .progress(let progress):
            members["message"] = progress.message.map { .string($0) }
            members["done"] = progress.done.map(Self.number)
            members["total"] = progress.total.map(Self.number)
        case .output(let name, let value):
            members["name"] = .string(name)
            members["value"] = .string(value)
        case .mask(let value): members["value"] = .string(value)
        case .record(let kind, let data):
            members["kind"] = .string(kind)
            members["data"] = data
        case .usage(let figures): members.merge(figures) { own, _ in own }
        case .artifact(let artifact):
            members["name"] = .string(artifact.name)
            members["path"] = .string(artifact.path)
            members["media_type"] = artifact.mediaType.map { .string($0) }
            members["bytes"] = artifact.kept.map { .int($0.bytes) }
            members["sha256"] = artifact.kept.map { .string($0.sha256) }
        case .failure(let failure):
            members["code"] = .string(failure.code)
            members["message"] = .string(failure.message)
            members["retry"] = failure.retry.map { .string($0.rawValue) }
            members["after_ms"] = failure.afterMilliseconds.map { .int($0) }
            members["effect"] = failure.effect.map { .string($0.rawValue) }
        }
        return .object(members)
    }

    private static func number(_ number: Double) -> JSONValue {
        Int64(exactly: number).map { .int($0) } ?? .double(number)
    }
}
