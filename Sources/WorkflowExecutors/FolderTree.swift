package import AttemptProtocol
import Glibc

/// Folders of attempts, logs and workspaces, with all that steps have left in them.
package enum FolderTree {
    /// Folders within folders that are removed.
    package static let depthMax = 64

    /// Whether something other than folders lies in it, at any depth; one that is not there holds nothing.
    package static func holdsFiles(_ path: String, depth: Int = depthMax) -> Bool {
        guard let names = try? AttemptFolders.names(in: path) else { return true }
        for name in names {
            var status = stat()
            guard lstat("\(path)/\(name)", &status) == 0 else { continue }
            guard status.st_mode & S_IFMT == S_IFDIR, depth > 0 else { return true }
            if holdsFiles("\(path)/\(name)", depth: depth - 1) { return true }
        }
        return false
    }

    /// Removes a folder and what is in it, following no link. One that is gone is no error.
    package static func remove(_ path: String, depth: Int = depthMax) throws(SystemError) {
        for name in try AttemptFolders.names(in: path) {
            let entry = "\(path)/\(name)"
            if unlink(entry) == 0 || errno == ENOENT { continue }
            guard errno == EISDIR || errno == EPERM, depth > 0 else { throw .last("unlink", entry) }
            try remove(entry, depth: depth - 1)
        }
        guard rmdir(path) == 0 || errno == ENOENT else { throw .last("rmdir", path) }
    }
}
