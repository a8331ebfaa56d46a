package import JSON

/// What the driver under drill tells the one who crashes it: one JSON object on a line of its standard output.
package enum DrillEvent: Sendable, Equatable {
    /// The intent is durable, nothing has begun. Waits for an order.
    case launch(isProbe: Bool, step: String)
    /// The supervisor of a step's attempt has been started. Waits for an order.
    case launched(step: String, folder: String)
    case probed(step: String, verdict: String, message: String)
    case verified(step: String, verdict: String, message: String)
    case succeeded(step: String, outputs: [String: JSONValue])
    case failed(step: String, message: String)
    /// The driver leaves: the run's status, the steps that are in doubt or have drifted, and of a failed one the last
    /// lines.
    case left(status: String, inDoubt: [String], drifted: [String], message: String, log: [String])

    package var line: String {
        let members: [String: JSONValue] =
            switch self {
            case .launch(let isProbe, let step):
                ["event": "launch", "probe": .bool(isProbe), "step": .string(step)]
            case .launched(let step, let folder):
                ["event": "launched", "step": .string(step), "folder": .string(folder)]
            case .probed(let step, let verdict, let message):
                [
                    "event": "probed", "step": .string(step), "verdict": .string(verdict),
                    "message": .string(message),
                ]
            case .verified(let step, let verdict, let message):
                [
                    "event": "verified", "step": .string(step), "verdict": .string(verdict),
                    "message": .string(message),
                ]
            case .succeeded(let step, let outputs):
                ["event": "succeeded", "step": .string(step), "outputs": .object(outputs)]
            case .failed(let step, let message):
                ["event": "failed", "step": .string(step), "message": .string(message)]
            case .left(let status, let inDoubt, let drifted, let message, let log):
                [
                    "event": "left", "status": .string(status), "message": .string(message),
                    "in_doubt": .array(inDoubt.map { .string($0) }), "drifted": .array(drifted.map { .string($0) }),
                    "log": .array(log.map { .string($0) }),
                ]
            }
        // Outputs are limited to 1 MiB and come from JSON: they can be written.
        return (try? JSONValue.object(members).compactText()) ?? ""
    }

    /// - Returns: nil for a line that no driver of this version writes.
    package init?(line: some Collection<UInt8>) {
        guard let json = try? JSONValue(parsing: Array(line)), let event = json["event"]?.stringValue else {
            return nil
        }
        func text(_ key: String) -> String { json[key]?.stringValue ?? "" }
        func list(_ key: String) -> [String] { json[key]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        switch event {
        case "launch": self = .launch(isProbe: json["probe"]?.boolValue ?? false, step: text("step"))
        case "launched": self = .launched(step: text("step"), folder: text("folder"))
        case "probed": self = .probed(step: text("step"), verdict: text("verdict"), message: text("message"))
        case "verified": self = .verified(step: text("step"), verdict: text("verdict"), message: text("message"))
        case "succeeded": self = .succeeded(step: text("step"), outputs: json["outputs"]?.objectValue ?? [:])
        case "failed": self = .failed(step: text("step"), message: text("message"))
        case "left":
            self = .left(
                status: text("status"), inDoubt: list("in_doubt"), drifted: list("drifted"), message: text("message"),
                log: list("log"))
        default: return nil
        }
    }
}

/// What a driver at its gate may do next: one word on a line of its standard input.
package enum DrillOrder: String, Sendable {
    /// Go on.
    case go
    /// Start a command that does nothing in place of the step's.
    case idle
    /// Go on, and start nothing after what runs now.
    case last
}
