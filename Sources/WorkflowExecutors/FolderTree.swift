package import AttemptProtocol
import Glibc

/// Folders of attempts, logs and workspaces, with all that steps have left in them.
package enum FolderTree {
    /// Folders within folders that are removed.
    package static let depthMax = 64

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
