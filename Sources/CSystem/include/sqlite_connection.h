#pragma once

// The one call of SQLite that Swift cannot make because it is variadic. It is declared here, not taken from
// <sqlite3.h>, and defined inline, so that only those who call it need SQLite.

struct sqlite3;
extern int sqlite3_db_config(struct sqlite3 *, int option, ...);

/// Keeps `connection` from checkpointing the write-ahead log when it is closed as the last one. Returns a result code
/// of SQLite.
static inline int csystem_sqlite_keep_log_on_close(struct sqlite3 *connection) {
    const int no_checkpoint_on_close = 1006;
    return sqlite3_db_config(connection, no_checkpoint_on_close, 1, (int *)0);
}
