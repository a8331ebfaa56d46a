/// The parts of timestamps, in UTC or a time zone, and durations in whole units.
enum TimeFunctions {
    static let all: [Function] = [
        .method("getFullYear", 1...2, getFullYear), .method("getMonth", 1...2, getMonth),
        .method("getDate", 1...2, getDate), .method("getDayOfMonth", 1...2, getDayOfMonth),
        .method("getDayOfWeek", 1...2, getDayOfWeek), .method("getDayOfYear", 1...2, getDayOfYear),
        .method("getHours", 1...2, getHours), .method("getMinutes", 1...2, getMinutes),
        .method("getSeconds", 1...2, getSeconds), .method("getMilliseconds", 1...2, getMilliseconds),
    ]

    private static func getFullYear(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .int(Int64(try civilTime(arguments).year))
    }

    /// 0 for January.
    private static func getMonth(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .int(Int64(try civilTime(arguments).month - 1))
    }

    /// 1 for the first.
    private static func getDate(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .int(Int64(try civilTime(arguments).day))
    }

    /// 0 for the first.
    private static func getDayOfMonth(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .int(Int64(try civilTime(arguments).day - 1))
    }

    private static func getDayOfWeek(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .int(Int64(try civilTime(arguments).dayOfWeek))
    }

    private static func getDayOfYear(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        .int(Int64(try civilTime(arguments).dayOfYear))
    }

    private static func getHours(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        if let whole = wholeUnits(arguments, 3_600_000_000_000) { return whole }
        return .int(Int64(try civilTime(arguments).hour))
    }

    private static func getMinutes(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        if let whole = wholeUnits(arguments, 60_000_000_000) { return whole }
        return .int(Int64(try civilTime(arguments).minute))
    }

    private static func getSeconds(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        if let whole = wholeUnits(arguments, 1_000_000_000) { return whole }
        return .int(Int64(try civilTime(arguments).second))
    }

    /// The milliseconds on top of whole seconds, also of a duration.
    private static func getMilliseconds(_ arguments: Arguments, _ meter: inout Meter) throws(CELError) -> CELValue {
        if arguments.count == 1, case .duration(let duration) = arguments[0] {
            return .int(duration.nanoseconds / 1_000_000 % 1_000)
        }
        _ = try civilTime(arguments)
        guard case .timestamp(let timestamp) = arguments[0] else { throw arguments.mismatch }
        return .int(Int64(timestamp.nanoseconds / 1_000_000))
    }

    /// A duration in a unit, rounded towards zero; nil where the receiver is none.
    private static func wholeUnits(_ arguments: Arguments, _ nanoseconds: Int64) -> CELValue? {
        guard arguments.count == 1, case .duration(let duration) = arguments[0] else { return nil }
        return .int(duration.nanoseconds / nanoseconds)
    }

    /// The receiver as the clock shows it in the time zone of the second argument, else in UTC.
    private static func civilTime(_ arguments: Arguments) throws(CELError) -> CivilTime {
        guard case .timestamp(let timestamp) = arguments[0] else { throw arguments.mismatch }
        let offset = arguments.count == 2 ? try TimeZoneOffset.seconds(arguments.string(1), at: timestamp.seconds) : 0
        return CivilTime(secondsSinceEpoch: timestamp.seconds + Int64(offset))
    }
}
