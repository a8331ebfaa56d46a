package import Terminal

/// A small terminal in memory: takes the bytes that a program writes, and has a screen that tests can look at.
///
/// It knows what ours use and a little more: printing with wrapping and wide characters, line feed with scrolling,
/// carriage return, backspace, tab, moves, erasing, colours, private modes; and re-wraps lines when it is made
/// narrower, as most terminals do. What it does not know is kept in `unknown`.
package struct ScreenEmulator: Sendable {
    package struct Cell: Sendable, Equatable {
        /// Empty: the right half of a wide character.
        package var text: String = " "
        /// The parameters of SGR in force; empty for plain.
        package var attributes: String = ""
    }

    private struct Row: Sendable {
        var cells: [Cell]
        /// It goes on in the next row.
        var isWrapped = false
    }

    package private(set) var size: ScreenSize
    package private(set) var column = 0
    package private(set) var row = 0
    package private(set) var isCursorShown = true
    package private(set) var isWrapping = true
    package private(set) var isSynchronized = false
    package private(set) var attributes = ""
    /// Lines that have left the screen at its top, oldest first.
    package private(set) var scrolledOff: [String] = []
    /// Sequences that were not understood.
    package private(set) var unknown: [String] = []
    /// How often a character stood behind the last column, and went to the next row.
    package private(set) var wraps = 0

    private var screen: [Row]
    /// The last column is written, and the next character goes to the next row.
    private var isWrapPending = false
    private var pending: [UInt8] = []

    package init(columns: Int = 80, rows: Int = 24) {
        size = ScreenSize(columns: columns, rows: rows)
        screen = Array(repeating: ScreenEmulator.blank(columns), count: rows)
    }

    /// The rows from top to bottom without spaces at their ends.
    package var lines: [String] { screen.map { ScreenEmulator.text($0) } }

    /// The same without empty rows at the bottom.
    package var text: [String] {
        var lines = lines
        while lines.last == "" { lines.removeLast() }
        return lines
    }

    /// The attributes of the first cell where `text` stands; nil where it stands nowhere.
    package func attributes(of text: String) -> String? {
        for row in screen {
            for start in row.cells.indices {
                let rest = row.cells[start...].prefix(text.count * 2).map(\.text).joined()
                if rest.hasPrefix(text), row.cells[start].text != "" { return row.cells[start].attributes }
            }
        }
        return nil
    }

    package mutating func feed(_ text: String) { feed(Array(text.utf8)) }

    package mutating func feed(_ bytes: [UInt8]) {
        pending += bytes
        // A character that is not whole yet waits for its rest.
        var end = pending.count
        var start = end - 1
        while start >= 0, end - start < 4, pending[start] & 0xC0 == 0x80 { start -= 1 }
        if start >= 0, pending[start] >= 0xC0 {
            let length = pending[start] >= 0xF0 ? 4 : pending[start] >= 0xE0 ? 3 : 2
            if end - start < length { end = start }
        }
        let scalars = Array(String(decoding: pending[..<end], as: UTF8.self).unicodeScalars)
        var index = 0
        var run = String.UnicodeScalarView()
        while index < scalars.count {
            let scalar = scalars[index]
            guard scalar.value < 0x20 || scalar.value == 0x7F else {
                run.append(scalar)
                index += 1
                continue
            }
            print(String(run))
            run.removeAll()
            if scalar == "\u{1b}" {
                guard let next = sequence(scalars, at: index) else {
                    pending = Array(String(String.UnicodeScalarView(scalars[index...])).utf8) + pending[end...]
                    return
                }
                index = next
                continue
            }
            control(scalar)
            index += 1
        }
        print(String(run))
        pending.removeSubrange(..<end)
    }

    /// The terminal is given another size.
    package mutating func resize(columns: Int, rows: Int) {
        var all: [Row] = []
        var logical: [Cell] = []
        var cursorAt = (row: 0, column: column)
        var isCursorHere = false
        for (number, line) in screen.enumerated() {
            if number == row {
                isCursorHere = true
                cursorAt.column = logical.count + column
            }
            let cells = line.isWrapped ? line.cells : ScreenEmulator.trimmed(line.cells)
            logical += cells
            if line.isWrapped, number + 1 < screen.count { continue }
            if isCursorHere {
                cursorAt.row = all.count + cursorAt.column / columns
                isCursorHere = false
            }
            var rest = logical[...]
            repeat {
                var cells = Array(rest.prefix(columns))
                rest = rest.dropFirst(columns)
                cells += Array(repeating: Cell(), count: columns - cells.count)
                all.append(Row(cells: cells, isWrapped: !rest.isEmpty))
            } while !rest.isEmpty
            logical = []
        }
        // Empty rows beneath the cursor go first; then what stands at the top leaves.
        while all.count > rows, all.count - 1 > cursorAt.row, ScreenEmulator.text(all[all.count - 1]).isEmpty {
            all.removeLast()
        }
        while all.count > rows {
            scrolledOff.append(ScreenEmulator.text(all.removeFirst()))
            cursorAt.row -= 1
        }
        while all.count < rows { all.append(ScreenEmulator.blank(columns)) }
        screen = all
        size = ScreenSize(columns: columns, rows: rows)
        row = max(0, min(cursorAt.row, rows - 1))
        column = min(cursorAt.column % columns, columns - 1)
        isWrapPending = false
    }

    // MARK: - Printing

    private mutating func print(_ text: String) {
        for character in text {
            let width = DisplayWidth.of(character)
            guard width > 0 else { continue }
            if isWrapPending || column + width > size.columns {
                guard isWrapping else {
                    column = max(0, size.columns - width)
                    put(character, width)
                    continue
                }
                screen[row].isWrapped = true
                wraps += 1
                column = 0
                lineFeed()
            }
            put(character, width)
        }
    }

    private mutating func put(_ character: Character, _ width: Int) {
        screen[row].cells[column] = Cell(text: String(character), attributes: attributes)
        for cell in column + 1..<max(column + 1, min(column + width, size.columns)) {
            screen[row].cells[cell] = Cell(text: "", attributes: attributes)
        }
        column += width
        isWrapPending = column >= size.columns
        if isWrapPending { column = size.columns - 1 }
        if !isWrapping { isWrapPending = false }
    }

    private mutating func lineFeed() {
        isWrapPending = false
        guard row == size.rows - 1 else {
            row += 1
            return
        }
        scrolledOff.append(ScreenEmulator.text(screen.removeFirst()))
        screen.append(ScreenEmulator.blank(size.columns))
    }

    private mutating func control(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\n": lineFeed()
        case "\r":
            column = 0
            isWrapPending = false
        case "\u{8}": column = max(0, column - 1)
        case "\t": column = min(size.columns - 1, (column / 8 + 1) * 8)
        case "\u{7}", "\0": break
        default: unknown.append("\\u{\(String(scalar.value, radix: 16))}")
        }
    }

    // MARK: - Sequences

    /// Where the text goes on behind the sequence at `start`; nil when its end has not come yet.
    private mutating func sequence(_ scalars: [Unicode.Scalar], at start: Int) -> Int? {
        guard start + 1 < scalars.count else { return nil }
        guard scalars[start + 1] == "[" else {
            unknown.append("ESC \(scalars[start + 1])")
            return start + 2
        }
        var index = start + 2
        var parameters = ""
        while index < scalars.count, !(0x40...0x7E).contains(scalars[index].value) {
            parameters.unicodeScalars.append(scalars[index])
            index += 1
        }
        guard index < scalars.count else { return nil }
        perform(Character(scalars[index]), parameters)
        return index + 1
    }

    private mutating func perform(_ final: Character, _ parameters: String) {
        let number = max(1, Int(parameters) ?? 1)
        switch final {
        case "A": move(rows: -number)
        case "B": move(rows: number)
        case "C": column = min(size.columns - 1, column + number)
        case "D": column = max(0, column - number)
        case "G": column = min(size.columns, number) - 1
        case "K":
            for cell in column..<size.columns { screen[row].cells[cell] = Cell() }
            screen[row].isWrapped = false
        case "J" where parameters.isEmpty || parameters == "0":
            for cell in column..<size.columns { screen[row].cells[cell] = Cell() }
            for line in row..<size.rows {
                if line > row { screen[line] = ScreenEmulator.blank(size.columns) }
                screen[line].isWrapped = false
            }
        case "m": attributes = parameters == "0" ? "" : parameters
        case "h", "l": set(parameters, final == "h")
        default: unknown.append("CSI \(parameters)\(final)")
        }
    }

    private mutating func move(rows: Int) {
        isWrapPending = false
        row = min(size.rows - 1, max(0, row + rows))
    }

    private mutating func set(_ mode: String, _ isOn: Bool) {
        switch mode {
        case "?25": isCursorShown = isOn
        case "?7": isWrapping = isOn
        case "?2026": isSynchronized = isOn
        default: unknown.append("mode \(mode)")
        }
    }

    private static func blank(_ columns: Int) -> Row { Row(cells: Array(repeating: Cell(), count: columns)) }

    private static func trimmed(_ cells: [Cell]) -> [Cell] {
        Array(cells.prefix((cells.lastIndex { $0.text != " " } ?? -1) + 1))
    }

    private static func text(_ row: Row) -> String {
        var text = row.cells.map(\.text).joined()
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }
}
