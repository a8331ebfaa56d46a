/// Questions about strings. Positions count code points, from 0.
enum StringFunctions {
    static let all: [Function] = [
        .method("contains", 2, contains), .method("startsWith", 2, startsWith), .method("endsWith", 2, endsWith),
        .global("matches", 2, matches), .method("matches", 2, matches), .method("charAt", 2, charAt),
        .method("indexOf", 2...3, indexOf), .method("lastIndexOf", 2...3, lastIndexOf),
    ]

    private static func contains(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let (text, part) = (try arguments.string(0), try arguments.string(1))
        try meter.charge(textBytes: text.utf8.count + part.utf8.count)
        return .bool(Search(for: Array(part.utf8)).first(in: Array(text.utf8)) != nil)
    }

    private static func startsWith(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let (text, part) = (try arguments.string(0), try arguments.string(1))
        try meter.charge(textBytes: part.utf8.count)
        return .bool(text.utf8.starts(with: part.utf8))
    }

    private static func endsWith(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let (text, part) = (try arguments.string(0), try arguments.string(1))
        try meter.charge(textBytes: part.utf8.count)
        return .bool(text.utf8.suffix(part.utf8.count).elementsEqual(part.utf8))
    }

    private static func matches(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let (text, pattern) = (try arguments.string(0), try arguments.string(1))
        try meter.charge(pattern.utf8.count)
        let expression = try RegularExpression(pattern)
        try meter.charge(expression.automaton.count)
        return .bool(try expression.matches(text, &meter))
    }

    private static func charAt(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let (text, index) = (try arguments.string(0), try arguments.int(1))
        try meter.charge(textBytes: text.utf8.count)
        let scalars = text.unicodeScalars
        guard index >= 0, index <= scalars.count else { throw outOfRange(index, scalars.count) }
        guard index < scalars.count else { return .string("") }
        return .string(String(scalars[scalars.index(scalars.startIndex, offsetBy: Int(index))]))
    }

    private static func indexOf(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let (text, part) = (try scalars(arguments, 0, &meter), try scalars(arguments, 1, &meter))
        let start = arguments.count == 3 ? try arguments.int(2) : 0
        guard start >= 0, start <= text.count else { throw outOfRange(start, text.count) }
        return .int(Int64(Search(for: part).first(in: text, from: Int(start)) ?? -1))
    }

    private static func lastIndexOf(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let (text, part) = (try scalars(arguments, 0, &meter), try scalars(arguments, 1, &meter))
        let last = arguments.count == 3 ? try arguments.int(2) : Int64(text.count)
        guard last >= 0, last <= text.count else { throw outOfRange(last, text.count) }
        // The last occurrence is the first one of both texts read backwards.
        let firstBackwards = max(0, text.count - part.count - Int(last))
        let found = Search(for: part.reversed()).first(in: text.reversed(), from: firstBackwards)
        return .int(found.map { Int64(text.count - part.count - $0) } ?? -1)
    }

    /// The code points of a string argument. They are paid for before anything else can fail: errors can be looked
    /// past, so a failing call must not be cheaper than its work.
    static func scalars(
        _ arguments: Arguments, _ index: Int, _ meter: inout Meter
    ) throws(CELError) -> [Unicode.Scalar] {
        let text = try arguments.string(index)
        try meter.charge(textBytes: text.utf8.count)
        return Array(text.unicodeScalars)
    }

    static func outOfRange(_ index: Int64, _ count: Int) -> CELError {
        CELError(.indexOutOfBounds, "position \(index) is outside the string of \(count) code points")
    }
}
