/// A place in a definition's file: 1-based line, and 1-based column in Unicode scalars.
///
/// A tree that was made from canonical JSON has no places; everything in it stands at `none`.
struct Position: Sendable, Hashable, Comparable {
    var line: UInt32
    var column: UInt32

    init(line: Int, column: Int) {
        self.line = UInt32(clamping: line)
        self.column = UInt32(clamping: column)
    }

    static let none = Position(line: 0, column: 0)
    static let start = Position(line: 1, column: 1)

    static func < (a: Position, b: Position) -> Bool {
        (a.line, a.column) < (b.line, b.column)
    }
}
