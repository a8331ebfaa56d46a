-- What a store keeps, and who changes what.
--
-- A run is created with its first journal entries, and from then on only its driver appends to its journal: whoever
-- claims a run raises runs.token, and every append compares it in its own transaction. An append adds rows to journal,
-- names checkpoints for the steps that it finishes, and moves the run's row (status, stage, head) along, all in one
-- transaction: runs and checkpoints are projections of the journal that lists can read without it. Other processes
-- never append; they leave a request in inbox, which the append that answers it removes.
--
-- journal is append-only. Each row's hash covers its other columns, the payload through payload_hash, and the hash of the
-- row before it; runs.head and runs.head_hash say where the chain ends, so a cut tail shows as well.
--
-- Runs are named by their text id in every table, so that each can be read by itself. Times are RFC 3339 text in UTC with
-- milliseconds; hashes are 32 bytes of SHA-256; documents are UTF-8 JSON.

CREATE TABLE store (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    id TEXT NOT NULL CHECK (length(id) = 36),
    created_at TEXT NOT NULL CHECK (length(created_at) = 24),
    -- The version of the program that made the store.
    version TEXT NOT NULL
) STRICT;

CREATE TABLE definitions (
    -- Lower-case hexadecimal SHA-256 of canonical.
    hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
    canonical BLOB NOT NULL,
    source BLOB NOT NULL,
    created_at TEXT NOT NULL CHECK (length(created_at) = 24)
) STRICT;

CREATE TABLE runs (
    -- Order of creation.
    number INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE CHECK (length(uuid) = 36),
    id TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 128),
    namespace TEXT NOT NULL DEFAULT 'default',
    workflow TEXT NOT NULL,
    definition TEXT NOT NULL REFERENCES definitions (hash),
    status TEXT NOT NULL CHECK (status IN (
        'pending', 'running', 'waiting', 'paused', 'rolling_back',
        'completed', 'failed', 'cancelled', 'rolled_back', 'moved')),
    stage TEXT NOT NULL,
    due_at TEXT CHECK (length(due_at) = 24),
    -- An object whose values are texts.
    labels TEXT NOT NULL CHECK (json_type(labels) = 'object'),
    created_by TEXT NOT NULL,
    host TEXT NOT NULL,
    parent_run TEXT,
    forked_from TEXT,
    concurrency_group TEXT,
    engine_version TEXT NOT NULL,
    deadline TEXT CHECK (length(deadline) = 24),
    created_at TEXT NOT NULL CHECK (length(created_at) = 24),
    updated_at TEXT NOT NULL CHECK (length(updated_at) = 24),
    -- The newest entry: its number, its hash, and the newest checkpoint.
    head INTEGER NOT NULL CHECK (head >= 1),
    head_hash BLOB NOT NULL CHECK (length(head_hash) = 32),
    checkpoint TEXT,
    -- Raised by every claim; the lease says who claimed last. Whether that process still drives is told by its lock file.
    token INTEGER NOT NULL CHECK (token >= 1),
    lease_host TEXT NOT NULL,
    lease_boot TEXT NOT NULL,
    lease_pid INTEGER NOT NULL
) STRICT;

CREATE INDEX runs_by_status ON runs (status);

CREATE TABLE journal (
    run TEXT NOT NULL REFERENCES runs (id),
    seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    version INTEGER NOT NULL,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    payload TEXT NOT NULL,
    encoding TEXT NOT NULL,
    payload_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    UNIQUE (run, seq)
) STRICT;

CREATE TABLE checkpoints (
    run TEXT NOT NULL REFERENCES runs (id),
    -- The entry that saved it.
    seq INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    stage TEXT NOT NULL,
    step TEXT NOT NULL,
    created_at TEXT NOT NULL CHECK (length(created_at) = 24),
    PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
    -- Never given twice.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL REFERENCES runs (id),
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TEXT NOT NULL CHECK (length(at) = 24)
) STRICT;

CREATE INDEX inbox_by_run ON inbox (run);

-- The last number given on each UTC day. Rows stay when what they numbered is removed, so that no id is given twice.
CREATE TABLE counters (
    kind TEXT NOT NULL CHECK (kind IN ('run', 'checkpoint')),
    day TEXT NOT NULL CHECK (length(day) = 10),
    last INTEGER NOT NULL CHECK (last >= 1),
    PRIMARY KEY (kind, day)
) STRICT, WITHOUT ROWID;
