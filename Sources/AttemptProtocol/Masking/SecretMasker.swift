/// Replaces secrets in a stream by `***`, wherever the stream is cut into chunks.
///
/// The rule: every longest run of bytes that occurrences of secrets cover, overlapping or touching, becomes one `***`.
/// A byte is held back only while it may be the beginning of a secret.
package struct SecretMasker: Sendable {
    /// What stands in for a secret.
    package static let mask: [UInt8] = [0x2A, 0x2A, 0x2A]

    /// A form that may be going on: how far it is, and where in the stream it began.
    private struct Reading {
        var node: Int32
        var start: Int
    }

    private var automaton: SecretAutomaton
    /// What may be going on, the earliest first, no node twice.
    private var readings: [Reading] = []
    private var nextReadings: [Reading] = []
    /// Where in `nextReadings` a node is, if it is there; empty until there are many.
    private var slots: [Int32] = []
    private var lastByte: UInt8 = 0
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

    /// From the next byte on `secrets` are masked in place of those before, which are to be among them. What is not
    /// decided yet is read once more, with what is known to be covered in it.
    package mutating func change(to secrets: [String]) {
        automaton = SecretAutomaton(forms: secrets.flatMap(SecretForms.of))
        readings.removeAll()
        slots.removeAll()
        let (undecided, known) = (pending, covered)
        pending.removeAll(keepingCapacity: true)
        covered.removeAll()
        for byte in undecided { read(byte) }
        var joined: [Range<Int>] = []
        for range in (known + covered).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, last.upperBound >= range.lowerBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        covered = joined
    }

    /// Reads the next chunk and appends to `output` what is decided by now.
    package mutating func mask(_ chunk: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) {
        if automaton.isEmpty {
            output.append(contentsOf: chunk)
            return
        }
        var at = 0
        while at < chunk.count {
            if readings.isEmpty {
                let end = plainEnd(of: chunk, from: at)
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
            decide(upTo: readings.first?.start ?? pendingStart + pending.count, into: &output)
        }
    }

    /// Ends the stream: nothing is held back any longer.
    package mutating func finish(into output: inout [UInt8]) {
        decide(upTo: pendingStart + pending.count, into: &output)
        readings.removeAll()
    }

    /// Where the first form may begin; nothing is going on yet.
    private func plainEnd(of chunk: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var end = start
        while end + 1 < chunk.count, !automaton.begins(chunk[end], chunk[end + 1]) { end += 1 }
        return end + 1 == chunk.count && automaton.staysAtRoot(chunk[end]) ? end + 1 : end
    }

    private mutating func read(_ byte: UInt8) {
        let start = pendingStart + pending.count
        pending.append(byte)
        nextReadings.removeAll(keepingCapacity: true)
        var matchStart = Int.max
        let isLineEnd = byte == 0x0A && lastByte != 0x0A || byte == 0x0D && lastByte != 0x0A && lastByte != 0x0D
        for reading in readings {
            if isLineEnd, automaton.wraps(reading.node) { goOn(reading) }
            var number = automaton.firstEdge(of: reading.node)
            while number != 0 {
                let edge = automaton.edge(number)
                number = edge.next
                guard edge.byte == byte else { continue }
                if automaton.isEnd(edge.target) { matchStart = min(matchStart, reading.start) }
                goOn(Reading(node: edge.target, start: reading.start))
            }
        }
        for target in automaton.targets(ofRoot: byte) { goOn(Reading(node: target, start: start)) }
        swap(&readings, &nextReadings)
        lastByte = byte
        if matchStart <= start { cover(matchStart..<(start + 1)) }
    }

    /// Readings come in the order of their starts, so the one that is there already covers more.
    private mutating func goOn(_ reading: Reading) {
        guard !automaton.isLeaf(reading.node) else { return }
        if nextReadings.count < 16 {
            if nextReadings.contains(where: { $0.node == reading.node }) { return }
        } else {
            if slots.isEmpty { slots = [Int32](repeating: 0, count: automaton.nodeCount) }
            if nextReadings.count == 16 {
                for (index, known) in nextReadings.enumerated() { slots[Int(known.node)] = Int32(index) }
            }
            let slot = Int(slots[Int(reading.node)])
            if slot < nextReadings.count, nextReadings[slot].node == reading.node { return }
            slots[Int(reading.node)] = Int32(nextReadings.count)
        }
        nextReadings.append(reading)
    }

    private mutating func cover(_ range: Range<Int>) {
        var start = range.lowerBound
        while let last = covered.last, last.upperBound >= start {
            start = min(start, last.lowerBound)
            covered.removeLast()
        }
        covered.append(start..<range.upperBound)
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
