internal import Hashing
package import WorkflowCore

/// What makes a journal tamper-evident: every entry's hash covers its columns and the hash of the entry before it.
///
/// The hash of an entry is SHA-256 over these parts, one after the other:
/// ```
/// "workflow journal entry 1\n"
/// hash of the entry before it           32 bytes; zeros for the first entry
/// run id                                text
/// sequence                              number
/// type                                  text
/// version                               number
/// at                                    text
/// actor                                 text
/// SHA-256 of the payload as stored      32 bytes
/// encoding                              text
/// ```
/// A number is 8 bytes, big-endian, two's complement. A text is its length in bytes as a number, then its UTF-8. So no
/// two different rows have equal parts. The payload counts through its hash alone: removing a leaked payload does not
/// break the chain.
package enum HashChain {
    /// What stands in for the hash before the first entry.
    package static let start = [UInt8](repeating: 0, count: 32)

    package static func payloadHash(_ payload: [UInt8]) -> [UInt8] {
        SHA256.hash(of: payload)
    }

    /// The hash that `entry` of `run` must have behind `previous`. Reads every column but `hash` and `payload`.
    package static func hash(of entry: RawEntry, run: RunID, after previous: [UInt8]) -> [UInt8] {
        var parts: [UInt8] = []
        parts.reserveCapacity(256)
        parts.append(contentsOf: prefix)
        parts.append(contentsOf: previous)
        append(run.text, to: &parts)
        append(entry.sequence, to: &parts)
        append(entry.type, to: &parts)
        append(Int64(entry.version), to: &parts)
        append(entry.at.text, to: &parts)
        append(entry.actor, to: &parts)
        parts.append(contentsOf: entry.payloadHash)
        append(entry.encoding, to: &parts)
        return payloadHash(parts)
    }

    /// What a segment of `run` carries besides its other columns: SHA-256 over these parts, written as those of an
    /// entry.
    /// ```
    /// "workflow journal segment 1\n"
    /// run id                                text
    /// first, last                           numbers
    /// hash of the entry `last`              32 bytes
    /// body
    /// ```
    package static func seal(of segment: SegmentRecord, run: RunID) -> [UInt8] {
        var parts = Array("workflow journal segment 1\n".utf8)
        append(run.text, to: &parts)
        append(segment.first, to: &parts)
        append(segment.last, to: &parts)
        parts.append(contentsOf: segment.hash)
        var hash = SHA256()
        hash.update(parts)
        hash.update(segment.body)
        return hash.finalize()
    }

    /// The first problem of a whole journal, or nil.
    ///
    /// - Parameter head: what the run's record says is the newest entry; nil when that is not known, for example
    ///   because the entries are a part that was carried elsewhere. Without it a cut tail does not show.
    package static func verify(
        _ entries: some Sequence<RawEntry>, of run: RunID, head: (sequence: Int64, hash: [UInt8])? = nil
    ) -> ChainProblem? {
        var verifier = ChainVerifier(run: run)
        for entry in entries {
            if let problem = verifier.check(entry) { return problem }
        }
        return head.flatMap { verifier.checkEnd(sequence: $0.sequence, hash: $0.hash) }
    }

    private static let prefix = Array("workflow journal entry 1\n".utf8)

    private static func append(_ number: Int64, to parts: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { parts.append(contentsOf: $0) }
    }

    private static func append(_ text: String, to parts: inout [UInt8]) {
        append(Int64(text.utf8.count), to: &parts)
        parts.append(contentsOf: text.utf8)
    }
}

/// Verifies a journal entry by entry, so that a long one need not be in memory.
package struct ChainVerifier: Sendable {
    private let run: RunID
    /// The entry that was checked last; 0 before the first one.
    package private(set) var sequence: Int64 = 0
    private var hash = HashChain.start

    package init(run: RunID) {
        self.run = run
    }

    /// Takes the next entry. After a problem the rest of the journal says nothing: stop there.
    package mutating func check(_ entry: RawEntry) -> ChainProblem? {
        let expected = sequence + 1
        guard entry.sequence == expected else {
            return entry.sequence > expected
                ? ChainProblem(.missing, expected)
                : ChainProblem(.misplaced, entry.sequence)
        }
        guard entry.payloadHash.count == 32, entry.hash.count == 32,
            HashChain.hash(of: entry, run: run, after: hash) == entry.hash
        else { return ChainProblem(.entryChanged, expected) }
        guard HashChain.payloadHash(entry.payload) == entry.payloadHash else {
            return ChainProblem(.payloadChanged, expected)
        }
        sequence = expected
        hash = entry.hash
        return nil
    }

    /// Compares the end of the chain with what the run's record says.
    package func checkEnd(sequence: Int64, hash: [UInt8]) -> ChainProblem? {
        if self.sequence < sequence { return ChainProblem(.missing, self.sequence + 1) }
        if self.sequence > sequence { return ChainProblem(.misplaced, sequence + 1) }
        return self.hash == hash ? nil : ChainProblem(.entryChanged, sequence)
    }
}

/// The first entry of a journal that is not what was written, and how that shows.
package struct ChainProblem: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// There is no such entry.
        case missing
        /// An entry stands where none, or another one, was written.
        case misplaced
        /// A column, or an earlier entry that was replaced as a whole, does not fit the entry's hash.
        case entryChanged = "entry_changed"
        /// The payload does not fit its hash; all else does.
        case payloadChanged = "payload_changed"
    }

    package let kind: Kind
    package let sequence: Int64

    package init(_ kind: Kind, _ sequence: Int64) {
        self.kind = kind
        self.sequence = sequence
    }

    package var message: String {
        switch kind {
        case .missing: "entry \(sequence) is missing"
        case .misplaced: "entry \(sequence) is out of place"
        case .entryChanged: "entry \(sequence) does not fit the chain: it, or what stands before it, was changed"
        case .payloadChanged: "the payload of entry \(sequence) was changed"
        }
    }
}
