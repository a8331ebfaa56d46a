/// The sizes and patiences of a store. What stands here is right for everything but tests.
package struct StoreTuning: Sendable {
    /// The log is moved into the database from here on, when nobody else appends at the moment: pages of 4 KiB, 16 MiB.
    package var checkpointPages = 4096
    /// From here on that waits for other processes' appends, at most 5 s: 64 MiB.
    package var urgentPages = 16_384
    /// From here on the log is emptied when the store is closed, also while others write: 4 MiB, some milliseconds of
    /// reading for whoever comes next. The last one to leave empties any log.
    package var closingPages = 1024
    /// Larger databases are not checked after a crash, but by `doctor` alone.
    package var quickCheckBytes: Int64 = 64 << 20
    /// How long another process's opening or migration is waited for.
    package var openingPatienceMilliseconds = 10_000
    /// How long another process's transaction is waited for.
    package var busyTimeoutMilliseconds: Int32 = 30_000
    /// Nobody else has the database open, and it is not written: it is read without locks, which a network file system
    /// may not have.
    var isUnchanging = false
    var schema = Schema()
    /// False: the database may lie in another folder than it did, as that of a test that looks at what a disk has kept.
    var knowsItsPlace = true
    /// False: a commit is not synced (`synchronous = NORMAL`), and what it acknowledged may be lost with the power. No
    /// part of the program can set it; a test does, to see that its simulated disk notices.
    var syncsCommits = true

    package init() {}
}
