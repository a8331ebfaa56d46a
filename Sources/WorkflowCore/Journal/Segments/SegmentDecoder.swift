internal import JSON

extension JournalSegment {
    /// Reads a segment behind `entries`.
    ///
    /// Total: whatever the bytes are, it ends soon, and takes no more memory than some hundred times theirs.
    /// - Parameters:
    ///   - first: the sequence number of the segment's first entry.
    ///   - count: how many entries it must have.
    /// - Returns: false where it is no segment, or one that this program does not understand; nothing was added then.
    package static func read(_ body: [UInt8], from first: Int64, count: Int64, into entries: inout [Entry]) -> Bool {
        let before = entries.count
        let isWhole = body.withUnsafeBytes { bytes in
            var decoder = SegmentDecoder(bytes)
            guard decoder.byte() == form else { return false }
            for number in 0..<max(count, 0) {
                let (sequence, overflow) = first.addingReportingOverflow(number)
                guard !overflow, decoder.read(sequence, into: &entries) else { return false }
            }
            return decoder.isAtEnd
        }
        if !isWhole { entries.removeSubrange(before...) }
        return isWhole
    }
}

/// Each function reads on, or says that it cannot.
private struct SegmentDecoder {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var texts: [String] = []
    private var steps: [String] = []
    private var newestStep: [UInt8] = []
    private var newestCount: Int64 = 0
    private var countedText = 0
    private var countedPrefix: [UInt8] = []
    private var time: Int64 = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        steps.reserveCapacity(Int(JournalSegment.entries))
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func read(_ sequence: Int64, into entries: inout [Entry]) -> Bool {
        guard let byte = byte(), let actor = text(), let delta = signed() else { return false }
        time = time &+ delta
        let at = Timestamp(millisecondsSinceEpoch: time)
        guard JournalSegment.times.contains(at) else { return false }
        // Each is put together where it stays: a fact is large, and moving it costs as much as reading it.
        func append(_ fact: consuming Fact) {
            entries.append(Entry(sequence: sequence, at: at, actor: Actor(name: actor), fact: fact))
        }
        let tag = JournalSegment.Tag(rawValue: byte)
        switch byte & 3 {
        case JournalSegment.Tag.started.rawValue: return readAttemptStarted(tag, append)
        case JournalSegment.Tag.succeeded.rawValue: return readStepSucceeded(tag, append)
        default:
            guard byte == 0, let (fact, payload) = readAnyFact() else { return false }
            entries.append(
                Entry(sequence: sequence, at: at, actor: Actor(name: actor, payload: payload), fact: fact))
            return true
        }
    }

    @inline(__always)
    private mutating func readAttemptStarted(_ tag: JournalSegment.Tag, _ append: (consuming Fact) -> Void) -> Bool {
        guard tag.rawValue < 64, let step = step(), let attempt = attempt(tag), let id = id(),
            let key = tag.contains(.plainKey) ? plainText() : key()
        else { return false }
        var host: HostIdentity?
        if tag.contains(.host) {
            guard let name = text(), let boot = text() else { return false }
            host = HostIdentity(host: name, boot: boot)
        }
        var wait: Wait?
        if tag.contains(.wait) {
            guard let due = signed(), let length = signed() else { return false }
            let instant = Timestamp(millisecondsSinceEpoch: time &+ due)
            guard JournalSegment.times.contains(instant) else { return false }
            wait = Wait(due: instant, length: Milliseconds(length))
        }
        append(
            .attemptStarted(
                AttemptStarted(step: step, attempt: attempt, id: id, idempotencyKey: key, host: host, wait: wait)))
        return true
    }

    @inline(__always)
    private mutating func readStepSucceeded(_ tag: JournalSegment.Tag, _ append: (consuming Fact) -> Void) -> Bool {
        guard tag.rawValue < 64, let step = step(), let attempt = attempt(tag) else { return false }
        var basis = StepSucceeded.Basis.execution
        if tag.contains(.basis) {
            guard let byte = byte(), Int(byte) < JournalSegment.bases.count else { return false }
            basis = JournalSegment.bases[Int(byte)]
        }
        var checkpoint: CheckpointID?
        if tag.contains(.countedCheckpoint) {
            guard !tag.contains(.plainCheckpoint), let name = countedName() else { return false }
            checkpoint = CheckpointID(name)
        } else if tag.contains(.plainCheckpoint) {
            guard let name = plainText() else { return false }
            checkpoint = CheckpointID(name)
        }
        append(
            .stepSucceeded(
                StepSucceeded(step: step, attempt: attempt, outputs: [:], basis: basis, checkpoint: checkpoint)))
        return true
    }

    private mutating func readAnyFact() -> (Fact, JSONValue)? {
        guard let type = text(), let version = number().flatMap({ Int(exactly: Int64(bitPattern: $0)) }),
            let payload = plainBytes(),
            let json = try? JSONValue(
                parsing: Array(payload),
                limits: JSONLimits(bytes: JSONLimits.default.bytes, depth: JSONLimits.writtenDepth)),
            let fact = try? Fact(type: type, version: version, payload: json)
        else { return nil }
        return (fact, json)
    }

    // MARK: Parts

    mutating func byte() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func number() -> UInt64? {
        guard let first = byte() else { return nil }
        if first < 0x80 { return UInt64(first) }
        var number = UInt64(first & 0x7F)
        for shift: UInt64 in stride(from: 7, through: 63, by: 7) {
            guard let next = byte() else { return nil }
            // Of the tenth byte only one bit is left.
            guard shift < 63 || next < 2 else { return nil }
            number |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return number }
        }
        return nil
    }

    private mutating func signed() -> Int64? {
        guard let number = number() else { return nil }
        return Int64(bitPattern: number >> 1 ^ (0 &- (number & 1)))
    }

    private mutating func plainBytes() -> UnsafeRawBufferPointer? {
        guard let count = number(), count <= UInt64(bytes.count - position) else { return nil }
        let end = position + Int(count)
        defer { position = end }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<end])
    }

    private mutating func plainText() -> String? {
        guard let bytes = plainBytes() else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func text() -> String? {
        guard let number = number() else { return nil }
        if number > 0 { return number <= UInt64(texts.count) ? texts[Int(number) - 1] : nil }
        guard let text = plainText() else { return nil }
        texts.append(text)
        return text
    }

    private mutating func step() -> String? {
        guard let number = number() else { return nil }
        if number > 0 { return number <= UInt64(steps.count) ? steps[steps.count - Int(number)] : nil }
        guard let shared = self.number(), shared <= UInt64(newestStep.count), let rest = plainBytes(),
            Int(shared) + rest.count <= JournalSegment.stepBytesMax
        else { return nil }
        newestStep.removeSubrange(Int(shared)...)
        newestStep.append(contentsOf: rest)
        let step = String(decoding: newestStep, as: UTF8.self)
        steps.append(step)
        return step
    }

    private mutating func attempt(_ tag: JournalSegment.Tag) -> Int? {
        guard tag.contains(.attempt) else { return 1 }
        return number().flatMap { Int(exactly: $0) }
    }

    private mutating func id() -> UniqueID? {
        guard bytes.count - position >= 16 else { return nil }
        defer { position += 16 }
        return UniqueID(
            high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: position + 8, as: UInt64.self)))
    }

    /// The base32 form of 32 bytes, eight characters at a time.
    private mutating func key() -> String? {
        guard bytes.count - position >= 32 else { return nil }
        let start = position
        position += 32
        func word(_ offset: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: start + offset, as: UInt64.self))
        }
        // Five bytes are eight characters, and the last two bytes four.
        return String(unsafeUninitializedCapacity: 56) { characters in
            let target = UnsafeMutableRawBufferPointer(characters)
            func put(_ bits: UInt64, _ group: Int) {
                target.storeBytes(of: base32(bits).bigEndian, toByteOffset: group * 8, as: UInt64.self)
            }
            for group in 0..<5 { put(word(group * 5) >> 24, group) }
            let last = word(24)
            put(last >> 16 & 0xFF_FFFF_FFFF, 5)
            put(last << 24 & 0xFF_FFFF_FFFF, 6)
            return JournalSegment.keyCharacters
        }
    }

    private mutating func countedName() -> String? {
        guard let reference = number() else { return nil }
        if reference == 0 {
            guard let text = plainText() else { return nil }
            texts.append(text)
        }
        let text = reference == 0 ? texts.count : Int(exactly: reference) ?? .max
        guard text <= texts.count, let delta = signed() else { return nil }
        if text != countedText {
            countedText = text
            countedPrefix = Array(texts[text - 1].utf8)
        }
        guard countedPrefix.count <= JournalSegment.countedBytesMax else { return nil }
        newestCount = newestCount &+ delta
        guard newestCount >= 0 else { return nil }
        return String(unsafeUninitializedCapacity: countedPrefix.count + 20) { [countedPrefix, newestCount] name in
            _ = name.initialize(fromContentsOf: countedPrefix)
            var digits = 3
            var limit: Int64 = 1000
            while newestCount >= limit, digits < 19 {
                digits += 1
                limit = digits < 19 ? limit * 10 : .max
            }
            var rest = newestCount
            for place in stride(from: countedPrefix.count + digits - 1, through: countedPrefix.count, by: -1) {
                name[place] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            return countedPrefix.count + digits
        }
    }
}

/// Eight base32 characters of the lower 40 bits, the first in the highest byte: all eight at once.
private func base32(_ bits: UInt64) -> UInt64 {
    // Five bits into each byte, by halves.
    var spread = (bits & 0xFF_FFF0_0000) << 12 | bits & 0xF_FFFF
    spread = (spread & 0x000F_FC00_000F_FC00) << 6 | spread & 0x0000_03FF_0000_03FF
    spread = (spread & 0x03E0_03E0_03E0_03E0) << 3 | spread & 0x001F_001F_001F_001F
    // A…Z are 65…90, and 2…7, which stand for 26…31, are 50…55.
    let isDigit = (spread &+ 0x6666_6666_6666_6666) >> 7 & 0x0101_0101_0101_0101
    return spread &+ 0x4141_4141_4141_4141 &- isDigit &* 41
}
