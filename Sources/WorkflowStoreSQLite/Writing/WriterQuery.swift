/// The statements of the writer, named for what they do. Each is prepared once, when it is first needed.
enum WriterQuery: Int, CaseIterable {
    case begin, commit, rollback, beginPart, keepPart, undoPart
    case runHead, insertRun, moveRun, raiseToken, hasRunID, hasRunUUID
    case insertEntry, insertCheckpoint, countUp
    case entriesOfBlock, insertSegment
    case insertDefinition, touchStore
    case insertRequest, removeRequest, countRequests
    case insertAct
    case insertLock, insertWaiter, removeWaiter, setGroup
    case removedID, markRemoved, raiseCounter, removeEntries, removeCheckpoints, removeSegments
    case hasRows, removeRun
    case removeRequests, removeDefinition, stateOfRuns
    case releaseLocks, releaseWaiters, releaseAllLocks, releaseAllWaiters

    var sql: String {
        switch self {
        case .begin: "BEGIN IMMEDIATE"
        case .commit: "COMMIT"
        case .rollback: "ROLLBACK"
        case .beginPart: "SAVEPOINT part"
        case .keepPart: "RELEASE part"
        case .undoPart: "ROLLBACK TO part"

        case .runHead: "SELECT id, token, head, head_hash FROM runs WHERE uuid = ? AND \(Schema.isPresent)"
        case .insertRun:
            """
            INSERT INTO runs (uuid, id, workflow, definition, status, stage, due_at, labels, created_by, host,
                engine_version, created_at, updated_at, head, head_hash, checkpoint, token, lease_host, lease_boot, \
            lease_pid,
                forked_from, failures, parent_run, stop)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        case .moveRun:
            """
            UPDATE runs SET status = ?2, stage = ?3, due_at = ?4, head = ?5, head_hash = ?6,
                checkpoint = coalesce(?7, checkpoint), updated_at = coalesce(?8, updated_at), failures = ?9,
                stop = ?10
            WHERE uuid = ?1
            """
        case .raiseToken:
            """
            UPDATE runs SET token = token + 1, lease_host = ?2, lease_boot = ?3, lease_pid = ?4
            WHERE uuid = ?1 AND \(Schema.isPresent)
            RETURNING token
            """
        case .hasRunID: "SELECT 1 FROM runs WHERE id = ?"
        case .hasRunUUID: "SELECT 1 FROM runs WHERE uuid = ?"

        case .insertEntry:
            """
            INSERT INTO journal (run, seq, type, version, at, actor, payload, encoding, payload_hash, hash)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        case .insertCheckpoint:
            "INSERT INTO checkpoints (run, seq, id, stage, step, created_at) VALUES (?, ?, ?, ?, ?, ?)"
        case .countUp:
            """
            INSERT INTO counters (kind, day, last) VALUES (?1, ?2, 1)
            ON CONFLICT (kind, day) DO UPDATE SET last = last + 1
            RETURNING last
            """

        case .entriesOfBlock:
            """
            SELECT seq, type, version, at, actor, payload, encoding, hash FROM journal
            WHERE run = ? AND seq BETWEEN ? AND ? ORDER BY seq
            """
        // Whatever stands in the way was put there by others.
        case .insertSegment:
            "INSERT OR REPLACE INTO segments (run, first, last, body, hash, seal) VALUES (?, ?, ?, ?, ?, ?)"

        case .insertDefinition:
            "INSERT INTO definitions (hash, canonical, source, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (hash) DO "
                + "NOTHING"

        case .touchStore: "UPDATE store SET version = version"

        case .insertAct: "INSERT INTO acts (kind, payload, actor, at) VALUES (?, ?, ?, ?)"
        case .insertRequest: "INSERT INTO inbox (run, kind, payload, actor, at) VALUES (?, ?, ?, ?, ?)"
        case .removeRequest: "DELETE FROM inbox WHERE id = ? AND run = ?"
        case .countRequests: "SELECT count(*) FROM inbox WHERE run = ?"

        case .removedID: "SELECT id FROM runs WHERE uuid = ? AND NOT \(Schema.isPresent)"
        case .markRemoved: "UPDATE runs SET namespace = '\(Schema.removed)' WHERE uuid = ?"
        case .raiseCounter:
            """
            INSERT INTO counters (kind, day, last) VALUES ('run', ?1, ?2)
            ON CONFLICT (kind, day) DO UPDATE SET last = max(last, excluded.last)
            """
        case .removeEntries:
            "DELETE FROM journal WHERE rowid IN (SELECT rowid FROM journal WHERE run = ?1 ORDER BY seq LIMIT ?2)"
        case .removeCheckpoints:
            """
            DELETE FROM checkpoints WHERE run = ?1
                AND seq IN (SELECT seq FROM checkpoints WHERE run = ?1 ORDER BY seq LIMIT ?2)
            """
        case .removeSegments:
            "DELETE FROM segments WHERE rowid IN (SELECT rowid FROM segments WHERE run = ?1 LIMIT ?2)"
        case .hasRows:
            """
            SELECT 1 WHERE EXISTS (SELECT 1 FROM journal WHERE run = ?1)
                OR EXISTS (SELECT 1 FROM segments WHERE run = ?1)
                OR EXISTS (SELECT 1 FROM checkpoints WHERE run = ?1)
            """
        case .removeRun: "DELETE FROM runs WHERE uuid = ?"
        case .stateOfRuns: StateOfRuns.query
        case .removeRequests: "DELETE FROM inbox WHERE run = ?"
        case .removeDefinition:
            "DELETE FROM definitions WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM runs WHERE definition = ?1)"

        case .insertLock: "INSERT INTO locks (kind, name, run, holder, since) VALUES (?, ?, ?, ?, ?)"
        case .insertWaiter:
            "INSERT INTO lock_waiters (kind, name, run, holder, since) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        case .removeWaiter: "DELETE FROM lock_waiters WHERE kind = ? AND name = ? AND run = ? AND holder = ?"
        case .setGroup: "UPDATE runs SET concurrency_group = ?2 WHERE uuid = ?1 AND concurrency_group IS NOT ?2"
        case .releaseLocks: "DELETE FROM locks WHERE run = ? AND holder = ?"
        case .releaseWaiters: "DELETE FROM lock_waiters WHERE run = ? AND holder = ?"
        case .releaseAllLocks: "DELETE FROM locks WHERE run = ?"
        case .releaseAllWaiters: "DELETE FROM lock_waiters WHERE run = ?"
        }
    }
}
