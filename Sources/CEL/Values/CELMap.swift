/// A map of the language: keys are booleans, integers and strings; entries stay in the order in which they were added.
///
/// `1` and `1u` are the same key. Two maps are equal when they hold the same entries, whatever their order.
package struct CELMap: Sendable {
    package enum Key: Sendable {
        case bool(Bool)
        case int(Int64)
        case uint(UInt64)
        case string(String)
    }

    package struct Entry: Sendable {
        package let key: Key
        package let value: CELValue
    }

    package private(set) var entries: [Entry] = []
    /// Where each key stands, kept from `indexedCount` entries on; a shorter map is searched from its start.
    private var positions: [Key: Int] = [:]

    private static let indexedCount = 9

    package init() {}

    package init(_ entries: some Sequence<(String, CELValue)>) {
        for (key, value) in entries { insert(value, for: .string(key)) }
    }

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }

    package subscript(key: Key) -> CELValue? {
        position(of: key).map { entries[$0].value }
    }

    package subscript(key: String) -> CELValue? { self[.string(key)] }

    /// Adds an entry, or gives the key a new value in its old place. Returns whether the key is new.
    @discardableResult
    package mutating func insert(_ value: CELValue, for key: Key) -> Bool {
        if let position = position(of: key) {
            entries[position] = Entry(key: entries[position].key, value: value)
            return false
        }
        entries.append(Entry(key: key, value: value))
        if entries.count == Self.indexedCount {
            for (position, entry) in entries.enumerated() { positions[entry.key] = position }
        } else if entries.count > Self.indexedCount {
            positions[key] = entries.count - 1
        }
        return true
    }

    private func position(of key: Key) -> Int? {
        guard entries.count >= Self.indexedCount else { return entries.firstIndex { $0.key == key } }
        return positions[key]
    }
}

extension CELMap: Hashable {
    package static func == (left: CELMap, right: CELMap) -> Bool {
        left.count == right.count && left.entries.allSatisfy { right[$0.key] == $0.value }
    }

    package func hash(into hasher: inout Hasher) {
        // A sum, because equal maps may hold their entries in different orders.
        var sum = 0
        for entry in entries {
            var one = Hasher()
            one.combine(entry.key)
            one.combine(entry.value)
            sum &+= one.finalize()
        }
        hasher.combine(sum)
    }
}

extension CELMap.Key: Hashable {
    package static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.bool(let left), .bool(let right)): left == right
        case (.int(let left), .int(let right)): left == right
        case (.uint(let left), .uint(let right)): left == right
        case (.int(let signed), .uint(let unsigned)), (.uint(let unsigned), .int(let signed)): signed == unsigned
        case (.string(let left), .string(let right)): CodePoints.areEqual(left, right)
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .bool(let value): hasher.combine(value)
        case .int(let value): hasher.combine(UInt64(bitPattern: value))
        case .uint(let value): hasher.combine(value)
        case .string(let value): hasher.combine(value)
        }
    }

    package var value: CELValue {
        switch self {
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .uint(let value): .uint(value)
        case .string(let value): .string(value)
        }
    }

    /// A value as the key of a new entry; nil when the language allows no such key.
    package init?(_ value: CELValue) {
        switch value {
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int(value)
        case .uint(let value): self = .uint(value)
        case .string(let value): self = .string(value)
        default: return nil
        }
    }

    /// A value as the key to look for. A double finds the integer that it equals.
    init?(lookingFor value: CELValue) {
        guard case .double(let number) = value else {
            self.init(value)
            return
        }
        if let integer = Int64(exactly: number) {
            self = .int(integer)
        } else if let integer = UInt64(exactly: number) {
            self = .uint(integer)
        } else {
            return nil
        }
    }
}
