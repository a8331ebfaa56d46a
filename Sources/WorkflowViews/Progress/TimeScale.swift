package import WorkflowCore

/// Which column an instant falls into. Time runs evenly, but for long stretches in which nothing ran: those take a
/// fixed width, so that a night's wait leaves room for what happened before and after it.
package struct TimeScale {
    /// A stretch in which nothing ran, drawn narrower than it was.
    package struct Cut: Equatable {
        package let columns: Range<Int>
        package let length: Milliseconds

        package init(columns: Range<Int>, length: Milliseconds) {
            self.columns = columns
            self.length = length
        }
    }

    /// Even within each piece.
    private struct Piece {
        let from: Int64
        let until: Int64
        let firstColumn: Double
        let columns: Double
    }

    private static let cutColumns = 7
    private static let cutsMax = 4
    private static let cutLengthMin: Int64 = 3000

    package let columns: Int
    package let cuts: [Cut]
    private let pieces: [Piece]

    /// - Parameters:
    ///   - busy: when something ran, ascending and without overlap.
    ///   - columns: at least one.
    package init(from: Timestamp, until: Timestamp, busy: [(from: Timestamp, until: Timestamp)], columns: Int) {
        self.columns = max(columns, 1)
        let start = from.millisecondsSinceEpoch
        let end = max(until.millisecondsSinceEpoch, start + 1)
        let idle = TimeScale.idle(start, end, busy)
        // The longest are cut, as long as all that is left takes more room than what ran; none so short that people
        // would not think of it as a pause.
        let room = columns / (Self.cutColumns * 2)
        var idleTime = idle.reduce(0) { $0 + Int64($1.count) }
        let ran = end - start - idleTime
        var longest: [Range<Int64>] = []
        for range in idle.sorted(by: { $0.count > $1.count }).prefix(min(Self.cutsMax, room))
        where idleTime > ran && Int64(range.count) >= Self.cutLengthMin {
            longest.append(range)
            idleTime -= Int64(range.count)
        }
        let chosen = longest.sorted { $0.lowerBound < $1.lowerBound }
        let cutTime = chosen.reduce(0) { $0 + Int64($1.count) }
        let evenTime = max(end - start - cutTime, 1)
        let evenColumns = Double(self.columns - chosen.count * Self.cutColumns)
        var pieces: [Piece] = []
        var cuts: [Cut] = []
        var time = start
        var column = 0.0
        func even(_ until: Int64) {
            guard until > time else { return }
            let width = evenColumns * Double(until - time) / Double(evenTime)
            pieces.append(Piece(from: time, until: until, firstColumn: column, columns: width))
            (time, column) = (until, column + width)
        }
        for range in chosen {
            even(range.lowerBound)
            let first = Int(column.rounded())
            pieces.append(
                Piece(
                    from: range.lowerBound, until: range.upperBound, firstColumn: column,
                    columns: Double(Self.cutColumns)))
            cuts.append(
                Cut(
                    columns: first..<min(first + Self.cutColumns, self.columns),
                    length: Milliseconds(range.upperBound - range.lowerBound)))
            (time, column) = (range.upperBound, column + Double(Self.cutColumns))
        }
        even(end)
        self.pieces = pieces
        self.cuts = cuts
    }

    /// The columns that a stretch of time touches: one at least, and none beyond the edge.
    package func columns(from: Timestamp, until: Timestamp) -> Range<Int> {
        let first = min(max(Int(place(from.millisecondsSinceEpoch)), 0), columns - 1)
        let end = min(max(Int(place(until.millisecondsSinceEpoch).rounded(.up)), first + 1), columns)
        return first..<end
    }

    /// The last column of what ends then.
    package func lastColumn(until: Timestamp) -> Int {
        min(max(Int(place(until.millisecondsSinceEpoch).rounded(.up)) - 1, 0), columns - 1)
    }

    private func place(_ time: Int64) -> Double {
        guard let piece = pieces.last(where: { $0.from <= time }) ?? pieces.first else { return 0 }
        let part = Double(time - piece.from) / Double(max(piece.until - piece.from, 1))
        return piece.firstColumn + piece.columns * min(max(part, 0), 1)
    }

    private static func idle(
        _ start: Int64, _ end: Int64, _ busy: [(from: Timestamp, until: Timestamp)]
    ) -> [Range<Int64>] {
        var idle: [Range<Int64>] = []
        var time = start
        for stretch in busy {
            let from = stretch.from.millisecondsSinceEpoch
            if from > time { idle.append(time..<min(from, end)) }
            time = max(time, stretch.until.millisecondsSinceEpoch)
            if time >= end { return idle }
        }
        if time < end { idle.append(time..<end) }
        return idle
    }
}
