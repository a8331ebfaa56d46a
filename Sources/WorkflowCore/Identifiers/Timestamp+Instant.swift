internal import CEL

extension Timestamp {
    /// Reads an instant as definitions write it: RFC 3339 with its zone, as CEL reads it; whole milliseconds.
    package init?(instant text: String) {
        let expression = try? CELExpression(parsing: "int(timestamp(t)) * 1000 + timestamp(t).getMilliseconds()")
        guard case .int(let milliseconds) = try? expression?.evaluate(in: CELVariables(["t": .string(text)])) else {
            return nil
        }
        self.init(millisecondsSinceEpoch: milliseconds)
    }
}
