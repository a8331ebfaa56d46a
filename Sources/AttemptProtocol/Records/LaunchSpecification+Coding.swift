/// The specification as bytes, integers little-endian: 8 bytes `WFLAUNCH`, version (4), length of the body (4), body,
/// CRC-32C of the body (4). In the body a text is its length (4) and its bytes, a list its count (4) and its texts.
extension LaunchSpecification {
    /// Why bytes are no specification.
    package enum Problem: Error, Sendable, Equatable {
        case damaged
        case version(UInt32)
    }

    /// A longer specification is refused on both sides.
    package static let bytesMax = 32 << 20
    private static let magic = Array("WFLAUNCH".utf8)
    private static let version: UInt32 = 2
    private static let headBytes = 16

    package var bytes: [UInt8] {
        var body = Writer()
        body.put(attemptID)
        body.put(role.rawValue)
        body.put(shell)
        body.put(script)
        body.put(environment)
        body.put(workingDirectory)
        body.put(umask)
        body.put(timeoutNanoseconds)
        body.put(killAfterNanoseconds)
        body.put(secrets)
        body.put(logPath)
        body.put(logLimitBytes)
        body.put(outputsLimitBytes)
        body.put(stop.signal)
        body.put(stop.target.rawValue)
        body.put(stop.kill.rawValue)
        body.put([earlierEvents])
        body.put([input])
        var whole = Writer()
        whole.bytes.reserveCapacity(body.bytes.count + 20)
        whole.bytes += Self.magic
        whole.put(Self.version)
        whole.put(UInt32(truncatingIfNeeded: body.bytes.count))
        whole.bytes += body.bytes
        whole.put(Checksum.of(body.bytes))
        return whole.bytes
    }

    package init(parsing bytes: [UInt8]) throws(Problem) {
        guard bytes.count >= Self.headBytes + 4, bytes.count <= Self.bytesMax, bytes.starts(with: Self.magic) else {
            throw .damaged
        }
        var reader = Reader(bytes: bytes[Self.magic.count...])
        let version: UInt32 = try reader.integer()
        guard version == Self.version else { throw .version(version) }
        let length: UInt32 = try reader.integer()
        guard bytes.count == Self.headBytes + Int(length) + 4 else { throw .damaged }
        let body = bytes[Self.headBytes..<(Self.headBytes + Int(length))]
        var tail = Reader(bytes: bytes[(Self.headBytes + Int(length))...])
        guard try tail.integer() == Checksum.of(body) else { throw .damaged }
        reader = Reader(bytes: body)
        let attemptID = try reader.text()
        guard let role = AttemptRole(rawValue: try reader.text()) else { throw .damaged }
        try self.init(attemptID: attemptID, role: role, reading: &reader)
        guard reader.bytes.isEmpty else { throw .damaged }
    }

    private init(attemptID: String, role: AttemptRole, reading reader: inout Reader) throws(Problem) {
        self.init(
            attemptID: attemptID, role: role, shell: try reader.list(), script: try reader.text(),
            environment: try reader.byteList(), workingDirectory: try reader.text(), umask: try reader.integer(),
            timeoutNanoseconds: try reader.integer(), killAfterNanoseconds: try reader.integer(),
            secrets: try reader.list(), logPath: try reader.text(), logLimitBytes: try reader.integer(),
            outputsLimitBytes: try reader.integer(), stop: try reader.stopOrder(),
            earlierEvents: try reader.byteList().first ?? [])
        input = try reader.byteList().first ?? []
    }

    private struct Writer {
        var bytes: [UInt8] = []

        mutating func put(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }

        mutating func put(_ text: String) {
            put(UInt32(truncatingIfNeeded: text.utf8.count))
            bytes.append(contentsOf: text.utf8)
        }

        mutating func put(_ list: [String]) {
            put(list.map { Array($0.utf8) })
        }

        mutating func put(_ list: [[UInt8]]) {
            put(UInt32(truncatingIfNeeded: list.count))
            for bytes in list {
                put(UInt32(truncatingIfNeeded: bytes.count))
                self.bytes.append(contentsOf: bytes)
            }
        }
    }

    private struct Reader {
        var bytes: ArraySlice<UInt8>

        mutating func take(_ count: Int) throws(Problem) -> ArraySlice<UInt8> {
            guard count <= bytes.count else { throw .damaged }
            defer { bytes = bytes.dropFirst(count) }
            return bytes.prefix(count)
        }

        mutating func integer<Number: FixedWidthInteger>() throws(Problem) -> Number {
            var value: Number = 0
            for (index, byte) in try take(Number.bitWidth / 8).enumerated() {
                value |= Number(truncatingIfNeeded: byte) << (8 * index)
            }
            return value
        }

        mutating func stopOrder() throws(Problem) -> StopOrder {
            let signal: Int32 = try integer()
            guard (1...64).contains(signal), let target = StopOrder.Target(rawValue: try integer()),
                let kill = StopOrder.Kill(rawValue: try integer())
            else { throw .damaged }
            return StopOrder(signal: signal, target: target, kill: kill)
        }

        mutating func text() throws(Problem) -> String {
            let length: UInt32 = try integer()
            return String(decoding: try take(Int(length)), as: UTF8.self)
        }

        mutating func list() throws(Problem) -> [String] {
            try byteList().map { String(decoding: $0, as: UTF8.self) }
        }

        mutating func byteList() throws(Problem) -> [[UInt8]] {
            let count: UInt32 = try integer()
            var list: [[UInt8]] = []
            for _ in 0..<count {
                let length: UInt32 = try integer()
                list.append(Array(try take(Int(length))))
            }
            return list
        }
    }
}
