internal import Glibc
internal import Hashing

/// What a folder holds, down to the bytes; times and owners left out.
package struct FolderState: Sendable, Equatable {
    /// Entries and bytes of a folder that is looked at. More is an error: a drill copies the folder many times.
    package static let entriesMax = 100_000
    package static let bytesMax: Int64 = 1 << 30

    package enum Kind: String, Sendable { case file, folder, link, special }

    package struct Entry: Sendable, Equatable {
        package let path: String
        package let kind: Kind
        package let mode: UInt32
        package let size: Int64
        /// Of a file's bytes or a link's target.
        package let digest: String
        /// Line ends in a file of text; 0 in others, where they are chance.
        package let lines: Int

        package init(path: String, kind: Kind, mode: UInt32, size: Int64, digest: String, lines: Int) {
            self.path = path
            self.kind = kind
            self.mode = mode
            self.size = size
            self.digest = digest
            self.lines = lines
        }
    }

    /// Sorted by path.
    package let entries: [Entry]

    package init(entries: [Entry]) {
        self.entries = entries
    }

    /// Without what stands at some paths.
    package func leavingOut(_ paths: Set<String>) -> FolderState {
        paths.isEmpty ? self : FolderState(entries: entries.filter { !paths.contains($0.path) })
    }

    /// The paths at which the two differ.
    package func differences(from other: FolderState) -> Set<String> {
        let others = Dictionary(other.entries.map { ($0.path, $0) }) { first, _ in first }
        let own = Set(entries.map(\.path))
        return Set(entries.filter { others[$0.path] != $0 }.map(\.path))
            .union(other.entries.map(\.path).filter { !own.contains($0) })
    }

    package static func read(_ root: String) throws(DrillFailure) -> FolderState {
        var entries: [Entry] = []
        var bytes: Int64 = 0
        try walk(root, "") { (path, status) throws(DrillFailure) in
            guard entries.count < entriesMax else { throw tooLarge(root) }
            var entry: Entry
            switch status.st_mode & S_IFMT {
            case S_IFREG:
                bytes += Int64(status.st_size)
                guard bytes <= bytesMax else { throw tooLarge(root) }
                let content = (FileBytes.read(root + "/" + path, limit: Int(bytesMax))) ?? []
                entry = Entry(
                    path: path, kind: .file, mode: status.st_mode & 0o7777, size: Int64(content.count),
                    digest: hexadecimal(content), lines: lineEnds(in: content))
            case S_IFDIR:
                entry = Entry(path: path, kind: .folder, mode: status.st_mode & 0o7777, size: 0, digest: "", lines: 0)
            case S_IFLNK:
                var target = [CChar](repeating: 0, count: Int(PATH_MAX))
                let count = readlink(root + "/" + path, &target, target.count)
                entry = Entry(
                    path: path, kind: .link, mode: 0, size: 0,
                    digest: hexadecimal(target.prefix(max(count, 0)).map(UInt8.init(bitPattern:))), lines: 0)
            default:
                entry = Entry(path: path, kind: .special, mode: 0, size: 0, digest: "", lines: 0)
            }
            entries.append(entry)
        }
        entries.sort { $0.path < $1.path }
        return FolderState(entries: entries)
    }

    /// Cheap to compare with the one before: changes with every write that has reached the folder.
    package static func fingerprint(_ root: String) -> Int {
        var hasher = Hasher()
        var count = 0
        // What goes away while it is looked at is a change by itself.
        try? walk(root, "") { (path, status) throws(DrillFailure) in
            count += 1
            guard count < entriesMax else { throw tooLarge(root) }
            hasher.combine(path)
            hasher.combine(status.st_mode)
            hasher.combine(status.st_size)
            hasher.combine(status.st_ino)
            guard status.st_mode & S_IFMT != S_IFDIR else { return }
            hasher.combine(status.st_mtim.tv_sec)
            hasher.combine(status.st_mtim.tv_nsec)
        }
        return hasher.finalize()
    }

    /// Visits everything below `root` in the order of names; a folder comes before what it holds.
    static func walk(
        _ root: String, _ path: String, _ visit: (String, stat) throws(DrillFailure) -> Void
    ) throws(DrillFailure) {
        var waiting = [path]
        while let folder = waiting.popLast() {
            guard let stream = opendir(folder.isEmpty ? root : root + "/" + folder) else { continue }
            defer { closedir(stream) }
            var names: [String] = []
            while let entry = readdir(stream) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { names.append(name) }
            }
            for name in names.sorted() {
                let inner = folder.isEmpty ? name : folder + "/" + name
                var status = stat()
                guard lstat(root + "/" + inner, &status) == 0 else { continue }
                try visit(inner, status)
                if status.st_mode & S_IFMT == S_IFDIR { waiting.append(inner) }
            }
        }
    }

    private static func tooLarge(_ root: String) -> DrillFailure {
        DrillFailure(
            .invalid,
            "\(root) has grown beyond \(entriesMax) entries or \(bytesMax >> 20) MiB: too much to be compared after "
                + "every crash; drill with smaller parameters")
    }

    private static func lineEnds(in content: [UInt8]) -> Int {
        guard !content.contains(0), String(validating: content, as: UTF8.self) != nil else { return 0 }
        return content.count { $0 == UInt8(ascii: "\n") }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        Hexadecimal.text(SHA256.hash(of: bytes).prefix(16))
    }
}
