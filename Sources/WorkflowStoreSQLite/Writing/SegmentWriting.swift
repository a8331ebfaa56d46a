internal import GRDB
internal import WorkflowCore
internal import WorkflowStore

extension WriterConnection {
    /// Writes the segments of the blocks that an append has filled, in its transaction.
    ///
    /// The entries are read back, a row at a time: what nobody keeps needs no memory while a thousand runs are driven,
    /// and cannot differ from what is stored.
    func writeSegments(of run: RunID, from before: Int64, to head: Int64) throws {
        // The block of the first new entry is the first that can have been filled.
        var block = SegmentRecord.block(of: before + 1)
        while block.upperBound <= head {
            if let segment = try segment(of: run, block) {
                try self[.insertSegment].run(
                    .text(run.text), .integer(segment.first), .integer(segment.last), .blob(segment.body),
                    .blob(segment.hash), .blob(segment.seal))
            }
            block = SegmentRecord.block(of: block.upperBound + 1)
        }
    }

    /// nil where the entries are too large, or not as this program writes them.
    private func segment(of run: RunID, _ block: ClosedRange<Int64>) throws(DatabaseError) -> SegmentRecord? {
        var encoder = SegmentEncoder()
        var next = block.lowerBound
        var hash: [UInt8] = []
        try self[.entriesOfBlock].each(
            .text(run.text), .integer(block.lowerBound), .integer(block.upperBound)
        ) { row in
            guard row.integer(0) == next, let at = Timestamp(text: row.text(3)),
                row.text(6) == EncodedEntry.encoding, encoder.body.count + row.count(5) <= JournalSegment.bytesMax
            else { return false }
            encoder.append(
                at: at, actor: row.text(4), type: row.text(1), version: Int(row.integer(2)), payload: row.bytes(5))
            if next == block.upperBound { hash = row.bytes(7) }
            next += 1
            return true
        }
        guard next > block.upperBound, encoder.body.count <= JournalSegment.bytesMax else { return nil }
        return SegmentRecord(
            first: block.lowerBound, last: block.upperBound, body: encoder.body, hash: hash, of: run)
    }
}
