import CSimulatedDisk
import Glibc
import Testing
import WorkflowTestKit

@testable import WorkflowStoreSQLite

/// A disk that loses power and fails on demand, under the stores of one folder.
///
/// `@unchecked Sendable`: the pointer never changes, and every function behind it locks.
final class SimulatedDisk: @unchecked Sendable {
    private let disk: OpaquePointer
    private let folder: TemporaryFolder

    struct Kinds: OptionSet {
        let rawValue: UInt32
        /// All that changes something: where a loss of power makes a difference.
        static let changes = Kinds(
            [
                simulated_disk_open, simulated_disk_write, simulated_disk_sync, simulated_disk_truncate,
                simulated_disk_delete,
            ])
        static let all = changes.union(Kinds([simulated_disk_read]))

        init(rawValue: UInt32) { self.rawValue = rawValue }
        private init(_ kinds: [simulated_disk_kind]) { rawValue = kinds.reduce(0) { $0 | $1.rawValue } }
    }

    /// What the folder holds now counts as synced.
    init(under folder: TemporaryFolder, counting kinds: Kinds = .changes) throws {
        try #require(simulated_disk_install() == 0, "SQLite does not take the simulated disk")
        disk = try #require(simulated_disk_attach(folder.path, kinds.rawValue))
        self.folder = folder
    }

    deinit {
        simulated_disk_detach(disk)
    }

    /// How many operations were counted so far.
    var operations: Int { Int(simulated_disk_operations(disk)) }
    var syncs: Int { Int(simulated_disk_syncs(disk)) }
    var failures: Int { Int(simulated_disk_failures(disk)) }
    var isOff: Bool { simulated_disk_is_off(disk) != 0 }

    func cutPower() { simulated_disk_cut(disk) }

    /// Cuts the power at an operation, from 1.
    func cutPower(at operation: Int, after: Bool) { simulated_disk_cut_at(disk, Int64(operation), after ? 1 : 0) }

    /// Fails `count` operations from that number on.
    func fail(at operation: Int, count: Int = 1, with error: CInt, seed: UInt64) {
        simulated_disk_fail_at(disk, Int64(operation), Int64(count), error, seed)
    }

    func faultIsGone() { simulated_disk_fail_at(disk, .max, 0, 0, 0) }

    /// The folder as a loss of power leaves it, in a folder of its own: the database and its log as the disk has them,
    /// the files that are never synced as chance wants.
    func image(seed: UInt64) throws -> TemporaryFolder {
        let image = TemporaryFolder()
        let from = folder.location.folder
        let to = image.location.folder
        for path in [to.path, to.locks, to.attempts, to.logs] { try makeFolder(path, mode: 0o700) }
        var random = SeededGenerator(seed: seed)
        for name in names(in: from.locks) {
            guard let text = readSmallFile("\(from.locks)/\(name)") else { continue }
            switch random.number(in: 0...3) {
            case 0: break
            case 1: try writeSmallFile("\(to.locks)/\(name)", "")
            case 2: try writeSmallFile("\(to.locks)/\(name)", String(text.prefix(text.count / 2)))
            default: try writeSmallFile("\(to.locks)/\(name)", text)
            }
        }
        let error = simulated_disk_write_image(disk, image.path, seed)
        try #require(error == 0, "\(String(cString: strerror(error)))")
        return image
    }
}
