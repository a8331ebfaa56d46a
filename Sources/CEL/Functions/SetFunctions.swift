/// Lists taken as sets, by the language's own equality.
enum SetFunctions {
    static let all: [Function] = [
        .global("sets.contains", 2, contains), .global("sets.equivalent", 2, equivalent),
        .global("sets.intersects", 2, intersects),
    ]

    private static func contains(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let (whole, part) = (try arguments.list(0), try arguments.list(1))
        return .bool(try isSubset(part, of: whole, &meter))
    }

    private static func equivalent(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let (left, right) = (try arguments.list(0), try arguments.list(1))
        guard try isSubset(left, of: right, &meter) else { return .bool(false) }
        return .bool(try isSubset(right, of: left, &meter))
    }

    private static func intersects(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        let right = CELValue.list(try arguments.list(1))
        for element in try arguments.list(0) where try Operators.contains(right, element, &meter) {
            return .bool(true)
        }
        return .bool(false)
    }

    private static func isSubset(
        _ part: [CELValue], of whole: [CELValue], _ meter: inout Meter
    ) throws(CELError) -> Bool {
        for element in part where try !Operators.contains(.list(whole), element, &meter) { return false }
        return true
    }
}
