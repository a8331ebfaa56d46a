package import JSON

// What attempts had done so far, in their own words: handed to probe, undo and the next attempt with the same key.

extension RunState {
    /// More than this is not handed over: the oldest attempts are left out, and counted.
    package static let earlierRecordBytesMax = 16 << 20

    /// Remembers the records of the attempt that `step` runs, or is in doubt about.
    mutating func keepRecords(of events: [JSONValue], ofStep step: Int) {
        let records = events.filter { $0["type"] == .string("record") }
        guard !records.isEmpty, steps.indices.contains(step) else { return }
        let attempt: StepState.Attempt
        switch steps[step].phase {
        case .running(let running): attempt = running
        case .inDoubt(let doubt): attempt = doubt.attempt
        default: return
        }
        guard steps[step].records.last?.attempt != attempt.number else { return }
        steps[step].records.append(
            AttemptRecords(attempt: attempt.number, idempotencyKey: attempt.idempotencyKey, events: records))
    }

    /// The records of all attempts of the step with this key, each with the number of its attempt.
    package func records(ofStep number: Int, key: String) -> [JSONValue] {
        steps[number].records.filter { $0.idempotencyKey == key }.flatMap { kept in
            kept.events.map { event in
                guard case .object(var members) = event else { return event }
                members["attempt"] = .int(Int64(kept.attempt))
                return .object(members)
            }
        }
    }

    /// The same as lines of JSON.
    func recordLines(ofStep number: Int, key: String) -> [UInt8] {
        let lines = records(ofStep: number, key: key).map { (try? $0.compactBytes()) ?? [] }
        var size = lines.reduce(0) { $0 + $1.count + 1 }
        var first = 0
        while size > Self.earlierRecordBytesMax, first < lines.count {
            size -= lines[first].count + 1
            first += 1
        }
        var bytes = first == 0 ? [] : Array("{\"count\":\(first),\"type\":\"omitted\"}\n".utf8)
        bytes.reserveCapacity(bytes.count + size)
        for line in lines[first...] {
            bytes += line
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}
