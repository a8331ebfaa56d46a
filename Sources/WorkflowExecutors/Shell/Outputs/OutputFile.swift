import AttemptProtocol

/// The outputs that a step wrote: lines `key=value`, and `key<<END`, lines, `END` for values of many lines.
///
/// Any word may stand for `END`. The last value of a repeated key counts; empty lines between outputs are skipped.
package enum OutputFile {
    /// More is a permanent failure of the step.
    package static let bytesMax = 1 << 20
    /// A longer key is refused.
    package static let keyBytesMax = 256

    /// The outputs in `bytes` as they are written, with `secrets` masked in keys and values.
    package static func parse(_ bytes: [UInt8], secrets: [String]) throws(OutputError) -> [String: String] {
        guard bytes.count <= bytesMax else { throw tooLarge(bytes.count) }
        let masking = OutputMasking(secrets: secrets)
        var outputs: [String: String] = [:]
        var lines = Lines(bytes: bytes[...])
        while let line = lines.next() {
            if line.isEmpty { continue }
            let (key, value) = try output(in: line, of: &lines, masking)
            outputs[masking.masked(key)] = masking.maskedOutput(value)
        }
        return outputs
    }

    static func tooLarge(_ count: Int) -> OutputError {
        OutputError(
            .tooLarge,
            "the step wrote \(count) bytes of outputs; the limit is \(bytesMax): write large results to a file and "
                + "put out its path")
    }

    /// The output that begins in `line`.
    private static func output(
        in line: ArraySlice<UInt8>, of lines: inout Lines, _ masking: OutputMasking
    ) throws(OutputError) -> (key: String, value: String) {
        let number = lines.number
        let equals = line.firstIndex(of: UInt8(ascii: "="))
        if let marker = firstMarker(in: line), marker < equals ?? line.endIndex {
            let key = try key(line[..<marker], number, masking)
            let end = line[(marker + 2)...]
            guard !end.isEmpty else {
                throw OutputError(
                    .invalid,
                    "line \(number) of the outputs: no end marker after \(masking.masked(key))<<; write "
                        + "\(masking.masked(key))<<END",
                    line: number)
            }
            var value: [UInt8] = []
            var isFirst = true
            while let line = lines.next() {
                if line == end { return (key, try text(value, key, number, masking)) }
                if !isFirst { value.append(UInt8(ascii: "\n")) }
                isFirst = false
                value.append(contentsOf: line)
            }
            throw OutputError(
                .invalid,
                "line \(number) of the outputs: the value of \(masking.masked(key)) has no end; close it with a line "
                    + "that is exactly its end marker", line: number)
        }
        guard let equals else {
            throw OutputError(
                .invalid,
                "line \(number) of the outputs is neither key=value nor key<<END; nothing else belongs in "
                    + "$WORKFLOW_OUTPUT", line: number)
        }
        let key = try key(line[..<equals], number, masking)
        return (key, try text(line[(equals + 1)...], key, number, masking))
    }

    private static func firstMarker(in line: ArraySlice<UInt8>) -> Int? {
        let angle = UInt8(ascii: "<")
        return line.indices.dropLast().first { line[$0] == angle && line[$0 + 1] == angle }
    }

    private static func key(
        _ bytes: ArraySlice<UInt8>, _ number: Int, _ masking: OutputMasking
    ) throws(OutputError) -> String {
        // The supervisor has masked a secret in it.
        let unmasked = String(decoding: bytes, as: UTF8.self).replacing("***", with: "_").utf8
        let isValid = unmasked.enumerated().allSatisfy { index, byte in
            switch byte {
            case 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
            case 0x30...0x39, UInt8(ascii: "-"): index > 0
            default: false
            }
        }
        guard isValid, !bytes.isEmpty, bytes.count <= keyBytesMax else {
            let shown = DisplayLine.text(
                masking.masked(String(decoding: bytes.prefix(keyBytesMax), as: UTF8.self)).utf8)
            throw OutputError(
                .invalid,
                "line \(number) of the outputs: \"\(shown)\" is no key; use a letter or _, then letters, digits, "
                    + "_ and -, at most \(keyBytesMax)", line: number)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func text(
        _ bytes: some Collection<UInt8>, _ key: String, _ number: Int, _ masking: OutputMasking
    ) throws(OutputError) -> String {
        guard !bytes.contains(0) else {
            throw OutputError(
                .invalid,
                "line \(number) of the outputs: the value of \(masking.masked(key)) holds a NUL character; encode "
                    + "it, for example with base64", line: number)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw OutputError(
                .invalid,
                "line \(number) of the outputs: the value of \(masking.masked(key)) is not UTF-8; encode it, for "
                    + "example with base64", line: number)
        }
        return text
    }

    private struct Lines {
        var bytes: ArraySlice<UInt8>
        /// Of the line that was returned last, from 1.
        var number = 0

        mutating func next() -> ArraySlice<UInt8>? {
            guard !bytes.isEmpty else { return nil }
            number += 1
            let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
            defer { bytes = bytes[min(end + 1, bytes.endIndex)...] }
            return bytes[..<end]
        }
    }
}
