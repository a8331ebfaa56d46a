/// One zone: the moments at which its clock was or will be set, and the rule for the time after them.
///
/// Reads the TZif format of RFC 9636 (formerly RFC 8536).
struct ZoneRules: Sendable {
    /// When the offset changes, in seconds since 1970, rising.
    private var transitions: [Int64] = []
    /// The offset from each transition on, in seconds east of UTC.
    private var offsets: [Int] = []
    private var firstOffset = 0
    private var rule: YearlyRule?

    /// Nil where the bytes are no TZif file.
    init?(tzif bytes: [UInt8]) {
        guard let first = TZifBlock(bytes, at: 0, timeBytes: 4) else { return nil }
        // From version 2 on, a second block repeats the first with 64-bit times.
        let block = first.version >= 2 ? TZifBlock(bytes, at: first.end, timeBytes: 8) : first
        guard let block else { return nil }
        transitions = block.transitions
        offsets = block.offsets
        firstOffset = block.firstOffset
        if first.version >= 2 {
            let footer = bytes[block.end...].dropFirst().prefix { $0 != UInt8(ascii: "\n") }
            rule = YearlyRule(posix: String(decoding: footer, as: UTF8.self))
        }
    }

    /// Seconds east of UTC at an instant.
    func offset(at instant: Int64) -> Int {
        guard let last = transitions.last else { return rule?.offset(at: instant) ?? firstOffset }
        if instant >= last, let rule { return rule.offset(at: instant) }
        // The last transition that is not after the instant.
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= instant { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? firstOffset : offsets[low - 1]
    }
}

/// One data block of a TZif file.
private struct TZifBlock {
    let version: Int
    private(set) var transitions: [Int64] = []
    private(set) var offsets: [Int] = []
    private(set) var firstOffset = 0
    let end: Int

    init?(_ bytes: [UInt8], at start: Int, timeBytes: Int) {
        func number(_ position: Int, _ width: Int) -> Int64 {
            var value: Int64 = bytes[position] & 0x80 == 0 ? 0 : -1
            for byte in bytes[position..<(position + width)] { value = value << 8 | Int64(byte) }
            return value
        }
        guard start + 44 <= bytes.count, bytes[start..<(start + 4)].elementsEqual("TZif".utf8) else { return nil }
        version = bytes[start + 4] == 0 ? 1 : Int(bytes[start + 4]) - 48
        let counts = (0..<6).map { Int(number(start + 20 + 4 * $0, 4)) }
        guard counts.allSatisfy({ (0...100_000).contains($0) }), counts[4] > 0 else { return nil }
        let (utCount, standardCount, leapCount, timeCount, typeCount, nameCount) = (
            counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]
        )
        let times = start + 44
        let indices = times + timeCount * timeBytes
        let types = indices + timeCount
        end = types + typeCount * 6 + nameCount + leapCount * (timeBytes + 4) + standardCount + utCount
        guard end <= bytes.count else { return nil }

        let typeOffsets = (0..<typeCount).map { Int(number(types + 6 * $0, 4)) }
        firstOffset = typeOffsets[0]
        for index in 0..<timeCount {
            let type = Int(bytes[indices + index])
            guard type < typeCount else { return nil }
            transitions.append(number(times + index * timeBytes, timeBytes))
            offsets.append(typeOffsets[type])
        }
        guard zip(transitions, transitions.dropFirst()).allSatisfy({ $0 < $1 }),
            typeOffsets.allSatisfy({ abs($0) <= 48 * 3_600 })
        else { return nil }
    }
}
