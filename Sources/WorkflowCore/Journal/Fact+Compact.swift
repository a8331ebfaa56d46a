internal import JSON

// Most of a journal is two facts, and a resume reads all of it: these are read and written without a tree of values
// between. Whatever is not written exactly as here takes the way of all other facts, with the same result.

extension Fact {
    /// The payload's bytes, equal to those of `payload`; nil for a fact that has no short way.
    package var compactPayload: [UInt8]? {
        switch self {
        case .attemptStarted(let fact):
            guard fact.question == nil else { return nil }
            var bytes = CompactWriter("{\"attempt\":")
            bytes.append(fact.attempt)
            if let host = fact.host {
                bytes.append(",\"boot\":", host.boot)
                bytes.append(",\"host\":", host.host)
            }
            bytes.append(",\"id\":", fact.id.text)
            bytes.append(",\"key\":", fact.idempotencyKey)
            bytes.append(",\"step\":", fact.step)
            if let wait = fact.wait {
                bytes.append(",\"wait\":{\"due\":", wait.due.text)
                bytes.append(",\"length_ms\":")
                bytes.append(Int(wait.length.count))
                bytes.append("}")
            }
            bytes.append("}")
            return bytes.bytes
        case .stepSucceeded(let fact):
            guard fact.outputs.isEmpty, fact.losses == nil, fact.endedAt == nil, fact.events.isEmpty else { return nil }
            var bytes = CompactWriter("{\"attempt\":")
            bytes.append(fact.attempt)
            bytes.append(",\"basis\":", fact.basis.rawValue)
            if let checkpoint = fact.checkpoint { bytes.append(",\"checkpoint\":", checkpoint.text) }
            bytes.append(",\"outputs\":{},\"step\":", fact.step)
            bytes.append("}")
            return bytes.bytes
        default: return nil
        }
    }

    /// Reads a payload as `compactPayload` writes it; nil for any other, which may be as good.
    package init?(type: String, version: Int, compact payload: [UInt8]) {
        guard version == Fact.payloadVersion else { return nil }
        let fact = payload.withUnsafeBufferPointer { bytes -> Fact? in
            var reader = CompactReader(bytes: bytes)
            switch type {
            case "attempt_started": return reader.attemptStarted()
            case "step_succeeded": return reader.stepSucceeded()
            default: return nil
            }
        }
        guard let fact else { return nil }
        self = fact
    }
}

private struct CompactWriter {
    private(set) var bytes: [UInt8] = []

    init(_ start: StaticString) {
        bytes.reserveCapacity(256)
        append(start)
    }

    mutating func append(_ literal: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    mutating func append(_ literal: StaticString, _ text: String) {
        append(literal)
        JSONText.append(text, to: &bytes)
    }

    mutating func append(_ number: Int) {
        JSONText.append(Int64(number), to: &bytes)
    }
}

/// Each function reads on, or returns nil and leaves the rest to others.
private struct CompactReader {
    let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    mutating func attemptStarted() -> Fact? {
        guard take("{\"attempt\":"), let attempt = number() else { return nil }
        var host: HostIdentity?
        if take(",\"boot\":") {
            guard let boot = text(), take(",\"host\":"), let name = text() else { return nil }
            host = HostIdentity(host: name, boot: boot)
        }
        guard take(",\"id\":"), let id = text().flatMap({ UniqueID(text: $0) }), take(",\"key\":"), let key = text(),
            take(",\"step\":"), let step = text()
        else { return nil }
        var wait: Wait?
        if take(",\"wait\":{\"due\":") {
            guard let due = text().flatMap({ Timestamp(text: $0) }), take(",\"length_ms\":"), let length = number(),
                take("}")
            else { return nil }
            wait = Wait(due: due, length: Milliseconds(Int64(length)))
        }
        guard take("}"), position == bytes.count else { return nil }
        return .attemptStarted(
            AttemptStarted(step: step, attempt: attempt, id: id, idempotencyKey: key, host: host, wait: wait))
    }

    mutating func stepSucceeded() -> Fact? {
        guard take("{\"attempt\":"), let attempt = number(), take(",\"basis\":"),
            let basis = text().flatMap({ StepSucceeded.Basis(rawValue: $0) })
        else { return nil }
        var checkpoint: CheckpointID?
        if take(",\"checkpoint\":") {
            guard let id = text() else { return nil }
            checkpoint = CheckpointID(id)
        }
        guard take(",\"outputs\":{},\"step\":"), let step = text(), take("}"), position == bytes.count else {
            return nil
        }
        return .stepSucceeded(
            StepSucceeded(step: step, attempt: attempt, outputs: [:], basis: basis, checkpoint: checkpoint))
    }

    private mutating func take(_ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard bytes.count - position >= count else { return false }
        for index in 0..<count where bytes[position + index] != literal.utf8Start[index] { return false }
        position += count
        return true
    }

    /// Plain ASCII without escapes.
    private mutating func text() -> String? {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return nil }
        var end = position + 1
        while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
            guard (0x20..<0x7F).contains(bytes[end]), bytes[end] != UInt8(ascii: "\\") else { return nil }
            end += 1
        }
        guard end < bytes.count else { return nil }
        defer { position = end + 1 }
        return String(decoding: UnsafeBufferPointer(rebasing: bytes[position + 1..<end]), as: UTF8.self)
    }

    /// At most eighteen digits, and no sign.
    private mutating func number() -> Int? {
        let start = position
        var value = 0
        while position < bytes.count, (48...57).contains(bytes[position]), position - start < 18 {
            value = value * 10 + Int(bytes[position] - 48)
            position += 1
        }
        guard position > start, bytes[start] != 48 || position == start + 1 else { return nil }
        return value
    }
}
