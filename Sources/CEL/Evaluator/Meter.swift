/// Counts what an evaluation has cost and stops it at its limits.
struct Meter {
    let limits: CELLimits
    private(set) var cost = 0

    init(_ limits: CELLimits) {
        self.limits = limits
    }

    mutating func charge(_ amount: Int) throws(CELError) {
        // Amounts are counts of things in memory, far from overflowing; the sum is checked each time.
        cost += amount
        guard cost <= limits.cost else {
            throw CELError(.costExceeded, "the evaluation costs more than \(limits.cost)")
        }
    }

    /// For looking at or making text of that many bytes.
    mutating func charge(textBytes: Int) throws(CELError) {
        try charge(textBytes / 10)
    }

    /// For making a list or map of that many elements, or making it that large by some more.
    mutating func charge(elements: Int, added: Int? = nil) throws(CELError) {
        guard elements <= limits.elements else {
            throw CELError(
                .resultTooLarge, "a list or map would have \(elements) elements; the limit is \(limits.elements)")
        }
        try charge(added ?? elements)
    }

    /// For making a string or bytes of that many bytes.
    mutating func charge(madeBytes: Int) throws(CELError) {
        guard madeBytes <= limits.textBytes else {
            throw CELError(.resultTooLarge, "a text would have \(madeBytes) bytes; the limit is \(limits.textBytes)")
        }
        try charge(textBytes: madeBytes)
    }

    /// For looking a key up in a map, which reads all of its text.
    mutating func charge(key: CELValue) throws(CELError) {
        if case .string(let text) = key { try charge(textBytes: text.utf8.count) }
    }

    /// For comparing a value in all its parts with another.
    mutating func charge(comparing value: CELValue) throws(CELError) {
        switch value {
        case .string(let text): try charge(textBytes: text.utf8.count)
        case .bytes(let bytes): try charge(textBytes: bytes.count)
        case .list(let elements):
            for element in elements {
                try charge(1)
                try charge(comparing: element)
            }
        case .map(let map):
            for entry in map.entries {
                try charge(1)
                if case .string(let key) = entry.key { try charge(textBytes: key.utf8.count) }
                try charge(comparing: entry.value)
            }
        case .optional(let value?): try charge(comparing: value)
        default: break
        }
    }
}
