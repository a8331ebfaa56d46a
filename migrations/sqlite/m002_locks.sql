-- Locks that runs of one store exclude each other by, across processes.
--
-- A lock belongs to a run, not to the process that drives it: it stays held while nobody drives the run, and goes with an
-- append of the run's driver, at the latest with the append that ends the run. Taking locks compares runs.token in its own
-- transaction, as an append does.
--
-- A run that was refused a concurrency group queues for it in the order of runs.number. Its row here keeps its place; that
-- place counts only while a live process drives the run. runs.concurrency_group is the group that a run asked for last.

CREATE TABLE locks (
    kind TEXT NOT NULL CHECK (kind IN ('concurrency', 'lock')),
    name TEXT NOT NULL CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 200),
    run TEXT NOT NULL REFERENCES runs (id),
    -- The step's instance; empty for the whole run.
    holder TEXT NOT NULL,
    since TEXT NOT NULL CHECK (length(since) = 24),
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX locks_by_run ON locks (run, holder);

CREATE TABLE lock_waiters (
    kind TEXT NOT NULL CHECK (kind = 'concurrency'),
    name TEXT NOT NULL CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 200),
    run TEXT NOT NULL REFERENCES runs (id),
    holder TEXT NOT NULL,
    since TEXT NOT NULL CHECK (length(since) = 24),
    PRIMARY KEY (kind, name, run, holder)
) STRICT, WITHOUT ROWID;

CREATE INDEX lock_waiters_by_run ON lock_waiters (run, holder);
