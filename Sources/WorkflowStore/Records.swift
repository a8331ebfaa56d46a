package import JSON
package import WorkflowCore

/// What a new run is made of.
package struct NewRun: Sendable {
    package var uuid: UniqueID
    /// nil: the store gives `run-<UTC day>-<count>`.
    package var id: RunID?
    package var workflow: String
    package var definition: StoredDefinition
    package var labels: [String: String]
    package var createdBy: String
    package var host: String
    package var engineVersion: String
    package var createdAt: Timestamp
    /// `RUN@CHECKPOINT` of the store that the run was carried over from.
    package var forkedFrom: String?
    /// The run by one of whose steps it was started.
    package var parent: RunID?
    /// What the first entries move the run to, besides what it began with.
    package var furtherDefinitions: [StoredDefinition]

    package init(
        uuid: UniqueID, id: RunID?, workflow: String, definition: StoredDefinition, labels: [String: String],
        createdBy: String, host: String, engineVersion: String, createdAt: Timestamp, forkedFrom: String? = nil,
        parent: RunID? = nil, furtherDefinitions: [StoredDefinition] = []
    ) {
        self.parent = parent
        self.forkedFrom = forkedFrom
        self.furtherDefinitions = furtherDefinitions
        self.uuid = uuid
        self.id = id
        self.workflow = workflow
        self.definition = definition
        self.labels = labels
        self.createdBy = createdBy
        self.host = host
        self.engineVersion = engineVersion
        self.createdAt = createdAt
    }
}

/// What lists and claims need to know of a run; changes in the transaction that changes the journal.
package struct RunProjection: Sendable, Equatable {
    package var status: RunStatus
    /// The stage that the run is in; `complete` for a completed run.
    package var stage: String
    /// When the earliest timer fires that the run waits for, where it waits for nothing else.
    package var dueAt: Timestamp?
    /// Steps and items of a completed run that have failed, and were tolerated.
    package var failures: Int
    /// Where a person made its last driver leave: `SIGINT of ada`.
    package var stop: String?

    package init(status: RunStatus, stage: String, dueAt: Timestamp?, failures: Int = 0, stop: String? = nil) {
        self.failures = failures
        self.stop = stop
        self.status = status
        self.stage = stage
        self.dueAt = dueAt
    }
}

package struct RunRecord: Sendable, Equatable {
    package var uuid: UniqueID
    package var id: RunID
    package var workflow: String
    package var definitionHash: String
    package var projection: RunProjection
    package var labels: [String: String]
    package var createdBy: String
    package var host: String
    package var engineVersion: String
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    /// The sequence number of the newest entry.
    package var head: Int64
    /// That entry's hash: with `head` it shows a journal whose tail was cut off.
    package var headHash: [UInt8]
    /// The newest one; after a rewind the one gone back to.
    package var checkpoint: CheckpointID?
    package var token: FencingToken
    /// The group of runs that never overlap which the run asked for last.
    package var concurrencyGroup: String?
    /// The run by one of whose steps it was started.
    package var parent: RunID?

    package init(
        uuid: UniqueID, id: RunID, workflow: String, definitionHash: String, projection: RunProjection,
        labels: [String: String], createdBy: String, host: String, engineVersion: String, createdAt: Timestamp,
        updatedAt: Timestamp, head: Int64, headHash: [UInt8] = [], checkpoint: CheckpointID?, token: FencingToken,
        concurrencyGroup: String? = nil, parent: RunID? = nil
    ) {
        self.parent = parent
        self.uuid = uuid
        self.id = id
        self.workflow = workflow
        self.definitionHash = definitionHash
        self.projection = projection
        self.labels = labels
        self.createdBy = createdBy
        self.host = host
        self.engineVersion = engineVersion
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.head = head
        self.headHash = headHash
        self.checkpoint = checkpoint
        self.token = token
        self.concurrencyGroup = concurrencyGroup
    }
}

/// Which runs to list. Every condition that is set must hold.
package struct RunFilter: Sendable, Equatable {
    package var statuses: [RunStatus]
    package var workflow: String?
    package var labels: [String: String]
    package var createdSince: Timestamp?
    /// Only runs that were started by a step of this one.
    package var parent: RunID?
    /// Only runs that were started by a step of any run.
    package var isChild: Bool
    /// Only runs made before this one: where the next page begins. None where there is no such run.
    package var before: RunID?
    /// So many at most.
    package var limit: Int

    package init(
        statuses: [RunStatus] = [], workflow: String? = nil, labels: [String: String] = [:],
        createdSince: Timestamp? = nil, parent: RunID? = nil, isChild: Bool = false, before: RunID? = nil,
        limit: Int = 1000
    ) {
        self.parent = parent
        self.isChild = isChild
        self.before = before
        self.statuses = statuses
        self.workflow = workflow
        self.labels = labels
        self.createdSince = createdSince
        self.limit = limit
    }
}

package struct CheckpointRecord: Sendable, Equatable {
    package var id: CheckpointID
    package var run: UniqueID
    package var runID: RunID
    /// The entry that saved it.
    package var sequence: Int64
    package var stage: String
    package var step: String
    package var createdAt: Timestamp

    package init(
        id: CheckpointID, run: UniqueID, runID: RunID, sequence: Int64, stage: String, step: String,
        createdAt: Timestamp
    ) {
        self.id = id
        self.run = run
        self.runID = runID
        self.sequence = sequence
        self.stage = stage
        self.step = step
        self.createdAt = createdAt
    }
}

package struct DefinitionRecord: Sendable, Equatable {
    package var hash: String
    package var canonicalJSON: [UInt8]
    package var source: [UInt8]

    package init(hash: String, canonicalJSON: [UInt8], source: [UInt8]) {
        self.hash = hash
        self.canonicalJSON = canonicalJSON
        self.source = source
    }
}

/// The right to drive a run: carried by every append.
package struct RunClaim: Sendable, Equatable {
    package let run: UniqueID
    package let token: FencingToken

    package init(run: UniqueID, token: FencingToken) {
        self.run = run
        self.token = token
    }
}

package struct CreatedRun: Sendable, Equatable {
    package let record: RunRecord
    package let claim: RunClaim
    package let receipt: AppendReceipt

    package init(record: RunRecord, claim: RunClaim, receipt: AppendReceipt) {
        self.record = record
        self.claim = claim
        self.receipt = receipt
    }
}

package struct Append: Sendable, Equatable {
    package var claim: RunClaim
    /// The sequence number of the newest entry that the caller knows: an assertion, checked by the store.
    package var head: Int64
    /// May be empty: then only the projection changes and requests are removed.
    package var entries: [ProposedEntry]
    package var projection: RunProjection
    package var answeredRequests: [Int64]
    /// The holders whose locks are given up, with their places in queues. When the projection's status has ended, all
    /// locks of the run are.
    package var releasing: [String]
    /// The definition that the run is moved to by one of the entries.
    package var definition: StoredDefinition?

    package init(
        claim: RunClaim, head: Int64, entries: [ProposedEntry], projection: RunProjection,
        answeredRequests: [Int64] = [], releasing: [String] = [], definition: StoredDefinition? = nil
    ) {
        self.definition = definition
        self.claim = claim
        self.head = head
        self.entries = entries
        self.projection = projection
        self.answeredRequests = answeredRequests
        self.releasing = releasing
    }
}

package struct AppendReceipt: Sendable, Equatable {
    /// The sequence number of the newest entry now.
    package let head: Int64
    /// The checkpoints given, each with the sequence number of its entry, in order.
    package let checkpoints: [SavedCheckpoint]

    package init(head: Int64, checkpoints: [SavedCheckpoint]) {
        self.head = head
        self.checkpoints = checkpoints
    }
}

package struct SavedCheckpoint: Sendable, Equatable {
    package let id: CheckpointID
    package let sequence: Int64

    package init(id: CheckpointID, sequence: Int64) {
        self.id = id
        self.sequence = sequence
    }
}

/// An entry's columns as stored.
package struct RawEntry: Sendable, Equatable {
    package var sequence: Int64
    package var type: String
    package var version: Int
    package var at: Timestamp
    package var actor: String
    package var payload: [UInt8]
    package var encoding: String
    package var payloadHash: [UInt8]
    package var hash: [UInt8]

    package init(
        sequence: Int64, type: String, version: Int, at: Timestamp, actor: String, payload: [UInt8], encoding: String,
        payloadHash: [UInt8], hash: [UInt8]
    ) {
        self.sequence = sequence
        self.type = type
        self.version = version
        self.at = at
        self.actor = actor
        self.payload = payload
        self.encoding = encoding
        self.payloadHash = payloadHash
        self.hash = hash
    }
}

/// What somebody asks of a run that another process drives.
package struct NewInboxRequest: Sendable, Equatable {
    package var run: UniqueID
    package var kind: String
    package var payload: JSONValue
    package var actor: String
    package var at: Timestamp

    package init(run: UniqueID, kind: String, payload: JSONValue, actor: String, at: Timestamp) {
        self.run = run
        self.kind = kind
        self.payload = payload
        self.actor = actor
        self.at = at
    }

    /// The largest payload, in bytes as JSON: outputs of 1 MiB fit, whatever of them has to be escaped.
    package static let largestPayload = 8 << 20

    /// The payload as a store keeps it.
    ///
    /// - Throws: `.invalidEntry` for what is too large, or nested deeper than a reader takes.
    package func encodedPayload() throws(StoreError) -> [UInt8] {
        let bytes: [UInt8]
        do {
            bytes = try payload.compactBytes()
        } catch {
            throw StoreError(.invalidEntry, "a request cannot be stored: \(error.message)")
        }
        guard bytes.count <= NewInboxRequest.largestPayload else {
            throw StoreError(
                .invalidEntry,
                "a request of \(bytes.count) bytes cannot be stored; the limit is \(NewInboxRequest.largestPayload)")
        }
        return bytes
    }
}

package struct InboxRequest: Sendable, Equatable {
    package var id: Int64
    package var request: NewInboxRequest

    package init(id: Int64, request: NewInboxRequest) {
        self.id = id
        self.request = request
    }

    /// The kind of a request that is in the store and cannot be read: no driver knows it, so that it is passed over
    /// like any unknown one. Its payload is a text that says why.
    package static let unreadableKind = "unreadable"
}
