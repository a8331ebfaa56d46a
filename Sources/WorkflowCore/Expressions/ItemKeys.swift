/// The keys of a `foreach`, one for each item, as they come.
package struct ItemKeys {
    package private(set) var texts: [String] = []
    /// By their bytes: two keys are one only if they are written alike.
    private var positions: [[UInt8]: Int] = [:]

    package init(reserving count: Int = 0) {
        texts.reserveCapacity(count)
    }

    /// Keys are parts of names: no longer than a name, and without what ends one.
    static func isKey(_ key: String) -> Bool {
        (1...128).contains(key.utf8.count)
            && key.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "[") && $0 != UInt8(ascii: "]") }
    }

    /// - Throws: where the key of the next item is none, or another item has it.
    package mutating func add(_ key: String) throws(ExpressionFailure) {
        let position = texts.count
        guard ItemKeys.isKey(key) else {
            let hasBrackets = key.utf8.contains { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]") }
            throw ExpressionFailure(
                message: "the key of item \(position) is \(quoted(key)); a key has 1 to 128 bytes, and neither control "
                    + "characters nor [ or ], which stand around it in the names of instances"
                    + (hasBrackets ? ": write .replace(\"[\", \"\").replace(\"]\", \"\") behind it" : ""))
        }
        if let other = positions.updateValue(position, forKey: Array(key.utf8)) {
            throw ExpressionFailure(
                message: "items \(other) and \(position) have the same key \(quoted(key)); give each its own")
        }
        texts.append(key)
    }
}
