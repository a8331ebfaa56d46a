internal import ArgumentParser
internal import WorkflowCore

/// How long ago: `12h`, `30d`, `8w`; at most 36500d.
struct Age: Sendable, Equatable {
    private static let hoursMax: Int64 = 36_500 * 24
    private static let forms = "give an age: 12h, 30d or 8w, at most 36500d"
    let milliseconds: Milliseconds

    init(_ text: String) throws {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let hours: [Substring: Int64] = ["h": 1, "d": 24, "w": 168]
        guard !digits.isEmpty, let number = Int64(digits), let unit = hours[text.dropFirst(digits.count)] else {
            throw ValidationError(Self.forms)
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        guard !overflow, product <= Self.hoursMax else { throw ValidationError(Self.forms) }
        milliseconds = .hours(product)
    }
}
