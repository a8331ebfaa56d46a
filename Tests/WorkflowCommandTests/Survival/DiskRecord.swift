/// What a program did to the simulated disk, or told the world, in its place in the order of all of it.
enum DiskRecord {
    case made(path: String, node: UInt64, isFolder: Bool)
    case wrote(node: UInt64, offset: Int, bytes: [UInt8])
    case cut(node: UInt64, size: Int)
    case synced(node: UInt64)
    case linked(path: String, node: UInt64)
    case renamed(from: String, to: String)
    case removed(path: String)
    /// The engine wrote this on standard error.
    case told(String)
    /// A step wrote this into the ledger.
    case effect(String)

    /// Reads the log of `Tests/PreloadedDisk`: `struct record` there.
    static func parse(_ log: [UInt8]) throws -> [DiskRecord] {
        var records: [DiskRecord] = []
        var position = 0
        func number<Number: FixedWidthInteger>(at offset: Int, _: Number.Type) -> Number {
            log[(position + offset)..<(position + offset + MemoryLayout<Number>.size)].reversed()
                .reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
        }
        while position + 32 <= log.count {
            let kind = number(at: 0, UInt32.self)
            let first = Int(number(at: 4, UInt32.self))
            let second = Int(number(at: 8, UInt32.self))
            let node = number(at: 16, UInt64.self)
            let offset = Int(number(at: 24, Int64.self))
            position += 32
            guard position + first + second <= log.count else { throw Unexpected(what: "a torn log of the disk") }
            let path = String(decoding: log[position..<(position + first)], as: UTF8.self)
            let bytes = Array(log[(position + first)..<(position + first + second)])
            let text = String(decoding: bytes, as: UTF8.self)
            position += first + second
            switch kind {
            case 1: records.append(.made(path: path, node: node, isFolder: false))
            case 2: records.append(.made(path: path, node: node, isFolder: true))
            case 3: records.append(.wrote(node: node, offset: offset, bytes: bytes))
            case 4: records.append(.cut(node: node, size: offset))
            case 5: records.append(.synced(node: node))
            case 6: records.append(.linked(path: path, node: node))
            case 7: records.append(.renamed(from: path, to: text))
            case 8: records.append(.removed(path: path))
            case 9: records.append(.told(text))
            case 10: records.append(.effect(text))
            default: throw Unexpected(what: "an unknown record \(kind) in the log of the disk")
            }
        }
        return records
    }
}
