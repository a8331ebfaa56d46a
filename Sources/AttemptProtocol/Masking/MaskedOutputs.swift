internal import JSON

/// Masks secrets in the outputs that a step wrote, so that their form stays: keys, end markers, JSON.
///
/// The supervisor does so before it records their checksum, with the values that the step was started with. An engine
/// that reads the outputs after a crash may have other values.
package struct MaskedOutputs {
    private let masker: SecretMasker
    private let masking: OutputMasking

    package init(secrets: [String]) {
        masker = SecretMasker(secrets: secrets)
        masking = OutputMasking(secrets: secrets)
    }

    package func masked(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let line = takeLine(from: &rest)
            output += block(at: line, in: &rest) ?? plain(line)
            if !rest.isEmpty || bytes.last == Self.lineFeed { output.append(Self.lineFeed) }
        }
        // A secret that reaches over several outputs: what is left of their form does not count. Nor does it where they
        // would need more room than they have.
        let masked = plain(output[...])
        return masked.count <= bytes.count ? masked : plain(bytes[...])
    }

    private static let lineFeed = UInt8(ascii: "\n")

    /// The output that begins in `line`, nil where none does.
    private func block(at line: ArraySlice<UInt8>, in rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        let equals = line.firstIndex(of: UInt8(ascii: "="))
        if let marker = Self.firstMarker(in: line), marker < equals ?? line.endIndex {
            let end = line[(marker + 2)...]
            var after = rest
            var body: [ArraySlice<UInt8>] = []
            while !end.isEmpty, !after.isEmpty {
                let next = takeLine(from: &after)
                guard next == end else {
                    body.append(next)
                    continue
                }
                rest = after
                let head = plain(line[..<marker]) + line[marker..<(marker + 2)] + plain(end) + [Self.lineFeed]
                let tail = body.isEmpty ? plain(end) : [Self.lineFeed] + plain(end)
                return kept(head, value(Array(body.joined(separator: [Self.lineFeed]))), tail)
            }
            return nil
        }
        guard let equals else { return nil }
        return kept(plain(line[..<equals]) + [UInt8(ascii: "=")], value(Array(line[(equals + 1)...])), [])
    }

    /// The parts together, unless a secret reaches over more than one of them: then the value goes as a whole.
    private func kept(_ head: [UInt8], _ value: [UInt8], _ tail: [UInt8]) -> [UInt8] {
        let whole = head + value + tail
        return plain(whole[...]) == whole ? whole : head + SecretMasker.mask + tail
    }

    /// Within JSON each text is masked for itself, so that it stays JSON.
    private func value(_ bytes: [UInt8]) -> [UInt8] {
        let masked = plain(bytes[...])
        guard let first = bytes.first(where: { $0 > 0x20 }), first == UInt8(ascii: "[") || first == UInt8(ascii: "{"),
            let text = String(validating: bytes, as: UTF8.self), let value = try? JSONValue(parsing: text)
        else { return masked }
        let shown = masking.masked(value, text: text)
        if shown == value { return masked }
        if case .string(let text) = shown { return Array(text.utf8) }
        return (try? shown.compactText()).map { Array($0.utf8) } ?? masked
    }

    private func plain(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var masker = masker
        var output: [UInt8] = []
        bytes.withUnsafeBufferPointer { masker.mask($0, into: &output) }
        masker.finish(into: &output)
        return output
    }

    /// The next line, without its line feed.
    private func takeLine(from rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let end = rest.firstIndex(of: Self.lineFeed) ?? rest.endIndex
        defer { rest = rest[min(end + 1, rest.endIndex)...] }
        return rest[..<end]
    }

    private static func firstMarker(in line: ArraySlice<UInt8>) -> Int? {
        let angle = UInt8(ascii: "<")
        return line.indices.dropLast().first { line[$0] == angle && line[$0 + 1] == angle }
    }
}
