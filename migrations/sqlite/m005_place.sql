-- In which folder the store lies, and who said that it may lie elsewhere.
--
-- A folder that is copied is another folder: its inode and the time of its birth differ, though all that is in it is equal. A
-- store that finds itself in another folder than it noted drives nothing before a person has adopted it, and then has another
-- id: what the original's attempts left is not its own. A store of an earlier version has no row in place before it is first
-- opened for writing, and the copy that a backup makes has none before it is restored.

CREATE TABLE place (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    inode INTEGER NOT NULL,
    -- Nanoseconds since 1970; NULL where the file system does not tell.
    born_at INTEGER,
    -- A number that the machine gives to the file system anew at each boot.
    device INTEGER NOT NULL,
    boot TEXT NOT NULL
) STRICT;

CREATE TABLE adoptions (
    number INTEGER PRIMARY KEY,
    at TEXT NOT NULL CHECK (length(at) = 24),
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- The store's id before and after.
    from_id TEXT NOT NULL CHECK (length(from_id) = 36),
    to_id TEXT NOT NULL CHECK (length(to_id) = 36)
) STRICT;
