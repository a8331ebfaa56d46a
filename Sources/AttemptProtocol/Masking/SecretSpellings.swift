/// The byte sequences in which programs write one character: as it is, and as shells quote it, URLs, JSON, HTML, XML,
/// YAML and Python escape it.
///
/// Letters and digits are written as they are everywhere, so they have one spelling.
struct SecretSpellings {
    /// Where in a secret the character is. A quoted word may begin or end with it: then one quote is missing there.
    var isFirst = false
    var isLast = false
    /// For long secrets, so that their automaton stays small: the spellings of shells, URLs and JSON alone.
    var areFew = false

    func of(_ scalar: Unicode.Scalar) -> [[UInt8]] {
        if scalar.isASCII, scalar.properties.isAlphabetic || scalar.properties.numericType == .decimal {
            return [[UInt8(scalar.value)]]
        }
        var spellings = [Array(String(scalar).utf8)]
        spellings += scalar.isPrintableASCII ? quoted(UInt8(scalar.value)) : escaped(scalar)
        spellings += hexadecimal(scalar)
        if !areFew { spellings += entities(scalar) }
        return withOpenEnds(spellings)
    }

    /// The end of a line: as any system writes it, and as one escape or two.
    func ofLineEnd() -> [[UInt8]] {
        let returns = SecretSpellings(areFew: areFew).of("\r")
        let feeds = SecretSpellings(areFew: areFew).of("\n")
        // Without the second byte at the end of a secret: a line end behind it is not its own.
        let pairs = isLast ? [] : zip(returns, feeds).map { $0 + $1 }
        return withOpenEnds(feeds + pairs + (isLast ? [] : [Array(#"\r\n"#.utf8), Array(#"$'\r\n'"#.utf8)]))
    }

    /// Printable ASCII that is neither letter nor digit.
    private func quoted(_ byte: UInt8) -> [[UInt8]] {
        var spellings: [[UInt8]] = [[0x5C, byte]]
        switch byte {
        case UInt8(ascii: "'"):
            // bash, zsh and mksh; Python and busybox; dash, which puts a run of them into one pair; YAML and SQL.
            spellings += ["'\\''", "'\"'\"'", "'\"'", "''"].map { Array($0.utf8) }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            // Twice escaped: JSON in JSON, JSON in what declare -p prints.
            spellings += [[byte, byte], [0x5C, 0x5C, 0x5C, byte]]
        case UInt8(ascii: " "): spellings.append([UInt8(ascii: "+")])
        case UInt8(ascii: "%"): spellings.append([byte, byte])
        default: break
        }
        return spellings
    }

    /// What is not ASCII, or not printable, as shells and Python write it.
    private func escaped(_ scalar: Unicode.Scalar) -> [[UInt8]] {
        let bytes = Array(String(scalar).utf8)
        let backslash: [UInt8] = [0x5C]
        let quote: [UInt8] = [0x27]
        var escapes: [[UInt8]] = [bytes.flatMap { backslash + Self.digits(UInt32($0), radix: 8, count: 3) }]
        if let letter = Self.escapeLetter(of: scalar) { escapes.append(backslash + [letter]) }
        if scalar == "\u{1B}" { escapes.append(Array(#"\E"#.utf8)) }
        var spellings = escapes
        if !areFew {
            // zsh, and coreutils: the escape alone in quotes of its own, or some of them together.
            for escape in escapes {
                let opened: [UInt8] = Array("'$'".utf8) + escape
                spellings.append(Array("$'".utf8) + escape + quote)
                spellings.append(opened)
                spellings.append(opened + quote + quote)
                spellings.append(escape + quote + quote)
            }
            for escape in escapes.dropFirst() { spellings.append(backslash + escape) }
            spellings.append(
                bytes.flatMap { byte -> [UInt8] in
                    Array("$'\\".utf8) + Self.digits(UInt32(byte), radix: 8, count: 3) + quote
                })
            let meta: [UInt8] = bytes.flatMap(Self.meta)
            spellings.append(meta)
            spellings.append(Array("$'".utf8) + meta + quote)
        }
        return spellings
    }

    /// What holds the number of the character, or of its bytes, in hexadecimal digits of either case.
    private func hexadecimal(_ scalar: Unicode.Scalar) -> [[UInt8]] {
        let bytes = Array(String(scalar).utf8).map(UInt32.init)
        let units = Array(String(scalar).utf16).map(UInt32.init)
        var spellings: [[UInt8]] = []
        for capitals in [false, true] {
            func hex(_ prefix: String, _ number: UInt32, _ count: Int, _ suffix: String = "") -> [UInt8] {
                Array(prefix.utf8) + Self.digits(number, radix: 16, count: count, capitals: capitals)
                    + Array(suffix.utf8)
            }
            spellings += [bytes.flatMap { hex("%", $0, 2) }, units.flatMap { hex("\\u", $0, 4) }]
            guard !areFew else { continue }
            spellings += [
                bytes.flatMap { hex("\\x", $0, 2) }, units.flatMap { hex("\\\\u", $0, 4) }, hex("\\U", scalar.value, 8),
                hex("\\u{", scalar.value, 1, "}"),
                hex("\\u[", scalar.value, 1, "]"), hex("&#x", scalar.value, 1, ";"), hex("&#x", scalar.value, 2, ";"),
            ]
            if (0x80...0xFF).contains(scalar.value) { spellings.append(hex("\\x", scalar.value, 2)) }
        }
        return spellings
    }

    /// The references of HTML and XML that are not hexadecimal.
    private func entities(_ scalar: Unicode.Scalar) -> [[UInt8]] {
        var spellings = [1, 3].map {
            Array("&#".utf8) + Self.digits(scalar.value, radix: 10, count: $0) + [UInt8(ascii: ";")]
        }
        if let name = Self.entityName(of: scalar) { spellings.append(Array("&\(name);".utf8)) }
        return spellings
    }

    private func withOpenEnds(_ spellings: [[UInt8]]) -> [[UInt8]] {
        let quote = UInt8(ascii: "'")
        var all = spellings
        if isFirst { all += all.filter { $0.count > 1 && $0.first == quote }.map { Array($0.dropFirst()) } }
        if isLast { all += all.filter { $0.count > 1 && $0.last == quote }.map { Array($0.dropLast()) } }
        return all
    }

    private static func digits(_ number: UInt32, radix: Int, count: Int, capitals: Bool = false) -> [UInt8] {
        let digits = Array(String(number, radix: radix, uppercase: capitals).utf8)
        return Array(repeating: UInt8(ascii: "0"), count: max(0, count - digits.count)) + digits
    }

    /// `\M-C` for a byte above ASCII, `\C-A` for one below the printable: zsh.
    private static func meta(_ byte: UInt8) -> [UInt8] {
        let low = byte & 0x7F
        let control: [UInt8] = low < 0x20 || low == 0x7F ? Array("\\C-".utf8) + [low ^ 0x40] : [low]
        return byte < 0x80 ? control : Array("\\M-".utf8) + control
    }

    /// The letter behind the backslash in C, JSON, Python or YAML.
    private static func escapeLetter(of scalar: Unicode.Scalar) -> UInt8? {
        switch scalar {
        case "\u{7}": UInt8(ascii: "a")
        case "\u{8}": UInt8(ascii: "b")
        case "\t": UInt8(ascii: "t")
        case "\n": UInt8(ascii: "n")
        case "\u{B}": UInt8(ascii: "v")
        case "\u{C}": UInt8(ascii: "f")
        case "\r": UInt8(ascii: "r")
        case "\u{1B}": UInt8(ascii: "e")
        case "\u{85}": UInt8(ascii: "N")
        case "\u{A0}": UInt8(ascii: "_")
        case "\u{2028}": UInt8(ascii: "L")
        case "\u{2029}": UInt8(ascii: "P")
        default: nil
        }
    }

    private static func entityName(of scalar: Unicode.Scalar) -> Substring? {
        switch scalar {
        case "&": "amp"
        case "<": "lt"
        case ">": "gt"
        case "\"": "quot"
        case "'": "apos"
        case "\u{20AC}": "euro"
        case "\u{A0}"..."\u{FF}": latinEntities[Int(scalar.value - 0xA0)]
        default: nil
        }
    }

    /// HTML's names for U+00A0 to U+00FF.
    private static let latinEntities = """
        nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute \
        micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring \
        AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml \
        times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil \
        egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash \
        ugrave uacute ucirc uuml yacute thorn yuml
        """.split(separator: " ")
}

extension Unicode.Scalar {
    fileprivate var isPrintableASCII: Bool { (0x20...0x7E).contains(value) }
}
