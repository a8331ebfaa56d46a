#pragma once

// A disk for tests that loses power, tears what was not synced, and fails on demand: a VFS of SQLite in front of the
// one that the system has. Never part of the program.
//
// The files of an attached folder keep two contents: what processes see, in the real files, and what is on the
// simulated disk. A write reaches the disk with the next sync of its file; until then it is one of the file's unsynced
// changes. A name reaches it with a sync of its folder, as SQLite asks for one. The log's index (`-shm`) is memory and
// never survives. All functions may be called from any thread.

#include <stdint.h>

/// Makes the simulating VFS the one that SQLite uses by default; files outside of attached folders behave as before.
/// Returns a result code of SQLite. Further calls do nothing.
int simulated_disk_install(void);

struct simulated_disk;

/// What is counted, and can be failed or cut at.
enum simulated_disk_kind {
    simulated_disk_open = 1,
    simulated_disk_read = 2,
    simulated_disk_write = 4,
    simulated_disk_sync = 8,
    simulated_disk_truncate = 16,
    simulated_disk_delete = 32,
};

/// Simulates the files below `folder` (absolute, without symbolic links) that are opened from now on. What they hold
/// then counts as synced. `kinds` are the operations that are counted. NULL without memory.
struct simulated_disk *simulated_disk_attach(const char *folder, unsigned kinds);

/// Ends the simulation for files that are opened from now on; those that are open go on with it until they are closed.
void simulated_disk_detach(struct simulated_disk *disk);

/// How many operations of the counted kinds there were.
int64_t simulated_disk_operations(struct simulated_disk *disk);

/// How many syncs there were that succeeded.
int64_t simulated_disk_syncs(struct simulated_disk *disk);

/// Cuts the power at the operation of this number, from 1: before it took place, or after it did and before its caller
/// hears of it. From then on every operation fails and changes nothing.
void simulated_disk_cut_at(struct simulated_disk *disk, int64_t operation, int after);

/// Cuts the power now.
void simulated_disk_cut(struct simulated_disk *disk);

int simulated_disk_is_off(struct simulated_disk *disk);

/// Fails `count` operations with the error number `error`, beginning with the one of this number. A failed write has
/// written a part. What a failed sync should have made durable is durable in parts only, and a later sync does not make
/// up for it, as a kernel takes the pages for clean; `seed` decides which parts.
void simulated_disk_fail_at(
    struct simulated_disk *disk, int64_t operation, int64_t count, int error, uint64_t seed);

/// How many operations were failed.
int64_t simulated_disk_failures(struct simulated_disk *disk);

/// Writes the files as a loss of power leaves them below `folder`, under the same names: all that was synced, and of
/// the rest what `seed` decides: none, all, the oldest changes, any changes, any sectors of 512 bytes, torn sectors,
/// zeros where a file grew. The folders have to exist. Returns 0, or the error number.
int simulated_disk_write_image(struct simulated_disk *disk, const char *folder, uint64_t seed);
