#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A text that is what its bytes say.
///
/// Swift's own `==`, hashes and `<` take canonically equivalent texts for equal: `é` as one code point and as two, `K`
/// and the Kelvin sign. Names and keys are no such thing: the system, the stores and other languages compare their
/// bytes.
package struct ExactText: Sendable, Hashable, Comparable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package static func == (left: ExactText, right: ExactText) -> Bool {
        left.text.isSame(as: right.text)
    }

    package func hash(into hasher: inout Hasher) {
        let isHashed: Void? = text.utf8.withContiguousStorageIfAvailable {
            hasher.combine(bytes: UnsafeRawBufferPointer($0))
        }
        if isHashed == nil { Array(text.utf8).withUnsafeBytes { hasher.combine(bytes: $0) } }
    }

    package static func < (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}

extension String {
    /// Whether both have the same bytes.
    package func isSame(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        let isSame = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in
                guard let first = left.baseAddress, let second = right.baseAddress else { return true }
                return memcmp(first, second, left.count) == 0
            }
        }
        return (isSame ?? nil) ?? utf8.elementsEqual(other.utf8)
    }
}

/// A dictionary whose keys are the same only if their bytes are.
package struct ExactMap<Value> {
    private var values: [ExactText: Value] = [:]

    package init() {}

    package var isEmpty: Bool { values.isEmpty }
    /// In no order.
    package var elements: some Collection<Value> { values.values }

    package subscript(key: String) -> Value? {
        get { values[ExactText(key)] }
        set { values[ExactText(key)] = newValue }
    }

    package subscript(key: String, default value: @autoclosure () -> Value) -> Value {
        get { values[ExactText(key), default: value()] }
        set { values[ExactText(key)] = newValue }
    }

    /// Returns the value that the key had.
    @discardableResult
    package mutating func updateValue(_ value: Value, forKey key: String) -> Value? {
        values.updateValue(value, forKey: ExactText(key))
    }

    @discardableResult
    package mutating func removeValue(forKey key: String) -> Value? {
        values.removeValue(forKey: ExactText(key))
    }
}

extension ExactMap: Sendable where Value: Sendable {}
extension ExactMap: Equatable where Value: Equatable {}

extension ExactMap: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, Value)...) {
        for (key, value) in elements { self[key] = value }
    }
}
