internal import ArgumentParser
internal import Glibc
internal import WorkflowCore
internal import WorkflowStore
internal import WorkflowStoreSQLite
internal import WorkflowViews

struct BackupCommand: WorkflowCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the store's database into one file, also while runs are driven.",
        discussion: """
              workflow backup /backup/store-2026-02-02.db
              workflow backup --force /backup/store.db
              workflow backup store.db --store /var/lib/deploy/.workflow -o json

            The file is the database as it was at one instant, with mode 0600. Before it gets its name it is opened \
            and verified: every page, and the chain of hashes of every run; exit status 74 when something is wrong, \
            and then what had the name before still has it. Logs of steps (logs/) are not in it, nor are the folders \
            of attempts that run.

            To restore it, where no store is (as FILE may be anywhere, so may the new folder):

              mkdir -m 700 .workflow
              cp FILE .workflow/store.db
              workflow list

            What the copy does not know has not happened for it. An attempt that ran when the copy was made is in \
            doubt, whatever became of it. A step that was started later is pending: it runs again when the run is \
            resumed, with the idempotency key that it had. So resume nothing before you have looked: `workflow resume \
            RUN --plan`. Never go on in both, the store that was copied and the copy: they are the same runs.

            On the machine where the damaged store is, its other folders know more. Move store.db, store.db-wal and \
            store.db-shm out of it while no command runs, and copy FILE to store.db. Attempts whose folders are still \
            there are settled from them, and a run that went on after the copy was made is refused, with exit status \
            74 and the number of the entry that the copy ends with, instead of repeating its steps.
            """)

    @Argument(help: ArgumentHelp("The file to make.", valueName: "file"), completion: .file())
    var file: String

    @Flag(help: "Replace the file if it is there.")
    var force = false

    @OptionGroup var output: FormatOption
    @OptionGroup var store: StoreOption

    func perform(_ console: Console, in process: ProcessEnvironment) async throws(CommandFailure) -> ExitStatus {
        let session = try Session.open(store.url, .existing, in: process)
        return try await session.closing { () async throws(CommandFailure) in
            let path = try target(process, session)
            let backup: StoreBackup
            let sqlite = try session.requireSQLite("backup")
            do throws(StoreError) {
                backup = try await sqlite.backUp(to: path, replacing: force)
            } catch {
                throw CommandFailure(error)
            }
            switch output.format {
            case .text:
                console.data(
                    "\(path): \(ByteCount.text(backup.bytes)), \(Counted.text(backup.runs, "run")), "
                        + "\(Counted.text(backup.entries, "entry", "entries")), "
                        + "\(Counted.text(backup.checkpoints, "checkpoint")), all verified")
                console.note("to restore it into a new store, see `workflow backup --help`; logs are not in it")
            case .json, .yaml:
                console.data(
                    Document.members([
                        "file": .string(path), "bytes": .int(backup.bytes), "store": .string(session.store.place),
                        "store_id": .string(backup.storeID.text), "format": .int(Int64(backup.format)),
                        "runs": .int(backup.runs), "entries": .int(backup.entries),
                        "checkpoints": .int(backup.checkpoints), "verified": .bool(true),
                    ]).text(as: output.format))
            }
            return .completed
        }
    }

    /// The absolute path of the file, if one can be made there.
    private func target(_ process: ProcessEnvironment, _ session: Session) throws(CommandFailure) -> String {
        let path = file.hasPrefix("/") ? file : "\(process.workingFolder)/\(file)"
        var status = stat()
        let isThere = lstat(path, &status) == 0
        guard !path.hasSuffix("/"), !isThere || status.st_mode & S_IFMT != S_IFDIR else {
            throw CommandFailure(.usage, "\(file) is a folder; name a file")
        }
        guard !isThere || force else { throw CommandFailure(.usage, "\(file) is there already; --force replaces it") }
        guard !isThere || status.st_mode & S_IFMT == S_IFREG else {
            throw CommandFailure(.usage, "\(file) is no regular file; name another one")
        }
        let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "/"
        var folder = stat()
        guard stat(parent, &folder) == 0, folder.st_mode & S_IFMT == S_IFDIR else {
            throw CommandFailure(.notFound, "the folder \(parent) does not exist; make it first")
        }
        // A file of a living store, this one's or another's, must not be replaced under those who use it.
        var inside = stat()
        let isStores =
            stat("\(parent)/locks", &inside) == 0 && stat("\(parent)/store.db", &inside) == 0
            || stat(session.store.place, &inside) == 0 && inside.st_dev == folder.st_dev
                && inside.st_ino == folder.st_ino
        guard !isStores else {
            throw CommandFailure(.usage, "\(parent) is a store's folder; put the backup somewhere else")
        }
        return path
    }
}
