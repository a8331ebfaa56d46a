/// Replaces secrets in a stream by `***`, wherever the stream is cut into chunks.
///
/// The rule: every longest run of bytes that occurrences of secrets cover, overlapping or touching, becomes one `***`.
/// A byte is held back only while it may be the beginning of a secret.
package struct SecretMasker: Sendable {
    /// What stands in for a secret.
    package static let mask: [UInt8] = [0x2A, 0x2A, 0x2A]

    private let automaton: SecretAutomaton
    private var node = SecretAutomaton.root
    /// Bytes that are not decided yet, the first of them at `pendingStart` in the stream.
    private var pending: [UInt8] = []
    private var pendingStart = 0
    /// What is known to be covered among the pending bytes: ascending, apart from each other.
    private var covered: [Range<Int>] = []
    /// Whether the byte before `pendingStart` was covered: its run already has its `***`.
    private var isInsideMask = false

    package init(secrets: [String]) {
        self.init(automaton: SecretAutomaton(forms: secrets.flatMap(SecretForms.of)))
    }

    private init(automaton: SecretAutomaton) {
        self.automaton = automaton
    }

    /// Reads the next chunk and appends to `output` what is decided by now.
    package mutating func mask(_ chunk: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) {
        if automaton.isEmpty {
            output.append(contentsOf: chunk)
            return
        }
        var at = 0
        while at < chunk.count {
            if node == SecretAutomaton.root {
                var end = at
                while end < chunk.count, automaton.staysAtRoot(chunk[end]) { end += 1 }
                if end > at {
                    output.append(contentsOf: chunk[at..<end])
                    pendingStart += end - at
                    isInsideMask = false
                    at = end
                    continue
                }
            }
            read(chunk[at])
            at += 1
            decide(upTo: pendingStart + pending.count - automaton.openLength(at: node), into: &output)
        }
    }

    /// Ends the stream: nothing is held back any longer.
    package mutating func finish(into output: inout [UInt8]) {
        decide(upTo: pendingStart + pending.count, into: &output)
        node = SecretAutomaton.root
    }

    private mutating func read(_ byte: UInt8) {
        node = automaton.next(node, byte)
        pending.append(byte)
        let end = pendingStart + pending.count
        let match = automaton.match(at: node)
        guard match > 0 else { return }
        var start = end - match
        while let last = covered.last, last.upperBound >= start {
            start = min(start, last.lowerBound)
            covered.removeLast()
        }
        covered.append(start..<end)
    }

    /// Lets go of the bytes before `end`, which no further occurrence can cover.
    private mutating func decide(upTo end: Int, into output: inout [UInt8]) {
        guard end > pendingStart else { return }
        var position = pendingStart
        while position < end {
            if let first = covered.first, first.lowerBound <= position {
                if !isInsideMask { output.append(contentsOf: Self.mask) }
                isInsideMask = true
                position = min(first.upperBound, end)
                if first.upperBound <= position {
                    covered.removeFirst()
                }
            } else {
                let stop = min(covered.first?.lowerBound ?? end, end)
                output.append(contentsOf: pending[(position - pendingStart)..<(stop - pendingStart)])
                isInsideMask = false
                position = stop
            }
        }
        pending.removeFirst(end - pendingStart)
        pendingStart = end
    }
}

extension SecretMasker {
    /// Masks a text that is already whole, with a copy: the masker itself may be in the middle of a stream or unused.
    package func masked(whole text: String) -> String {
        if automaton.isEmpty { return text }
        var copy = SecretMasker(automaton: automaton)
        var output: [UInt8] = []
        var text = text
        text.withUTF8 { copy.mask($0, into: &output) }
        copy.finish(into: &output)
        return String(decoding: output, as: UTF8.self)
    }
}
