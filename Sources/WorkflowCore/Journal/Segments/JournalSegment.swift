/// A block of a run's journal in a form that is read many times as fast as the entries one by one.
///
/// It says nothing that the entries do not say, and is made from them at any time: a store keeps it beside them, and
/// reads them where there is none, or one that it does not understand.
///
/// ```
/// form             1 byte: 1
/// then the entries, each:
///   tag            1 byte, see `Tag`
///   actor          text
///   at             signed: milliseconds since the entry before; the first one's since 1970
///   (any fact)       type: text, version: number, payload: bytes
///   (attempt_started) step, [attempt: number], id: 16 bytes, key: 32 bytes or bytes, [host: text, boot: text],
///                     [wait: signed due since `at`, signed length, both in milliseconds]
///   (step_succeeded)  step, [attempt: number], [basis: 1 byte], [checkpoint: text and signed, or bytes]
///
/// number   LEB128: seven bits a byte, the lowest first, the highest bit set but in the last; 64 bits at most
/// signed   a number: 0, -1, 1, -2, … are 0, 1, 2, 3, …
/// bytes    a number, and as many bytes
/// text     a number: n is the n-th new text; 0 is followed by a new one, as bytes
/// step     a number: n is the n-th new step from the newest back; 0 is followed by a new one: how many bytes it begins
///          with like the new one before, a number, and the rest as bytes
/// ```
/// A key of 32 bytes stands for their base32 form (`IdempotencyKey`). A checkpoint as text and signed is that text and
/// a count of three or more decimal digits, told by its difference to the count before.
package enum JournalSegment {
    /// Entries of every segment: some milliseconds of work for who writes one, and reading is hardly faster with more.
    package static let entries: Int64 = 1024

    /// No larger segment is made, in bytes: entries that large take their time for what is in them.
    package static let bytesMax = 1 << 20

    static let form: UInt8 = 1

    /// A longer step is stored as any fact is: what a segment takes in memory is bounded by this.
    static let stepBytesMax = 1024

    /// A longer text before a checkpoint's count is stored with it: each entry would have it once more in memory.
    static let countedBytesMax = 64

    static let keyCharacters = 52

    /// The bases of `step_succeeded`, by their byte.
    static let bases: [StepSucceeded.Basis] = [.execution, .probe, .resolution, .signal, .approval]

    /// Which fact it is, and which parts of it are there.
    struct Tag: OptionSet {
        let rawValue: UInt8

        static let started = Tag(rawValue: 1)
        static let succeeded = Tag(rawValue: 2)
        /// The attempt is not the first one.
        static let attempt = Tag(rawValue: 4)

        /// The key is not one of 32 bytes.
        static let plainKey = Tag(rawValue: 8)
        static let host = Tag(rawValue: 16)
        static let wait = Tag(rawValue: 32)

        /// The basis is not the execution.
        static let basis = Tag(rawValue: 8)
        static let countedCheckpoint = Tag(rawValue: 16)
        static let plainCheckpoint = Tag(rawValue: 32)
    }

    /// What an entry's time may be: whatever has a text.
    static let times = Timestamp(millisecondsSinceEpoch: -62_167_219_200_000)...Timestamp.latest
}

extension UniqueID {
    /// The same bits, whatever they are.
    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}
