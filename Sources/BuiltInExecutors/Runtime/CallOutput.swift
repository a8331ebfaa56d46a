import AttemptProtocol
import Glibc
import JSON

/// Where a call says what it does: the log, `$WORKFLOW_EVENTS` and `$WORKFLOW_OUTPUT`.
final class CallOutput {
    private let events: Int32
    private let outputs: Int32
    /// The bytes of outputs that a step may still have.
    private var bytesLeft = CallOutput.outputsMax

    /// A line of an event is shorter than that; the protocol takes 64 KiB.
    static let eventMax = 60 << 10
    /// Of an event, in characters; the protocol takes 4,096 bytes.
    static let messageMax = 1000
    /// The engine takes 1 MiB; a part of it is left for what surrounds the values.
    static let outputsMax = 960 << 10

    /// Nothing is written where a variable is not set, or what it names is not there or has no reader.
    init(environment: [String: String]) {
        events = CallOutput.open(environment["WORKFLOW_EVENTS"])
        outputs = CallOutput.open(environment["WORKFLOW_OUTPUT"])
    }

    deinit {
        if events >= 0 { close(events) }
        if outputs >= 0 { close(outputs) }
    }

    private static func open(_ path: String?) -> Int32 {
        guard let path, !path.isEmpty else { return -1 }
        // A pipe without a reader would hold us up; one that is full may.
        let file = Glibc.open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK)
        if file >= 0 { _ = fcntl(file, F_SETFL, O_APPEND) }
        return file
    }

    /// One line of the log.
    func log(_ line: String) { write(Array((line + "\n").utf8), to: STDOUT_FILENO) }

    func event(_ event: JSONValue) {
        guard events >= 0, let bytes = try? event.compactBytes() else { return }
        write(bytes + [0x0A], to: events)
    }

    func progress(_ message: String, done: Int, total: Int?) {
        event([
            "type": "progress", "message": .string(DisplayText.line(message, limit: CallOutput.messageMax)),
            "done": .int(Int64(done)),
            "total": total.map { .int(Int64($0)) } ?? .null,
        ])
    }

    /// False where the value is too large for an output, and was not written.
    func output(_ name: String, _ value: JSONValue) -> Bool {
        guard let bytes = try? value.compactBytes(), bytes.count <= bytesLeft else { return false }
        // An output is a text that programs read.
        if let text = value.stringValue, text.utf8.contains(0) { return false }
        if bytes.count + name.utf8.count <= CallOutput.eventMax {
            event(["type": "output", "name": .string(name), "value": value])
        } else {
            guard let text = CallOutput.fileText(value) else { return false }
            write(CallOutput.entry(name, text), to: outputs)
        }
        bytesLeft -= bytes.count
        return true
    }

    /// The text that the file of outputs reads as this very value; nil where there is none.
    private static func fileText(_ value: JSONValue) -> String? {
        switch value {
        case .array, .object: return try? value.compactText()
        case .string(let text):
            let first = text.utf8.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
            return first == UInt8(ascii: "[") || first == UInt8(ascii: "{") ? nil : text
        case .null, .bool, .int, .double: return nil
        }
    }

    private static func entry(_ name: String, _ text: String) -> [UInt8] {
        let lines = Set(text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { String($0) ?? "" })
        var end = "END"
        while lines.contains(end) { end += "_" }
        return Array("\(name)<<\(end)\n\(text)\n\(end)\n".utf8)
    }

    private func write(_ bytes: [UInt8], to file: Int32) {
        guard file >= 0 else { return }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress?.advanced(by: done), $0.count - done) }
            if count < 0 {
                // Who reads it is gone; what is done is told by the exit status.
                guard errno == EINTR else { return }
            } else {
                done += count
            }
        }
    }
}
