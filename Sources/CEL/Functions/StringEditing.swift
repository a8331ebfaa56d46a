/// New strings from old ones: the string extension of the specification. Positions count code points, from 0.
enum StringEditing {
    static let all: [Function] = [
        .method("lowerAscii", 1, lowerAscii), .method("upperAscii", 1, upperAscii), .method("trim", 1, trim),
        .method("reverse", 1, reverse), .method("substring", 2...3, substring), .method("replace", 3...4, replace),
        .method("split", 2...3, split), .method("join", 1...2, join), .method("format", 2, format),
        .global("strings.quote", 1, quote),
    ]

    private static func lowerAscii(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        try mapASCII(arguments, &meter) { (65...90).contains($0) ? $0 + 32 : $0 }
    }

    private static func upperAscii(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        try mapASCII(arguments, &meter) { (97...122).contains($0) ? $0 - 32 : $0 }
    }

    private static func mapASCII(
        _ arguments: Arguments, _ meter: inout Meter, _ transform: (UInt8) -> UInt8
    ) throws(CELError) -> CELValue {
        let text = try arguments.string(0)
        try meter.charge(madeBytes: text.utf8.count)
        return .string(String(decoding: text.utf8.map(transform), as: UTF8.self))
    }

    private static func trim(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let text = try arguments.string(0)
        try meter.charge(madeBytes: text.utf8.count)
        var scalars = text.unicodeScalars[...]
        while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return .string(String(scalars))
    }

    private static func reverse(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        switch arguments[0] {
        case .string(let text):
            try meter.charge(madeBytes: text.utf8.count)
            return .string(String(String.UnicodeScalarView(text.unicodeScalars.reversed())))
        case .list(let elements):
            try meter.charge(elements: elements.count)
            return .list(elements.reversed())
        default: throw arguments.mismatch
        }
    }

    private static func substring(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let scalars = try StringFunctions.scalars(arguments, 0, &meter)
        let start = try arguments.int(1)
        let end = arguments.count == 3 ? try arguments.int(2) : Int64(scalars.count)
        guard start >= 0, start <= scalars.count else { throw StringFunctions.outOfRange(start, scalars.count) }
        guard end >= start, end <= scalars.count else { throw StringFunctions.outOfRange(end, scalars.count) }
        return .string(String(String.UnicodeScalarView(scalars[Int(start)..<Int(end)])))
    }

    /// Replaces from the left, at most so many times; a negative limit is none. An empty search text stands before each
    /// code point and at the end.
    private static func replace(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let text = try StringFunctions.scalars(arguments, 0, &meter)
        let old = try StringFunctions.scalars(arguments, 1, &meter)
        let new = try StringFunctions.scalars(arguments, 2, &meter)
        let limit = arguments.count == 4 ? try arguments.int(3) : -1

        var result: [Unicode.Scalar] = []
        var position = 0
        var replaced: Int64 = 0
        let search = Search(for: old)
        while replaced != limit, let found = search.first(in: text, from: position) {
            result += text[position..<found]
            result += new
            try meter.charge(textBytes: found - position + new.count + 10)
            guard result.count <= meter.limits.textBytes else { break }
            replaced += 1
            position = found + old.count
            if old.isEmpty {
                guard position < text.count else { break }
                result.append(text[position])
                position += 1
            }
        }
        if position < text.count { result += text[position...] }
        try meter.charge(madeBytes: result.count)
        return .string(String(String.UnicodeScalarView(result)))
    }

    /// Splits into at most so many parts; a negative limit is none. An empty separator parts all code points.
    private static func split(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let text = try StringFunctions.scalars(arguments, 0, &meter)
        let separator = try StringFunctions.scalars(arguments, 1, &meter)
        let limit = arguments.count == 3 ? try arguments.int(2) : -1
        guard limit != 0 else { return .list([]) }

        var parts: [CELValue] = []
        func add(_ part: ArraySlice<Unicode.Scalar>) throws(CELError) {
            try meter.charge(elements: parts.count + 1, added: 1)
            parts.append(.string(String(String.UnicodeScalarView(part))))
        }
        var position = 0
        if separator.isEmpty {
            while position < text.count, parts.count + 1 != limit {
                try add(text[position...position])
                position += 1
            }
            if position < text.count { try add(text[position...]) }
            return .list(parts)
        }
        let search = Search(for: separator)
        while parts.count + 1 != limit, let found = search.first(in: text, from: position) {
            try add(text[position..<found])
            position = found + separator.count
        }
        try add(text[position...])
        return .list(parts)
    }

    private static func join(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let elements = try arguments.list(0)
        let separator = arguments.count == 2 ? try arguments.string(1) : ""
        var text = ""
        for (index, element) in elements.enumerated() {
            guard case .string(let part) = element else { throw arguments.mismatch }
            if index > 0 { text += separator }
            text += part
            try meter.charge(1)
            try meter.charge(textBytes: part.utf8.count + separator.utf8.count)
            guard text.utf8.count <= meter.limits.textBytes else {
                throw CELError(.resultTooLarge, "a text would have more than \(meter.limits.textBytes) bytes")
            }
        }
        return .string(text)
    }

    private static func format(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .string(try Formatting.format(try arguments.string(0), try arguments.list(1), &meter))
    }

    /// The string as a literal of the language: what cannot be seen is escaped.
    private static func quote(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let text = try arguments.string(0)
        try meter.charge(madeBytes: 2 * text.utf8.count + 2)
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\u{07}": quoted += "\\a"
            case "\u{08}": quoted += "\\b"
            case "\u{0C}": quoted += "\\f"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{0B}": quoted += "\\v"
            case "\\": quoted += "\\\\"
            case "\"": quoted += "\\\""
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return .string(quoted + "\"")
    }
}
