import AttemptProtocol
import Glibc

/// The folders of logs, one for each run: `logs/<uuid>/…`.
package struct LogFolders: Sendable {
    /// Absolute.
    let root: String

    package init(root: String) {
        self.root = root
    }

    /// What is in one.
    package struct Size: Sendable, Equatable {
        package var files = 0
        package var bytes: Int64 = 0
        /// When something in it was last written, in milliseconds since 1970; nil for an empty one.
        package var changedAtMilliseconds: Int64?

        package init() {}
    }

    /// The names of all folders, sorted.
    package func names() throws(ExecutorError) -> [String] {
        do {
            return try AttemptFolders.names(in: root)
        } catch {
            throw failed("listed", root, error)
        }
    }

    /// Adds up what is in a folder, following no link; nothing where there is none.
    package func size(of name: String) throws(ExecutorError) -> Size {
        var size = Size()
        try add("\(root)/\(name)", to: &size, depth: AttemptFolders.depthMax)
        return size
    }

    /// Removes a folder with all that is in it, following no link. One that is gone is no error.
    package func remove(_ name: String) throws(ExecutorError) {
        do {
            try FolderTree.remove("\(root)/\(name)")
        } catch {
            throw failed("removed", "\(root)/\(name)", error)
        }
    }

    /// Removes what a driver in the background said about its run.
    package func removeDriverLog(ofRun run: String) throws(ExecutorError) {
        let path = "\(root)/drivers/\(run).log"
        guard unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR else {
            throw failed("removed", path, .last("unlink", path))
        }
    }

    /// What drivers in the background left, sorted: the run's name, and when it was last written, in milliseconds since
    /// 1970.
    package func driverLogs() throws(ExecutorError) -> [(run: String, changedAtMilliseconds: Int64)] {
        let names: [String]
        do {
            names = try AttemptFolders.names(in: "\(root)/drivers")
        } catch {
            throw failed("listed", "\(root)/drivers", error)
        }
        return names.compactMap { name in
            var status = stat()
            guard name.hasSuffix(".log"), lstat("\(root)/drivers/\(name)", &status) == 0 else { return nil }
            return (
                String(name.dropLast(4)),
                Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000
            )
        }
    }

    private func add(_ path: String, to size: inout Size, depth: Int) throws(ExecutorError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw failed("looked at", path, .last("lstat", path))
        }
        let changed = Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000
        size.changedAtMilliseconds = max(size.changedAtMilliseconds ?? changed, changed)
        guard status.st_mode & S_IFMT == S_IFDIR else {
            size.files += 1
            size.bytes += Int64(status.st_size)
            return
        }
        guard depth > 0 else { return }
        let names: [String]
        do {
            names = try AttemptFolders.names(in: path)
        } catch {
            throw failed("listed", path, error)
        }
        for name in names { try add("\(path)/\(name)", to: &size, depth: depth - 1) }
    }

    private func failed(_ action: String, _ path: String, _ error: SystemError) -> ExecutorError {
        ExecutorError(.log, "\(path) cannot be \(action): \(error)", cause: error)
    }
}
