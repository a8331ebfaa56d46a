import Foundation

/// One thing that was measured, once in each round.
struct Figure {
    /// What the figure should reach: said beside it, never asserted, as machines differ.
    enum Target {
        case atLeast(Double)
        case atMost(Double)

        var bound: Double {
            switch self {
            case .atLeast(let bound), .atMost(let bound): bound
            }
        }

        var sign: String {
            switch self {
            case .atLeast: "≥"
            case .atMost: "≤"
            }
        }

        func isMet(by value: Double) -> Bool {
            switch self {
            case .atLeast(let bound): value >= bound
            case .atMost(let bound): value <= bound
            }
        }
    }

    let name: String
    /// `steps/s`, `ms`, `MiB`, or `ratio`.
    let unit: String
    /// In the order of the rounds; at least one.
    let values: [Double]
    var target: Target?

    init(_ name: String, _ unit: String, _ values: [Double], _ target: Target? = nil) {
        self.name = name
        self.unit = unit
        self.values = values
        self.target = target
    }

    var median: Double { values.sorted()[values.count / 2] }
    var minimum: Double { values.min() ?? 0 }
    var maximum: Double { values.max() ?? 0 }

    /// For people, on one line.
    var line: String {
        let figures = [minimum, median, maximum].map { Figure.text($0).padding(toLength: 10) }.joined()
        let aim = target.map { "  \($0.sign) \(Figure.text($0.bound)) \($0.isMet(by: median) ? "met" : "missed")" }
        return "  " + (name + ", " + unit).padding(toLength: 66, withPad: " ", startingAt: 0) + figures + (aim ?? "")
    }

    /// For programs.
    var object: [String: Any] {
        var object: [String: Any] = [
            "name": name, "unit": unit, "rounds": values.count, "minimum": minimum, "median": median,
            "maximum": maximum,
        ]
        if let target {
            object["target"] = "\(target.sign) \(Figure.text(target.bound))"
            object["met"] = target.isMet(by: median)
        }
        return object
    }

    private static func text(_ value: Double) -> String {
        value < 20
            ? String(format: "%.2f", value)
            : value < 100
                ? String(format: "%.1f", value)
                : String(format: "%.0f", value)
    }
}

extension String {
    /// Set to the right.
    fileprivate func padding(toLength length: Int) -> String {
        String(repeating: " ", count: max(0, length - count)) + self
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
