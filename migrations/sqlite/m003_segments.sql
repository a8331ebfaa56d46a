-- Blocks of 1024 entries of a journal once more, each as one blob that is read back in a fraction of the time.
--
-- A projection, as runs and checkpoints are: the append that fills a block writes its segment, in its own transaction.
-- Everything in it follows from the rows of journal, and nothing but speed depends on it: where a row is missing, or does not
-- fit its seal or the journal, the entries are read one by one. A run that began before this migration has none for what
-- was full by then, and blocks of very large entries have none either.

CREATE TABLE segments (
    run TEXT NOT NULL REFERENCES runs (id),
    -- The sequence numbers of its entries.
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    body BLOB NOT NULL,
    -- That of the entry `last`.
    hash BLOB NOT NULL,
    -- SHA-256 over the other columns.
    seal BLOB NOT NULL,
    UNIQUE (run, first)
) STRICT;
