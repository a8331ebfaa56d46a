internal import JSON

/// Makes a segment from the columns of its entries, in order.
package struct SegmentEncoder {
    /// What was made so far.
    package private(set) var body: [UInt8] = [JournalSegment.form]
    private var texts = NumberedTexts()
    private var steps = NumberedTexts()
    private var newestStep: [UInt8] = []
    private var newestCount: Int64 = 0
    private var time: Int64 = 0

    package init() {
        body.reserveCapacity(64 << 10)
    }

    /// Takes the next entry's columns; its payload is JSON.
    package mutating func append(at: Timestamp, actor: String, type: String, version: Int, payload: [UInt8]) {
        switch Fact(type: type, version: version, compact: payload) {
        case .attemptStarted(let fact) where fits(fact.step) && fact.question == nil:
            append(fact, at: at, actor: actor)
        case .stepSucceeded(let fact) where fits(fact.step) && fact.outputs.isEmpty:
            append(fact, at: at, actor: actor)
        default:
            begin([], at: at, actor: actor)
            append(text: type)
            append(number: UInt64(bitPattern: Int64(version)))
            append(bytes: payload)
        }
    }

    private func fits(_ step: String) -> Bool { step.utf8.count <= JournalSegment.stepBytesMax }

    private mutating func begin(_ tag: JournalSegment.Tag, at: Timestamp, actor: String) {
        body.append(tag.rawValue)
        append(text: actor)
        append(signed: at.millisecondsSinceEpoch &- time)
        time = at.millisecondsSinceEpoch
    }

    private mutating func append(_ fact: AttemptStarted, at: Timestamp, actor: String) {
        let key = packedKey(fact.idempotencyKey)
        var tag: JournalSegment.Tag = .started
        if fact.attempt != 1 { tag.insert(.attempt) }
        if key == nil { tag.insert(.plainKey) }
        if fact.host != nil { tag.insert(.host) }
        if fact.wait != nil { tag.insert(.wait) }
        begin(tag, at: at, actor: actor)
        append(step: fact.step)
        if fact.attempt != 1 { append(number: UInt64(bitPattern: Int64(fact.attempt))) }
        withUnsafeBytes(of: (fact.id.high.bigEndian, fact.id.low.bigEndian)) { body.append(contentsOf: $0) }
        if let key { body.append(contentsOf: key) } else { append(bytes: fact.idempotencyKey.utf8) }
        if let host = fact.host {
            append(text: host.host)
            append(text: host.boot)
        }
        if let wait = fact.wait {
            append(signed: wait.due.millisecondsSinceEpoch &- time)
            append(signed: wait.length.count)
        }
    }

    private mutating func append(_ fact: StepSucceeded, at: Timestamp, actor: String) {
        let counted = fact.checkpoint.flatMap { CountedName($0.text) }
        var tag: JournalSegment.Tag = .succeeded
        if fact.attempt != 1 { tag.insert(.attempt) }
        if fact.basis != .execution { tag.insert(.basis) }
        if fact.checkpoint != nil { tag.insert(counted == nil ? .plainCheckpoint : .countedCheckpoint) }
        begin(tag, at: at, actor: actor)
        append(step: fact.step)
        if fact.attempt != 1 { append(number: UInt64(bitPattern: Int64(fact.attempt))) }
        if fact.basis != .execution {
            body.append(UInt8(JournalSegment.bases.firstIndex(of: fact.basis) ?? 0))
        }
        if let counted {
            append(text: counted.prefix)
            append(signed: counted.count &- newestCount)
            newestCount = counted.count
        } else if let checkpoint = fact.checkpoint {
            append(bytes: checkpoint.text.utf8)
        }
    }

    // MARK: Parts

    private mutating func append(number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            body.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        body.append(UInt8(truncatingIfNeeded: rest))
    }

    private mutating func append(signed number: Int64) {
        append(number: UInt64(bitPattern: number << 1 ^ number >> 63))
    }

    private mutating func append(bytes: some Collection<UInt8>) {
        append(number: UInt64(bytes.count))
        body.append(contentsOf: bytes)
    }

    private mutating func append(text: String) {
        if let number = texts.number(of: text) { return append(number: UInt64(number)) }
        append(number: 0)
        append(bytes: text.utf8)
        texts.add(text)
    }

    private mutating func append(step: String) {
        if let number = steps.number(of: step) { return append(number: UInt64(steps.count - number + 1)) }
        let bytes = Array(step.utf8)
        var shared = 0
        while shared < min(bytes.count, newestStep.count), bytes[shared] == newestStep[shared] { shared += 1 }
        append(number: 0)
        append(number: UInt64(shared))
        append(bytes: bytes[shared...])
        steps.add(step)
        newestStep = bytes
    }

    /// The 32 bytes whose base32 form a key is; nil where it is none.
    private func packedKey(_ key: String) -> [UInt8]? {
        guard key.utf8.count == JournalSegment.keyCharacters else { return nil }
        var key = key
        return key.withUTF8 { characters in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(33)
            var buffer: UInt32 = 0
            var bits: UInt32 = 0
            for character in characters {
                let value: UInt8
                switch character {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
                case UInt8(ascii: "2")...UInt8(ascii: "7"): value = character - UInt8(ascii: "2") + 26
                default: return nil
                }
                buffer = buffer << 5 | UInt32(value)
                bits += 5
                guard bits >= 8 else { continue }
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
            // Four bits are left over: a key has none set.
            return buffer & 15 == 0 ? bytes : nil
        }
    }
}

/// Texts by the order in which they were new, from 1.
private struct NumberedTexts {
    private var texts: [String] = []
    private var numbers: ExactMap<Int> = [:]

    var count: Int { texts.count }

    func number(of text: String) -> Int? { numbers[text] }

    mutating func add(_ text: String) {
        texts.append(text)
        numbers[text] = texts.count
    }
}

/// A name that ends with a count as stores write it: three or more decimal digits, and no zero before four of them.
private struct CountedName {
    let prefix: String
    let count: Int64

    init?(_ name: String) {
        let bytes = Array(name.utf8)
        let start = (bytes.lastIndex { !(48...57).contains($0) } ?? -1) + 1
        let digits = bytes[start...]
        guard (3...18).contains(digits.count), digits.count == 3 || digits.first != UInt8(ascii: "0"),
            start <= JournalSegment.countedBytesMax
        else { return nil }
        prefix = String(decoding: bytes[..<start], as: UTF8.self)
        count = digits.reduce(0) { $0 * 10 + Int64($1 - 48) }
    }
}
