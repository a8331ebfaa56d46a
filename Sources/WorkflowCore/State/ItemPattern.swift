/// Steps named together: `host[*]` is every item of `host`, `host[*].install` that step in every item.
///
/// Names are compared byte by byte.
package struct ItemPattern: Sendable, Equatable {
    package let text: String
    /// What stands before, between and behind the places of the keys.
    private let pieces: [[UInt8]]

    private static let any = Array("[*]".utf8)

    /// nil where the text names one step.
    package init?(_ text: String) {
        var pieces: [[UInt8]] = [[]]
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            if rest.starts(with: ItemPattern.any) {
                pieces.append([])
                rest = rest.dropFirst(ItemPattern.any.count)
            } else {
                pieces[pieces.count - 1].append(byte)
                rest = rest.dropFirst()
            }
        }
        guard pieces.count > 1 else { return nil }
        self.text = text
        self.pieces = pieces
    }

    package func matches(_ name: String) -> Bool {
        var rest = Array(name.utf8)[...]
        for (index, piece) in pieces.enumerated() {
            if index > 0 {
                guard rest.first == UInt8(ascii: "["), let end = rest.firstIndex(of: UInt8(ascii: "]")) else {
                    return false
                }
                rest = rest[(end + 1)...]
            }
            guard rest.starts(with: piece) else { return false }
            rest = rest.dropFirst(piece.count)
        }
        return rest.isEmpty
    }

    /// One text for the items of the same step where there are several, in the order of the first of each.
    package static func grouped(_ names: [String]) -> [(text: String, names: [String])] {
        var groups: [(text: [UInt8], names: [String])] = []
        var places: [[UInt8]: Int] = [:]
        for name in names {
            let common = generalized(name)
            if let place = places[common] {
                groups[place].names.append(name)
            } else {
                places[common] = groups.count
                groups.append((common, [name]))
            }
        }
        return groups.map { ($0.names.count == 1 ? $0.names[0] : String(decoding: $0.text, as: UTF8.self), $0.names) }
    }

    /// The name with every key as `*`.
    private static func generalized(_ name: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var isKey = false
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "[") where !isKey:
                isKey = true
                bytes += any
            case UInt8(ascii: "]") where isKey: isKey = false
            case _ where isKey: break
            default: bytes.append(byte)
            }
        }
        return bytes
    }
}
