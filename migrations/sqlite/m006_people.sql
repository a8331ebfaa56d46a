-- What people decide about the store as a whole, and whom a run was stopped by.
--
-- acts is append-only: the newest row of a kind, and of a setting, is what holds. runs.stop is a projection as status is: set
-- where the last driver left because a person made it, empty again when a driver comes.

CREATE TABLE acts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    payload TEXT NOT NULL CHECK (json_type(payload) = 'object'),
    actor TEXT NOT NULL,
    at TEXT NOT NULL CHECK (length(at) = 24)
) STRICT;

ALTER TABLE runs ADD COLUMN stop TEXT;
