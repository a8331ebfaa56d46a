import Glibc

/// A folder for one test, removed with everything in it when the test lets go of it.
final class TestFolder: Sendable {
    /// Absolute, without symbolic links.
    let path: String

    init() throws {
        var template = Array("/tmp/workflow-command-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw HarnessError("no temporary folder: errno \(errno)") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        // Where nothing was run there is nothing to look for.
        if TestFolder.names(path).contains(where: { isFolder($0) }) { Residents.end(in: path) }
        TestFolder.remove(path)
    }

    private func isFolder(_ name: String) -> Bool {
        var status = stat()
        return lstat(path(name), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file; folders on the way are made.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        try write(name, bytes: Array(text.utf8))
    }

    @discardableResult
    func write(_ name: String, bytes: [UInt8]) throws -> String {
        var folder = path
        for part in name.split(separator: "/").dropLast() {
            folder += "/\(part)"
            mkdir(folder, 0o755)
        }
        guard let file = fopen(path(name), "we") else {
            throw HarnessError("\(name) cannot be written: errno \(errno)")
        }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw HarnessError("\(name) is cut short") }
        return path(name)
    }

    /// The file's bytes; nil where there is none.
    func bytes(_ name: String) -> [UInt8]? { TestFolder.bytes(path(name)) }

    func text(_ name: String) -> String? { bytes(name).map { String(decoding: $0, as: UTF8.self) } }

    func exists(_ name: String) -> Bool { access(path(name), F_OK) == 0 }

    /// The names in a folder, sorted.
    func names(_ name: String = "") -> [String] { TestFolder.names(name.isEmpty ? path : path(name)) }

    static func bytes(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&piece, 1, piece.count, file)
            if count == 0 { return bytes }
            bytes += piece[..<count]
        }
    }

    static func names(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            chmod(path, 0o700)
            for name in names(path) { remove("\(path)/\(name)") }
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}

struct HarnessError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
