/// A set of small integers that is gone through in ascending order.
///
/// A bit for each number, and a bit for each word of those that is not zero: insertion and removal cost nothing that
/// grows, and a pass over few numbers among millions looks at few words.
package struct NumberSet: Sendable, Sequence {
    private var words: [UInt64] = []
    private var filled: [UInt64] = []
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    package mutating func insert(_ number: Int) {
        let word = number >> 6
        if word >= words.count {
            words.append(contentsOf: repeatElement(0, count: Swift.max(word + 1, words.count * 2) - words.count))
            filled.append(contentsOf: repeatElement(0, count: ((words.count + 63) >> 6) - filled.count))
        }
        let bit: UInt64 = 1 << UInt64(number & 63)
        guard words[word] & bit == 0 else { return }
        words[word] |= bit
        filled[word >> 6] |= 1 << UInt64(word & 63)
        count += 1
    }

    package mutating func remove(_ number: Int) {
        let word = number >> 6
        let bit: UInt64 = 1 << UInt64(number & 63)
        guard word < words.count, words[word] & bit != 0 else { return }
        words[word] &= ~bit
        if words[word] == 0 { filled[word >> 6] &= ~(1 << UInt64(word & 63)) }
        count -= 1
    }

    package mutating func removeAll() {
        self = NumberSet()
    }

    package func makeIterator() -> Iterator { Iterator(words: words, filled: filled) }

    package struct Iterator: IteratorProtocol {
        fileprivate let words: [UInt64]
        fileprivate let filled: [UInt64]
        private var group = 0
        private var wordsLeft: UInt64 = 0
        private var word = 0
        private var bitsLeft: UInt64 = 0

        fileprivate init(words: [UInt64], filled: [UInt64]) {
            self.words = words
            self.filled = filled
            wordsLeft = filled.first ?? 0
        }

        package mutating func next() -> Int? {
            while bitsLeft == 0 {
                while wordsLeft == 0 {
                    group += 1
                    guard group < filled.count else { return nil }
                    wordsLeft = filled[group]
                }
                word = (group << 6) + wordsLeft.trailingZeroBitCount
                wordsLeft &= wordsLeft - 1
                bitsLeft = words[word]
            }
            defer { bitsLeft &= bitsLeft - 1 }
            return (word << 6) + bitsLeft.trailingZeroBitCount
        }
    }
}
