import Glibc
import WorkflowStore
import WorkflowStoreSQLite

/// A folder of its own for a test, removed when the test lets go of it.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/workflow-store-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp/workflow-store-without-folder"
    }

    deinit {
        Self.remove(path)
    }

    /// Removes a file, or a folder with all that is in it.
    @discardableResult
    static func remove(_ path: String) -> Bool {
        if unlink(path) == 0 { return true }
        chmod(path, 0o700)
        if let stream = opendir(path) {
            while let entry = readdir(stream) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { _ = remove("\(path)/\(name)") }
            }
            closedir(stream)
        }
        return rmdir(path) == 0
    }

    /// Where a test's store is made.
    var location: StoreLocation {
        StoreLocation(folder: StoreFolder(path: path + "/.workflow"), origin: .option)
    }

    func open(_ mode: StoreMode = .create) throws(StoreError) -> SQLiteStore {
        try SQLiteStore.open(location, mode: mode, programVersion: "1.0.0")
    }
}
