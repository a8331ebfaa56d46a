internal import ArgumentParser
internal import WorkflowCore

/// How long ago: `12h`, `30d`, `8w`; at most 36500d.
struct Age: ExpressibleByArgument, Sendable, Equatable {
    private static let hoursMax: Int64 = 36_500 * 24
    let milliseconds: Milliseconds

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        let hours: [Substring: Int64] = ["h": 1, "d": 24, "w": 168]
        guard !digits.isEmpty, let number = Int64(digits), let unit = hours[argument.dropFirst(digits.count)] else {
            return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        guard !overflow, product <= Self.hoursMax else { return nil }
        milliseconds = .hours(product)
    }
}
