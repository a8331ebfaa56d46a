internal import Synchronization
internal import WorkflowCore
internal import WorkflowStore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The lock files of the runs that this process drives through one store.
///
/// A driver holds the lock of its run for as long as it lives, so that taking over after `kill -9` waits for nothing.
/// The lock says who may try; that a driver which lost it can write nothing is the fencing token's work.
///
/// The file also notes the newest entry of the run's journal, after it is durable: a journal that ends before it has
/// lost entries which were acknowledged. The note is not synced, so it may lag behind, and never leads.
final class RunLocks: Sendable {
    private struct Held {
        let lock: FileLock
        /// nil until the store has raised it.
        var token: FencingToken?
        /// The newest entry that is noted in the file.
        var head: Int64
    }

    /// What taking a lock tells.
    struct Taken {
        /// Whether the lock's file was not there before.
        let isFresh: Bool
        /// The newest entry that a driver of the run has noted; 0 when none did.
        let head: Int64
    }

    /// Times that a lock is looked at which is held for a moment: about two seconds in all.
    private static let looks = 3000

    private let folder: StoreFolder
    private let holder: LeaseHolder
    private let held = Mutex<[UniqueID: Held]>([:])

    init(folder: StoreFolder, holder: LeaseHolder) {
        self.folder = folder
        self.holder = holder
    }

    /// Takes the run's lock.
    ///
    /// - Throws: `.heldByOther`, naming who holds it.
    func take(_ run: UniqueID, called name: String) throws(StoreError) -> Taken {
        let isFresh = PathKind(of: folder.lock(of: run)) == .nothing
        let lock = try FileLock(folder.lock(of: run))
        // Somebody who asks whether the run is driven holds the lock shared for a moment; a driver stays. One that was
        // killed while it started a process leaves the lock to that process until its exec, which closes it.
        for _ in 0..<RunLocks.looks {
            if try lock.attempt(.exclusive) {
                let head = RunLocks.head(notedIn: readSmallFile(lock.path) ?? "")
                lock.write(holder.text + RunLocks.note(of: head))
                held.withLock { $0[run] = Held(lock: lock, head: head) }
                return Taken(isFresh: isFresh, head: head)
            }
            if try lock.attempt(.shared) {
                lock.unlock()
            } else if LeaseHolder.isAlive(writtenAs: readSmallFile(lock.path) ?? "") {
                break
            }
            usleep(useconds_t.random(in: 200...1000))
        }
        let other = readSmallFile(lock.path)?.prefix { $0 != "\n" } ?? ""
        throw StoreError(
            .heldByOther,
            "\(name) is driven by another process\(other.isEmpty ? "" : " (\(other))"); wait for it, or send it a "
                + "request: pause, cancel, approve, signal")
    }

    func raised(_ run: UniqueID, to token: FencingToken) {
        held.withLock { $0[run]?.token = token }
    }

    /// Notes the newest entry of the run, which is durable now.
    func note(_ head: Int64, of run: UniqueID) {
        held.withLock { held in
            guard let known = held[run], known.head != head else { return }
            // Somebody may have removed the file: others shall see that the run is driven.
            if (try? known.lock.regain(.exclusive)) == true {
                known.lock.write(holder.text + RunLocks.note(of: head))
            } else {
                known.lock.write(RunLocks.note(of: head), at: holder.text.utf8.count)
            }
            held[run]?.head = head
        }
    }

    /// The second line of a lock file; as long for every number.
    private static func note(of head: Int64) -> String {
        let digits = String(head)
        return "head " + String(repeating: "0", count: max(0, 19 - digits.count)) + digits + "\n"
    }

    private static func head(notedIn text: String) -> Int64 {
        let lines = text.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
        guard lines.count > 1, lines[1].hasPrefix("head ") else { return 0 }
        return max(0, Int64(lines[1].dropFirst(5)) ?? 0)
    }

    /// Whether the claim was made here and not given back.
    func holds(_ claim: RunClaim) -> Bool {
        held.withLock { $0[claim.run]?.token == claim.token }
    }

    func release(_ claim: RunClaim) {
        held.withLock { held in
            if held[claim.run]?.token == claim.token { held[claim.run] = nil }
        }
    }

    /// Gives back a lock whose claim failed before the store knew of it.
    ///
    /// - Parameter removingFile: for a run that there is not: nobody shall find its lock.
    func abandon(_ run: UniqueID, removingFile: Bool = false) {
        held.withLock { held in
            if removingFile { unlink(folder.lock(of: run)) }
            held[run] = nil
        }
    }

    func releaseAll() {
        held.withLock { $0.removeAll() }
    }

    /// Whether a live process, this one included, holds the run's lock.
    func isTaken(_ run: UniqueID) throws(StoreError) -> Bool {
        guard let lock = try FileLock(existing: folder.lock(of: run)) else { return false }
        return try !lock.attempt(.shared)
    }
}
