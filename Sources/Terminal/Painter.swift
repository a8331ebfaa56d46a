/// What stands on the screen where a painter draws: lines from top to bottom, the cursor at the start of the row
/// beneath.
package struct Frame: Sendable, Equatable {
    package let lines: [StyledLine]
    /// What the lines were cut for.
    package let size: ScreenSize

    /// Cuts the lines to the size, and drops those that do not fit on the screen.
    package init(_ lines: [StyledLine], size: ScreenSize, mark: String = "…") {
        self.lines = lines.prefix(size.rowsUsed).map { $0.cut(to: size.columnsUsed, mark: mark) }
        self.size = size
    }
}

/// Draws in place. The bytes are a function of what stands there and of what is to stand there.
///
/// - Between two frames the terminal is as anybody wants to find it: cursor shown, at the start of an empty row, no
///   colour, wrapping on. Whatever ends the process, nothing has to be put right.
/// - Only lines that changed are written.
/// - While a frame is written, wrapping is off: characters that a terminal takes to be wider than we do cannot break a
///   line.
/// - Moves are relative, and never reach above the frame.
package struct Painter: Sendable {
    private let palette: Palette

    // DEC private modes: 2026 synchronized output (ignored where unknown), 25 cursor, 7 wrapping.
    private static let begin = "\u{1b}[?2026h\u{1b}[?25l\u{1b}[?7l"
    private static let end = "\u{1b}[?7h\u{1b}[?25h\u{1b}[?2026l"
    private static let eraseLine = "\u{1b}[K"
    private static let eraseBelow = "\u{1b}[J"

    package init(palette: Palette) {
        self.palette = palette
    }

    /// - Parameters:
    ///   - old: what this painter drew last and still stands there; nil to begin where the cursor is.
    ///   - notes: lines that stay, above the frame; they may be longer than the screen is wide.
    /// - Returns: nothing when nothing is to change.
    package func bytes(from old: Frame?, notes: [String] = [], to new: Frame) -> [UInt8] {
        if let old, notes.isEmpty, old.size == new.size { return changes(from: old, to: new) }
        guard old != nil || !notes.isEmpty || !new.lines.isEmpty else { return [] }
        var text = Self.begin + erase(old, on: new.size)
        if !notes.isEmpty {
            // These may wrap.
            text += "\u{1b}[?7h"
            for note in notes { text += note + "\r\n" }
            text += "\u{1b}[?7l"
        }
        for line in new.lines { text += palette.text(line) + "\r\n" }
        return Array((text + Self.end).utf8)
    }

    private func changes(from old: Frame, to new: Frame) -> [UInt8] {
        guard old != new else { return [] }
        let common = min(old.lines.count, new.lines.count)
        // Nothing above the first change is touched.
        let first = (0..<common).first { old.lines[$0] != new.lines[$0] } ?? common
        var text = Self.begin + up(old.lines.count - first) + "\r"
        var unchanged = 0
        for row in first..<new.lines.count {
            if row < common, old.lines[row] == new.lines[row] {
                unchanged += 1
                continue
            }
            text += down(unchanged)
            unchanged = 0
            text += palette.text(new.lines[row]) + Self.eraseLine + "\r\n"
        }
        text += down(unchanged)
        if new.lines.count < old.lines.count { text += Self.eraseBelow }
        return Array((text + Self.end).utf8)
    }

    /// From the row beneath the old frame to its first row, everything from there on gone.
    ///
    /// Where the terminal has become narrower it has wrapped the lines: they take more rows now. What has left the
    /// screen at its top cannot be reached: a terminal has no sequence that takes single lines out of its scrollback.
    private func erase(_ old: Frame?, on size: ScreenSize) -> String {
        guard let old else { return "\r" + Self.eraseBelow }
        let rows = old.lines.reduce(0) { $0 + max(1, ($1.width + size.columns - 1) / size.columns) }
        return up(min(rows, size.rows - 1)) + "\r" + Self.eraseBelow
    }

    private func up(_ rows: Int) -> String { rows > 0 ? "\u{1b}[\(rows)A" : "" }

    private func down(_ rows: Int) -> String { rows > 0 ? "\u{1b}[\(rows)B" : "" }
}
