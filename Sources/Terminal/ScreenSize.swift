/// Columns and rows of a terminal, within bounds that a drawing can rely on.
package struct ScreenSize: Sendable, Equatable {
    package let columns: Int
    package let rows: Int

    /// What a terminal says of itself: 0 means that it does not know, and counts as 80 and 24.
    package init(columns: Int, rows: Int) {
        self.columns = columns <= 0 ? 80 : min(columns, 1000)
        self.rows = rows <= 0 ? 24 : min(rows, 1000)
    }

    /// The last column stays empty: a terminal never has to think about wrapping.
    package var columnsUsed: Int { max(1, columns - 1) }
    /// The cursor rests in the row beneath.
    package var rowsUsed: Int { max(1, rows - 1) }
}
