/// What differs between runs of a step that no crash has touched: times, random names, sizes of archives. Of it only
/// the shape is compared.
package struct VolatileState: Sendable, Equatable {
    /// What does not hold the same each time, with the largest size that was seen.
    package private(set) var contents: [String: Int64] = [:]
    /// Files of which the count of line ends differs.
    package private(set) var lines: Set<String> = []
    /// Folders in which names differ.
    package private(set) var folders: Set<String> = []
    /// What is there in one of two runs only.
    package private(set) var names: Set<String> = []
    /// The names in which runs differ by a number alone, the number left out: `dump-#.sql`.
    private var numbered: Set<String> = []

    /// Takes in how `sample` differs from `expected`.
    package mutating func learn(_ sample: FolderState, beside expected: FolderState) {
        let before = Dictionary(expected.entries.map { ($0.path, $0) }) { first, _ in first }
        let after = Dictionary(sample.entries.map { ($0.path, $0) }) { first, _ in first }
        for entry in expected.entries {
            guard let other = after[entry.path] else { continue }
            if entry != other { contents[entry.path] = max(contents[entry.path] ?? 0, entry.size, other.size) }
            if entry.lines != other.lines { lines.insert(entry.path) }
        }
        let left = expected.entries.map(\.path).filter { after[$0] == nil }
        let come = sample.entries.map(\.path).filter { before[$0] == nil }
        for path in left + come {
            names.insert(path)
            folders.insert(Self.parent(of: path))
        }
        numbered.formUnion(Set(left.map(Self.pattern)).intersection(come.map(Self.pattern)))
    }

    /// Whether each run gives the entry a number of its own.
    package func isNumbered(_ path: String) -> Bool {
        numbered.contains(Self.pattern(path))
    }

    /// The folder that a path is in; empty for the top.
    package static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    /// The path with each row of decimal digits in its last part as one `#`. A row that letters of a hexadecimal number
    /// touch is a random name and no number: it stays.
    private static func pattern(_ path: String) -> String {
        let folder = parent(of: path)
        var pattern: [UInt8] = []
        var row: [UInt8] = []
        func closed(by next: UInt8?) -> [UInt8] {
            let isPartOfWord = pattern.last.map(isLetter) ?? false && next.map(isLetter) ?? false
            return isPartOfWord || row.isEmpty ? row : [UInt8(ascii: "#")]
        }
        for byte in path.utf8.dropFirst(folder.utf8.count) {
            if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                row.append(byte)
            } else {
                pattern += closed(by: byte)
                row = []
                pattern.append(byte)
            }
        }
        pattern += closed(by: nil)
        return folder + String(decoding: pattern, as: UTF8.self)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
