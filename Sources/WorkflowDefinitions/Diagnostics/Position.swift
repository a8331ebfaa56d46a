/// A place in one of a definition's files: 1-based line, and 1-based column in Unicode scalars.
///
/// A tree that was made from canonical JSON has no places; everything in it stands at `none`.
struct Position: Sendable, Hashable, Comparable {
    var line: UInt32
    var column: UInt32
    /// 0 is the file that was named; the included ones are numbered in the order of their reading.
    var file: UInt16

    init(line: Int, column: Int, file: Int = 0) {
        self.line = UInt32(clamping: line)
        self.column = UInt32(clamping: column)
        self.file = UInt16(clamping: file)
    }

    static let none = Position(line: 0, column: 0)

    static func start(of file: Int) -> Position { Position(line: 1, column: 1, file: file) }

    static func < (a: Position, b: Position) -> Bool {
        (a.file, a.line, a.column) < (b.file, b.line, b.column)
    }
}
