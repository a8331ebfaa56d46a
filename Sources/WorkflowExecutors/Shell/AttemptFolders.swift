import AttemptProtocol
import Glibc
import Synchronization

/// The folders of all attempts, two levels deep: `AB/ABCDEF…`, so that no folder grows too long.
struct AttemptFolders: Sendable {
    /// Absolute: a supervisor works in a folder of its own.
    let root: String

    func path(of attemptID: String) -> String {
        "\(root)/\(attemptID.prefix(2).lowercased())/\(attemptID)"
    }

    /// Distinguishes the drafts of threads.
    private static let draftCount = Atomic<UInt64>(0)

    private static func draftName(of name: String) -> String {
        "\(AttemptFile.draft(of: name, by: getpid()))-\(draftCount.add(1, ordering: .relaxed).newValue)"
    }

    /// The folder that holds the attempts' one, and their logs: the store's. It is never made here, as a store that was
    /// removed while it was in use must not come back as an empty one.
    var store: String {
        guard let slash = root.lastIndex(of: "/"), slash != root.startIndex else { return "/" }
        return String(root[..<slash])
    }

    /// Makes a folder and those that lead to it below the store's, each for its owner alone. Says nothing about one
    /// that exists.
    func make(_ path: String) throws(SystemError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT else { throw .last("mkdir", path) }
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { throw .last("mkdir", path) }
        let parent = String(path[..<slash])
        guard parent != store else { throw SystemError("mkdir", ENOENT, store) }
        try make(parent)
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .last("mkdir", path) }
    }

    /// Gives `bytes` the name `name` in one step, over what has that name: no reader sees a part.
    static func replace(_ name: String, in folder: borrowing Descriptor, with bytes: [UInt8]) throws(SystemError) {
        let draft = draftName(of: name)
        do throws(SystemError) {
            let file = try Descriptor.open(
                draft, at: folder.number, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
            try file.writeAll(bytes, draft)
            guard renameat(folder.number, draft, folder.number, name) == 0 else {
                throw SystemError.last("rename", name)
            }
        } catch {
            _ = unlinkat(folder.number, draft, 0)
            throw error
        }
    }

    /// Gives `bytes` the name `name` in one step. Returns false where something has the name already.
    static func name(_ name: String, in folder: borrowing Descriptor, with bytes: [UInt8]) throws(SystemError) -> Bool {
        let draft = draftName(of: name)
        // A leftover of a dead process of our pid may be a link to the named file, and is not to be written through.
        _ = unlinkat(folder.number, draft, 0)
        let file = try Descriptor.open(draft, at: folder.number, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
        defer { _ = unlinkat(folder.number, draft, 0) }
        try file.writeAll(bytes, draft)
        if linkat(folder.number, draft, folder.number, name, 0) == 0 { return true }
        guard errno == EEXIST else { throw .last("link", name) }
        return false
    }

    /// Removes the folder of an attempt and what is in it, following no link. One that is gone is no error.
    func remove(_ attemptID: String) throws(SystemError) {
        try FolderTree.remove(path(of: attemptID))
    }

    /// Folders within folders that are removed or looked at.
    static let depthMax = 64

    /// The names in a folder, sorted; none where there is no such folder.
    static func names(in path: String) throws(SystemError) -> [String] {
        guard let folder = opendir(path) else {
            if errno == ENOENT { return [] }
            throw .last("opendir", path)
        }
        defer { _ = closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
