internal import JSON
package import WorkflowCore

/// A proposed entry with its payload as bytes: all that an entry needs but its place in the chain.
package struct EncodedEntry: Sendable {
    package let at: Timestamp
    /// The name alone: who typed it is in the payload.
    package let actor: String
    package let type: String
    package let payload: [UInt8]
    package let payloadHash: [UInt8]

    /// The largest payload, in bytes; the same as what the reader takes.
    package static let largestPayload = JSONLimits.default.bytes

    /// The one form that payloads are stored in.
    package static let encoding = "json"

    /// - Parameter checkpoint: the name that the store gave to the entry's checkpoint.
    /// - Throws: `.invalidEntry` for what no reader could take back.
    package init(_ entry: ProposedEntry, checkpoint: CheckpointID?) throws(StoreError) {
        let fact = checkpoint.map { entry.fact.saved(as: $0) } ?? entry.fact
        at = entry.at
        actor = entry.actor.name
        type = fact.type
        do {
            if entry.actor.by == nil, let compact = fact.compactPayload {
                payload = compact
            } else {
                payload = try entry.actor.added(to: fact.payload).compactBytes()
            }
        } catch {
            throw StoreError(.invalidEntry, "a \(fact.type) entry cannot be stored: \(error.message)")
        }
        guard payload.count <= EncodedEntry.largestPayload else {
            throw StoreError(
                .invalidEntry,
                "a \(fact.type) entry of \(payload.count) bytes cannot be stored; the limit is "
                    + "\(EncodedEntry.largestPayload)")
        }
        guard (Timestamp(millisecondsSinceEpoch: 0)...Timestamp.latest).contains(at) else {
            throw StoreError(
                .invalidEntry,
                "a \(fact.type) entry cannot be stored: its time, \(at.millisecondsSinceEpoch) ms since 1970, is out "
                    + "of range; set the clock of this machine")
        }
        payloadHash = HashChain.payloadHash(payload)
    }

    /// The entry in its place.
    package func placed(at sequence: Int64, of run: RunID, after previous: [UInt8]) -> RawEntry {
        var entry = RawEntry(
            sequence: sequence, type: type, version: Fact.payloadVersion, at: at, actor: actor, payload: payload,
            encoding: EncodedEntry.encoding, payloadHash: payloadHash, hash: [])
        entry.hash = HashChain.hash(of: entry, run: run, after: previous)
        return entry
    }
}

extension RawEntry {
    /// How deep a stored payload may be nested: whatever the writer writes.
    private static let limits = JSONLimits(bytes: EncodedEntry.largestPayload, depth: JSONLimits.writtenDepth)

    /// Reads the payload.
    ///
    /// - Throws: `.storeTooNew` for what only a newer program can have written, `.storeDamaged` for the rest.
    package func decoded(of run: RunID) throws(StoreError) -> Entry {
        func damaged(_ problem: String) -> StoreError {
            StoreError(
                .storeDamaged,
                "entry \(sequence) of \(run.text) cannot be read: \(problem); look with `workflow journal \(run.text) "
                    + "--verify`")
        }
        guard encoding == EncodedEntry.encoding else {
            throw tooNew(run, "its payload is in the unknown encoding \(encoding)")
        }
        if let fact = Fact(type: type, version: version, compact: payload) {
            return Entry(sequence: sequence, at: at, actor: Actor(name: actor), fact: fact)
        }
        let json: JSONValue
        do {
            json = try JSONValue(parsing: payload, limits: RawEntry.limits)
        } catch {
            throw damaged("\(error)")
        }
        do {
            let fact = try Fact(type: type, version: version, payload: json)
            return Entry(sequence: sequence, at: at, actor: Actor(name: actor, payload: json), fact: fact)
        } catch {
            switch error {
            case .unknownType, .unknownVersion: throw tooNew(run, error.message)
            case .malformed: throw damaged(error.message)
            }
        }
    }

    private func tooNew(_ run: RunID, _ problem: String) -> StoreError {
        StoreError(
            .storeTooNew,
            "entry \(sequence) of \(run.text) was written by a newer version of this program (\(problem)); use that "
                + "version")
    }
}
