package import WorkflowCore

/// A segment of a run's journal as a store keeps it: see `JournalSegment`.
package struct SegmentRecord: Sendable, Equatable {
    /// The sequence numbers of its entries.
    package var first: Int64
    package var last: Int64
    package var body: [UInt8]
    /// That of the entry `last`: the segment belongs to this journal and no other.
    package var hash: [UInt8]
    package var seal: [UInt8]

    package init(first: Int64, last: Int64, body: [UInt8], hash: [UInt8], seal: [UInt8]) {
        self.first = first
        self.last = last
        self.body = body
        self.hash = hash
        self.seal = seal
    }

    /// Makes one with its seal.
    package init(first: Int64, last: Int64, body: [UInt8], hash: [UInt8], of run: RunID) {
        self.init(first: first, last: last, body: body, hash: hash, seal: [])
        seal = HashChain.seal(of: self, run: run)
    }

    /// The block of entries that `sequence` lies in: what one segment holds.
    package static func block(of sequence: Int64) -> ClosedRange<Int64> {
        let first = (max(sequence, 1) - 1) / JournalSegment.entries * JournalSegment.entries + 1
        return first...first + (JournalSegment.entries - 1)
    }

    /// Reads its entries behind `entries`.
    ///
    /// - Returns: false where it is not as it was made, or in a form of another program; nothing was added then.
    package func read(of run: RunID, into entries: inout [Entry]) -> Bool {
        guard first >= 1, (first - 1) % JournalSegment.entries == 0, last >= first,
            last - first == JournalSegment.entries - 1, HashChain.seal(of: self, run: run) == seal
        else { return false }
        return JournalSegment.read(body, from: first, count: JournalSegment.entries, into: &entries)
    }
}

/// A segment that does not say what the entries say that it was made from.
package struct ChangedSegment: Sendable, Equatable {
    /// The sequence numbers of its first and last entry.
    package let first: Int64
    package let last: Int64
    /// It has the seal and the hash that it must have, so it was taken for what the entries say.
    package let isBelieved: Bool
    /// A command that puts it right.
    package let remedy: String

    package init(first: Int64, last: Int64, isBelieved: Bool, remedy: String) {
        self.first = first
        self.last = last
        self.isBelieved = isBelieved
        self.remedy = remedy
    }
}
