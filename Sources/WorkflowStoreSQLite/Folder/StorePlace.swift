internal import CSystem
internal import GRDB
internal import WorkflowStore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Which folder a store lies in, whatever its name: a copy of the folder has another.
struct StorePlace: Equatable {
    let inode: Int64
    /// When the folder was made, in nanoseconds since 1970; nil where the file system does not tell.
    let bornAt: Int64?
    let device: Int64
    /// During which the device had that number.
    let boot: String

    init(inode: Int64, bornAt: Int64?, device: Int64, boot: String) {
        self.inode = inode
        self.bornAt = bornAt
        self.device = device
        self.boot = boot
    }

    /// Where the folder is now.
    init(of folder: StoreFolder, boot: String) throws(StoreError) {
        var status = stat()
        guard stat(folder.path, &status) == 0 else { throw .file("look at", folder.path, errno) }
        var nanoseconds: Int64 = 0
        let answer = csystem_birth_time(folder.path, &nanoseconds)
        guard answer >= 0 else { throw .file("look at", folder.path, errno) }
        self.init(
            inode: Int64(bitPattern: UInt64(status.st_ino)), bornAt: answer == 0 ? nanoseconds : nil,
            device: Int64(bitPattern: UInt64(status.st_dev)), boot: boot)
    }

    /// What the store noted when it was last opened for writing; nil where it has noted nothing yet.
    init?(notedIn database: Database) throws {
        guard let row = try Row.fetchOne(database, sql: "SELECT inode, born_at, device, boot FROM place") else {
            return nil
        }
        self.init(inode: row["inode"], bornAt: row["born_at"], device: row["device"], boot: row["boot"])
    }

    func note(in database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO place (only_row, inode, born_at, device, boot) VALUES (1, ?, ?, ?, ?)",
            arguments: [inode, bornAt, device, boot])
    }

    /// Whether it is the folder of `other`, as far as both know. Another boot may give the device another number.
    func isFolder(of other: StorePlace) -> Bool {
        guard inode == other.inode, bornAt == nil || other.bornAt == nil || bornAt == other.bornAt else { return false }
        return boot != other.boot || device == other.device
    }
}
