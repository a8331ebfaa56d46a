import Glibc
import Testing

/// What is on a disk of which only what was synced is sure: bytes by a sync of their file, names by a sync of their
/// folder, as POSIX has it. What file systems promise beyond that is not counted on.
struct DiskModel {
    private final class Node {
        enum Change {
            case wrote(offset: Int, bytes: [UInt8])
            case cut(size: Int)
        }
        let isFolder: Bool
        /// As synced.
        var bytes: [UInt8] = []
        var changes: [Change] = []
        /// As processes see them.
        var live: [String: Node] = [:]
        /// As synced.
        var names: [String: Node] = [:]
        /// Each is one act: all of it or nothing. nil: the name is gone.
        var nameChanges: [[(name: String, node: Node?)]] = []

        init(isFolder: Bool) {
            self.isFolder = isFolder
        }
    }

    private let root = Node(isFolder: true)
    private let rootPath: String
    private var nodes: [UInt64: Node] = [:]

    /// An empty disk, mounted at a folder whose inode is this.
    init(root: String, inode: UInt64) {
        rootPath = root
        nodes[inode] = self.root
    }

    mutating func apply(_ record: DiskRecord) throws {
        switch record {
        case .made(let path, let inode, let isFolder):
            let node = Node(isFolder: isFolder)
            nodes[inode] = node
            let (folder, name) = try place(path)
            rename(in: folder, [(name, node)])
        case .wrote(let inode, let offset, let bytes):
            try node(inode).changes.append(.wrote(offset: offset, bytes: bytes))
        case .cut(let inode, let size): try node(inode).changes.append(.cut(size: size))
        case .synced(let inode):
            let node = try node(inode)
            if node.isFolder {
                for change in node.nameChanges.joined() { node.names[change.name] = change.node }
                node.nameChanges = []
            } else {
                for change in node.changes { DiskModel.apply(change, to: &node.bytes) }
                node.changes = []
            }
        case .linked(let path, let inode):
            let (folder, name) = try place(path)
            rename(in: folder, [(name, try node(inode))])
        case .renamed(let from, let to):
            let (folder, name) = try place(from)
            let (other, newName) = try place(to)
            guard folder === other, let node = folder.live[name] else {
                throw Unexpected(what: "no name to move: \(from) to \(to)")
            }
            rename(in: folder, [(name, nil), (newName, node)])
        case .removed(let path):
            let (folder, name) = try place(path)
            rename(in: folder, [(name, nil)])
        case .told, .effect: break
        }
    }

    /// Writes the disk below `path`, as a loss of power at this moment leaves it: of what was not synced the seed
    /// decides.
    ///
    /// - Parameter storeFolder: an empty folder that becomes the store's, so that it is the one that was recorded.
    func write(to path: String, seed: UInt64, storeFolder: String) throws {
        var random = DiskChance(seed: seed)
        try write(root, to: path, storeFolder, &random)
    }

    private func write(
        _ node: Node, to path: String, _ storeFolder: String, _ random: inout DiskChance
    ) throws {
        if node.isFolder {
            let isStore = path.hasSuffix("/disk/.workflow") && Glibc.rename(storeFolder, path) == 0
            try #require(isStore || mkdir(path, 0o700) == 0 || errno == EEXIST, "\(path): errno \(errno)")
            var names = node.names
            for change in random.surviving(node.nameChanges).joined() { names[change.name] = change.node }
            for (name, node) in names.sorted(by: { $0.key < $1.key }) {
                try write(node, to: "\(path)/\(name)", storeFolder, &random)
            }
        } else {
            var bytes = node.bytes
            let isBySector = random.chance(3)
            for change in isBySector ? node.changes : random.surviving(node.changes) {
                if isBySector {
                    DiskModel.tear(change, into: &bytes, &random)
                } else {
                    DiskModel.apply(change, to: &bytes)
                }
            }
            let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            try #require(file >= 0, "\(path): errno \(errno)")
            defer { close(file) }
            try #require(Glibc.write(file, bytes, bytes.count) == bytes.count)
        }
    }

    private static func apply(_ change: Node.Change, to bytes: inout [UInt8]) {
        switch change {
        case .wrote(let offset, let written):
            let end = offset + written.count
            if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
            bytes.replaceSubrange(offset..<end, with: written)
        case .cut(let size):
            if bytes.count > size { bytes.removeLast(bytes.count - size) }
            if bytes.count < size { bytes += [UInt8](repeating: 0, count: size - bytes.count) }
        }
    }

    /// Of each sector of 512 bytes all, nothing, a part, or zeros in its place where the file grew.
    private static func tear(_ change: Node.Change, into bytes: inout [UInt8], _ random: inout DiskChance) {
        guard case .wrote(let offset, let written) = change else {
            if random.chance(2) { apply(change, to: &bytes) }
            return
        }
        var done = 0
        while done < written.count {
            let count = min(512 - (offset + done) % 512, written.count - done)
            var kept = random.chance(2) ? count : 0
            if kept == 0, random.chance(4) { kept = random.number(below: count) }
            if kept == 0, random.chance(4), bytes.count < offset + done + count {
                apply(.cut(size: offset + done + count), to: &bytes)
            }
            if kept > 0 {
                apply(.wrote(offset: offset + done, bytes: Array(written[done..<(done + kept)])), to: &bytes)
            }
            done += count
        }
    }

    private func rename(in folder: Node, _ change: [(name: String, node: Node?)]) {
        for (name, node) in change { folder.live[name] = node }
        folder.nameChanges.append(change)
    }

    private func node(_ inode: UInt64) throws -> Node { try #require(nodes[inode], "inode \(inode) was never made") }

    /// The folder of a path, and the name in it.
    private func place(_ path: String) throws -> (folder: Node, name: String) {
        var parts = path.dropFirst(rootPath.utf8.count).split(separator: "/").map(String.init)
        guard let name = parts.popLast() else { throw Unexpected(what: "no name in \(path)") }
        var folder = root
        for part in parts { folder = try #require(folder.live[part], "no folder of \(path)") }
        return (folder, name)
    }
}

/// The choices of a loss of power: SplitMix64 (Steele, Lea, Flood 2014).
struct DiskChance: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func number(below limit: Int) -> Int { limit < 1 ? 0 : Int.random(in: 0..<limit, using: &self) }

    /// True once in `count` draws.
    mutating func chance(_ count: Int) -> Bool { number(below: count) == 0 }

    /// None, all, the oldest, or any of them.
    mutating func surviving<Change>(_ changes: [Change]) -> [Change] {
        switch number(below: 4) {
        case 0: return []
        case 1: return changes
        case 2: return Array(changes.prefix(number(below: changes.count + 1)))
        default: return changes.filter { _ in chance(2) }
        }
    }
}
