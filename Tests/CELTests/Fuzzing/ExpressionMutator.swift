/// Damages expressions: pieces of the grammar are put in, taken out, doubled and swapped, and single bytes are changed.
struct ExpressionMutator {
    static let seeds = [
        "steps.vpc.outputs['id'] == 'v-1' && has(a.b) || !failure()",
        "[1, 2u, 3.5e2, -4].map(x, x % 2 == 0, x * 10).filter(y, y > 1)",
        "{'a': 1, ?'b': optional.none()}.?a.orValue(3)",
        "'%s %.2f'.format(['é', 1.5]) + r'\\d' + '''x''' + string(b'\\xff\\101')",
        "timestamp('2009-02-13T23:31:30Z').getHours('Europe/Paris') > 0 ? duration('1h') : duration('2m')",
        "'hubba'.matches('(?i)^[a-z\\\\d]+(b|c){1,2}$') && 'a,b'.split(',').join('-').replace('a', 'b') == ''",
        "cel.bind(x, math.greatest(1, 2), [x].transformMapEntry(i, v, {v: i}))",
        "google.protobuf.Int32Value{value: 5} in range(10) || size(toJSON(fromJSON('[1]'))) < 0x1F",
        "cidr('10.0.0.0/8').containsIP('10.1.2.3') && ip('2001:db8::ffff:0:1').isGlobalUnicast() || isIP('::1.2.3.4')",
        "a.`b-c`[0].d.exists_one(k, v, k in v) ? .x.y : \"\\u00e9\\U0001F600\" // end",
    ]

    private static let pieces: [[UInt8]] =
        ("( ) [ ] { } . , : ? + - * / % ! < <= > >= == != && || in true false null a x 1 2u .5 1e9 'a' \"b\" r'\\' "
        + "b'\\x00' \\ ` _ é 😀 // \n has size map all")
        .split(separator: " ").map { Array($0.utf8) }
        + [
            " ", "0", "9223372036854775808", "'''", "\"\"\"", ".?", "[?", "map(x,", "cel.bind(", "range(99999999)",
            "\r",
            "\u{0}", "\u{FEFF}", "\\u", "\\U0010FFFF", "\\777", "-", "0x", "e+", "{?",
        ].map { Array($0.utf8) }

    /// Bytes that are no UTF-8 come out as replacement characters, which no expression holds either.
    static func mutate(_ source: String, _ random: inout SplitMix) -> String {
        var bytes = Array(source.utf8)
        for _ in 0..<(1 + random.below(3)) {
            let at = random.below(bytes.count + 1)
            switch random.below(12) {
            case 0: bytes.insert(contentsOf: random.pick(pieces), at: at)
            case 1: bytes.removeSubrange(at..<min(at + 3, bytes.count))
            case 2: bytes.replaceSubrange(at..<min(at + 1, bytes.count), with: random.pick(pieces))
            case 3: bytes = bytes[..<at] + Array(random.pick(seeds).utf8).suffix(random.below(30))
            case 4 where at < bytes.count: bytes[at] = UInt8(random.below(256))
            case 5 where at < bytes.count: bytes[at] ^= 1 << UInt8(random.below(8))
            case 6: bytes.removeSubrange(at...)
            case 7, 8: swapDigit(&bytes, at, &random)
            default:
                let end = min(bytes.count, at + random.below(40))
                bytes.insert(contentsOf: bytes[at..<end], at: at)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Changes a digit or letter into another one, which most often leaves an expression.
    private static func swapDigit(_ bytes: inout [UInt8], _ at: Int, _ random: inout SplitMix) {
        guard at < bytes.count else { return }
        switch bytes[at] {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): bytes[at] = UInt8(ascii: "0") + UInt8(random.below(10))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): bytes[at] = UInt8(ascii: "a") + UInt8(random.below(26))
        default: break
        }
    }
}
