internal import JSON

/// Takes the bytes of `$WORKFLOW_EVENTS` and decides about each event. Pure: what is to be done goes out as orders.
package struct EventIntake: Sendable {
    /// What the supervisor has to do, in this order.
    package enum Order: Sendable, Equatable {
        /// Write this line down and sync it soon.
        case keep([UInt8])
        /// Show this one in place of the one before.
        case show([UInt8])
        /// Replace this value from now on, in all that follows.
        case mask(String)
        /// Copy the file, then call `keep(artifact:)` or `refuse`, and answer.
        case copy(ArtifactEvent, reply: String?)
        /// Answer whoever waits behind this name: nil once all that is kept is on the disk, else why it was refused.
        case reply(to: String, EventProblem?)
    }

    package private(set) var summary = EventSummary()
    /// In the order in which they came.
    package private(set) var masks: [String] = []

    private let secrets: [String]
    /// Of secrets and masks: made when it is needed first, and anew after each mask.
    private var masking: OutputMasking?
    private var line: [UInt8] = []
    private var isTooLong = false
    private var lines = 0
    private var recordBytes = 0
    private var otherBytes = 0
    private var maskBytes = 0

    /// - Parameter secrets: no event may hold one of these.
    package init(secrets: [String]) {
        self.secrets = secrets
    }

    /// Takes the next bytes: whole lines are events, what has no line feed yet waits for the rest.
    package mutating func take(_ bytes: UnsafeBufferPointer<UInt8>) -> [Order] {
        var orders: [Order] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                endLine(&orders)
            } else if line.count < EventLimits.lineBytesMax {
                line.append(byte)
            } else {
                isTooLong = true
            }
        }
        return orders
    }

    /// Nothing more will come: a line without its line feed was cut short.
    package mutating func finish() {
        guard !line.isEmpty else { return }
        lines += 1
        refuse(EventProblem("line \(lines) of the events has no end: its writer was cut short"))
        line = []
        isTooLong = false
    }

    /// The disk, or a limit, did not take what was ordered.
    package mutating func refuse(_ problem: EventProblem) { summary.refuse(problem) }

    /// A line that was ordered to be kept was not.
    package mutating func wasNotKept(_ problem: EventProblem) {
        summary.kept -= 1
        refuse(problem)
    }

    private mutating func endLine(_ orders: inout [Order]) {
        defer {
            line.removeAll(keepingCapacity: true)
            isTooLong = false
        }
        // Writers that share the pipe may begin with an empty one, so that a line that was cut short ends before
        // theirs.
        guard line.contains(where: { $0 > 0x20 }) else { return }
        lines += 1
        var reply: String?
        do throws(EventProblem) {
            guard !isTooLong else {
                throw EventProblem("it is longer than \(EventLimits.lineBytesMax) bytes; keep large results in a file")
            }
            let value: JSONValue
            do {
                value = try JSONValue(parsing: line, limits: .exact)
            } catch {
                throw EventProblem("it is no JSON: \(error)")
            }
            reply = Self.reply(in: value)
            try take(value, reply, &orders)
        } catch {
            let problem = EventProblem("line \(lines) of the events: \(masked(error.message))")
            summary.refuse(problem)
            if let reply { orders.append(.reply(to: reply, problem)) }
        }
    }

    private mutating func take(_ value: JSONValue, _ reply: String?, _ orders: inout [Order]) throws(EventProblem) {
        let event: AttemptEvent
        do throws(EventProblem) {
            event = try AttemptEvent(parsing: value)
        } catch {
            throw holdsMasked(value) ? EventProblem("it is no event, and holds a masked value") : error
        }
        if case .mask(let value) = event {
            try mask(value, &orders)
        } else {
            guard !holdsMasked(value) else {
                throw EventProblem(
                    "the \(event.kind.rawValue) event holds a masked value, which may reach no disk; leave it out")
            }
            switch event {
            case .mask: break
            case .progress: orders.append(.show(try Self.bytes(event)))
            case .artifact(let artifact):
                guard summary.kept < EventLimits.keptMax else { throw Self.tooMany }
                return orders.append(.copy(artifact, reply: reply))
            case .output, .record, .usage, .failure: try keep(event, &orders)
            }
        }
        if let reply { orders.append(.reply(to: reply, nil)) }
    }

    private mutating func mask(_ value: String, _ orders: inout [Order]) throws(EventProblem) {
        guard !masks.contains(where: { $0.utf8.elementsEqual(value.utf8) }) else { return }
        guard masks.count < EventLimits.masksMax, maskBytes + value.utf8.count <= EventLimits.maskBytesMax else {
            throw EventProblem(
                "the mask is one too many: an attempt may mask \(EventLimits.masksMax) values of together "
                    + "\(EventLimits.maskBytesMax) bytes; IT IS NOT MASKED")
        }
        masks.append(value)
        maskBytes += value.utf8.count
        masking = nil
        orders.append(.mask(value))
    }

    private mutating func keep(_ event: AttemptEvent, _ orders: inout [Order]) throws(EventProblem) {
        let bytes = try Self.bytes(event)
        guard summary.kept < EventLimits.keptMax else { throw Self.tooMany }
        if case .record = event {
            guard recordBytes + bytes.count <= EventLimits.recordBytesMax else {
                throw EventProblem(
                    "the records of an attempt may have \(EventLimits.recordBytesMax) bytes together; keep less")
            }
            recordBytes += bytes.count
        } else {
            guard otherBytes + bytes.count <= EventLimits.otherBytesMax else {
                throw EventProblem(
                    "outputs, usage and failures of an attempt may have \(EventLimits.otherBytesMax) bytes together")
            }
            otherBytes += bytes.count
        }
        summary.kept += 1
        orders.append(.keep(bytes))
    }

    /// An artifact was copied: keep its event as all others.
    package mutating func keep(artifact: ArtifactEvent) throws(EventProblem) -> [Order] {
        var orders: [Order] = []
        try keep(.artifact(artifact), &orders)
        return orders
    }

    private static let tooMany = EventProblem(
        "an attempt may keep \(EventLimits.keptMax) events; put what belongs together into one")

    private static func bytes(_ event: AttemptEvent) throws(EventProblem) -> [UInt8] {
        guard let text = try? event.value.compactText() else { throw EventProblem("it is nested too deeply") }
        return Array(text.utf8)
    }

    /// Whether a secret, or a value that was masked before, is in it: in the line as it came, or in one of its texts.
    private mutating func holdsMasked(_ value: JSONValue) -> Bool {
        guard let masking = currentMasking() else { return false }
        let text = String(decoding: line, as: UTF8.self)
        return masking.masked(text) != text || masking.masked(value, text: text) != value
    }

    /// A message may quote what was written.
    private mutating func masked(_ message: String) -> String { currentMasking()?.masked(message) ?? message }

    /// Nil where nothing is masked.
    private mutating func currentMasking() -> OutputMasking? {
        guard masking == nil, !secrets.isEmpty || !masks.isEmpty else { return masking }
        masking = OutputMasking(secrets: secrets + masks)
        return masking
    }

    /// The name behind which the writer waits: that of a pipe beside `$WORKFLOW_EVENTS`, which it made.
    private static func reply(in value: JSONValue) -> String? {
        guard case .object(let members) = value, case .string(let name)? = members["reply"],
            EventReply.isName(name)
        else { return nil }
        return name
    }
}
