/// Writes random expressions that follow the grammar, with functions, macros and values of every kind. Types are right
/// more often than by chance, so that many evaluations get beyond their first operator.
struct ExpressionGenerator {
    var random: SplitMix
    /// The variables that the macros around the place being written have declared.
    private var variables: [String] = ["a", "x"]

    enum Shape: CaseIterable {
        case bool, number, string, list, map, other
    }

    private static let numbers = [
        "0", "1", "-1", "2u", "3.5", "-0.0", "1e308", "9223372036854775807", "-9223372036854775808",
        "18446744073709551615u", "0x1F", "1e-320", "(0.0 / 0.0)", "64", "100", "1000000",
    ]
    private static let strings = [
        "''", "'a'", "'é'", "'e\\u0301'", "'😀b'", "r'\\d+'", "'a,b,c'", "'%s %.3f %x'", "'[a-c]*(x|y){2,3}'",
        "'2009-02-13T23:31:30Z'", "'1h30m'", "'Europe/Paris'", "'{\"k\": [1, null]}'", "'''t'q'''", "'YWI='", "'-17'",
    ]
    private static let others = [
        "null", "b'\\xff'", "b'abc'", "duration('1h')", "duration('-9223372036.854775808s')", "timestamp(0)",
        "timestamp('9999-12-31T23:59:59.999999999Z')", "optional.none()", "int", "type(1)", "undeclared",
        "ip('10.0.0.1')", "cidr('2001:db8::/33')", "google.protobuf.Int32Value{value: 5}",
        "google.protobuf.Struct{fields: {'k': 1}}",
    ]

    init(random: SplitMix) {
        self.random = random
    }

    mutating func expression(_ depth: Int) -> String { expression(random.pick(Shape.allCases), depth) }

    mutating func expression(_ shape: Shape, _ depth: Int) -> String {
        guard depth > 0 else { return leaf(shape) }
        switch random.below(12) {
        case 0: return leaf(shape)
        case 1: return "(\(expression(shape, depth - 1)))"
        case 2:
            return
                "(\(expression(.bool, depth - 1)) ? \(expression(shape, depth - 1)) : \(expression(shape, depth - 1)))"
        case 3: return bind(shape, depth)
        case 4: return "[\(expression(shape, depth - 1))][\(expression(.number, depth - 1))]"
        case 5:
            return
                "{'k': "
                + "\(expression(shape, depth - 1))}"
                + "\(random.pick([".k", "['k']", ".?k.value()", "[?'k'].orValue(1)", ".`k`"]))"
        case 6:
            return
                "optional.of(\(expression(depth - 1))).\(random.pick(["or", "orValue"]))"
                + "(\(expression(shape, depth - 1)))"
        default: break
        }
        switch shape {
        case .bool: return bool(depth)
        case .number: return number(depth)
        case .string: return string(depth)
        case .list: return list(depth)
        case .map: return map(depth)
        case .other: return other(depth)
        }
    }

    // MARK: Shapes

    private mutating func leaf(_ shape: Shape) -> String {
        if random.below(3) == 0 { return random.pick(variables) }
        switch shape {
        case .bool: return random.pick(["true", "false"])
        case .number: return random.pick(Self.numbers)
        case .string: return random.pick(Self.strings)
        case .list:
            return random.pick([
                "[]", "[1, 2u, 3.0]", "['b', 'a']", "[[1], [[2]]]", "range(7)", "[?optional.none(), null]",
            ])
        case .map: return random.pick(["{}", "{'k': 1}", "{1: 2, true: 'x', 'é': []}", "{?'k': optional.of(2)}"])
        case .other: return random.pick(Self.others)
        }
    }

    private mutating func bool(_ depth: Int) -> String {
        let next = depth - 1
        switch random.below(9) {
        case 0: return "!\(expression(.bool, next))"
        case 1, 2: return "\(expression(.bool, next)) \(random.pick(["&&", "||"])) \(expression(.bool, next))"
        case 3:
            let shape = random.pick(Shape.allCases)
            let comparison = random.pick(["==", "!=", "<", "<=", ">", ">="])
            return "(\(expression(shape, next)) \(comparison) \(expression(shape, next)))"
        case 4: return "(\(expression(next)) in \(expression(random.pick([.list, .map]), next)))"
        case 5: return loop(random.pick(["all", "exists", "exists_one", "existsOne"]), .bool, next)
        case 6:
            return
                "\(expression(.string, next)).\(random.pick(["matches", "contains", "startsWith", "endsWith"]))"
                + "(\(expression(.string, next)))"
        case 7: return "has(\(expression(.map, next)).k)"
        default:
            return
                "sets.\(random.pick(["contains", "equivalent", "intersects"]))(\(expression(.list, next)), "
                + "\(expression(.list, next)))"
        }
    }

    private mutating func number(_ depth: Int) -> String {
        let next = depth - 1
        switch random.below(7) {
        case 0, 1:
            return
                "(\(expression(.number, next)) \(random.pick(["+", "-", "*", "/", "%"])) \(expression(.number, next)))"
        case 2: return "-\(expression(.number, next))"
        case 3: return "size(\(expression(random.pick([.string, .list, .map]), next)))"
        case 4: return "\(random.pick(["int", "uint", "double"]))(\(expression(random.pick([.number, .string]), next)))"
        case 5:
            let function = random.pick([
                "greatest", "least", "ceil", "floor", "round", "trunc", "abs", "sign", "sqrt", "bitAnd", "bitOr",
                "bitXor",
                "bitNot", "bitShiftLeft", "bitShiftRight",
            ])
            return
                "math.\(function)(\(expression(.number, next))"
                + "\(function.hasPrefix("bit") && function != "bitNot" ? ", 3" : ""))"
        default:
            return
                "\(expression(.string, next)).\(random.pick(["indexOf", "lastIndexOf"]))(\(expression(.string, next)))"
        }
    }

    private mutating func string(_ depth: Int) -> String {
        let next = depth - 1
        let text = expression(.string, next)
        switch random.below(9) {
        case 0, 1: return "(\(text) + \(expression(.string, next)))"
        case 2: return "string(\(expression(next)))"
        case 3: return "\(text).\(random.pick(["lowerAscii", "upperAscii", "trim", "reverse"]))()"
        case 4: return "\(text).replace(\(expression(.string, next)), \(expression(.string, next)))"
        case 5: return "\(text).\(random.pick(["substring", "charAt"]))(\(expression(.number, next)))"
        case 6: return "\(text).format(\(expression(.list, next)))"
        case 7: return "\(expression(.list, next)).join(\(text))"
        default:
            return random.pick(["strings.quote(\(text))", "toJSON(\(expression(next)))", "base64.encode(b'x\\xff')"])
        }
    }

    private mutating func list(_ depth: Int) -> String {
        let next = depth - 1
        switch random.below(8) {
        case 0: return "[\(expression(next)), \(expression(next))]"
        case 1: return "(\(expression(.list, next)) + \(expression(.list, next)))"
        case 2: return loop(random.pick(["map", "filter", "sortBy"]), random.pick(Shape.allCases), next)
        case 3:
            return
                "\(expression(.list, next)).transformList(i, v, "
                + "\(scoped(["i", "v"], random.pick(Shape.allCases), next)))"
        case 4: return "\(expression(.string, next)).split(\(expression(.string, next)), \(expression(.number, next)))"
        case 5:
            return
                "\(expression(.list, next))."
                + "\(random.pick(["sort()", "distinct()", "flatten()", "flatten(2)", "reverse()", "slice(0, 1)"]))"
        case 6: return "range(\(expression(.number, next)))"
        default: return "[\(expression(next))]"
        }
    }

    private mutating func map(_ depth: Int) -> String {
        let next = depth - 1
        switch random.below(5) {
        case 0:
            return
                "{\(expression(.string, next)): \(expression(next)), \(expression(.number, next)): \(expression(next))}"
        case 1:
            return
                "\(expression(random.pick([.list, .map]), next)).transformMap(i, v, "
                + "\(scoped(["i", "v"], .other, next)))"
        case 2: return "\(expression(.list, next)).transformMapEntry(i, v, \(scoped(["i", "v"], .map, next)))"
        case 3: return "fromJSON(\(expression(.string, next)))"
        default: return "{'k': \(expression(next))}"
        }
    }

    private mutating func other(_ depth: Int) -> String {
        let next = depth - 1
        switch random.below(7) {
        case 0: return "\(random.pick(["duration", "timestamp", "bytes", "bool", "type", "dyn"]))(\(expression(next)))"
        case 1: return "(\(expression(.other, next)) \(random.pick(["+", "-"])) \(expression(.other, next)))"
        case 2:
            let getter = random.pick([
                "getFullYear", "getMonth", "getDate", "getDayOfYear", "getHours", "getMilliseconds",
            ])
            return "\(expression(.other, next)).\(getter)(\(random.pick(["", "'Asia/Kathmandu'", "'-03:30'", "'x'"])))"
        case 3: return "optional.\(random.pick(["of", "ofNonZeroValue"]))(\(expression(next)))"
        case 4:
            return
                "optional.of(\(expression(next))).\(random.pick(["optMap", "optFlatMap"]))(o, "
                + "\(scoped(["o"], .other, next)))"
        case 5: return "\(expression(.list, next)).\(random.pick(["first()", "last()"]))"
        default: return "\(expression(.map, next))\(random.pick([".?k", "[?'k']", ".k.?j", "[?1][?2]"]))"
        }
    }

    // MARK: Scopes

    private mutating func bind(_ shape: Shape, _ depth: Int) -> String {
        let value = expression(depth - 1)
        return "cel.bind(y, \(value), \(scoped(["y"], shape, depth - 1)))"
    }

    private mutating func loop(_ macro: String, _ shape: Shape, _ depth: Int) -> String {
        let range = expression(random.pick([.list, .list, .list, .map]), depth)
        return "\(range).\(macro)(e, \(scoped(["e"], macro == "filter" ? .bool : shape, depth)))"
    }

    private mutating func scoped(_ names: [String], _ shape: Shape, _ depth: Int) -> String {
        let outer = variables
        variables += names + names
        defer { variables = outer }
        return expression(shape, depth)
    }
}
