-- The key that a run's hashes of its environment are made with: who has a run's journal, its evidence or an export of it,
-- but not this database, cannot try values against them. It is in backups, as runs have to be resumed there, and in nothing
-- else that leaves the store. The program writes it in the transaction of this migration.

CREATE TABLE environment_key (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    key BLOB NOT NULL CHECK (length(key) = 32)
) STRICT;
