#pragma once

// What the VFS and the disk behind it share. Every function wants the disks' mutex held.

#include "CSimulatedDisk.h"

#include <stddef.h>

/// A change that no sync has made durable yet.
struct change {
    struct change *next;
    int64_t offset;
    /// Bytes written at `offset`; negative: the file was cut to `offset` bytes.
    int64_t length;
    uint8_t bytes[];
};

/// Bytes as they are on the disk.
struct content {
    uint8_t *bytes;
    int64_t size;
    int64_t capacity;
};

struct simulated_file {
    struct simulated_file *next;
    char *path;
    struct content durable;
    struct change *first;
    struct change **last;
    int exists;
    /// Whether the newest existence or absence of the name is on the disk.
    int is_name_durable;
};

struct simulated_disk {
    struct simulated_disk *next;
    char *folder;
    unsigned kinds;
    int64_t operations;
    int64_t syncs;
    int64_t cut_at;
    int cuts_after;
    int is_off;
    int64_t fails_at;
    int64_t fails_until;
    int error;
    int64_t failures;
    uint64_t random;
    struct simulated_file *files;
    /// How many files are open, and one for as long as the disk is attached.
    int64_t users;
};

void disks_lock(void);
void disks_unlock(void);

/// The disk that holds `path`; NULL for a file that is not simulated.
struct simulated_disk *disk_of(const char *path);

/// The file of that path, made if `makes`; NULL where there is none, or no memory.
struct simulated_file *file_of(struct simulated_disk *disk, const char *path, int makes);

/// One user less; the last one takes the disk with it.
void disk_let_go(struct simulated_disk *disk);

/// What becomes of an operation.
struct verdict {
    /// 0: it takes place. Otherwise the error number that it fails with.
    int error;
    /// The power goes once it took place.
    int is_last;
};
struct verdict verdict_on(struct simulated_disk *disk, enum simulated_disk_kind kind);

/// Notes a change that waits for a sync. Returns 0, or -1 without memory.
int note_write(struct simulated_file *file, const void *bytes, int64_t length, int64_t offset);
int note_truncation(struct simulated_file *file, int64_t size);

/// Makes everything that waits durable.
int make_durable(struct simulated_file *file);
/// Makes durable what chance says, and forgets the rest: a sync has failed.
int abandon_changes(struct simulated_disk *disk, struct simulated_file *file);
void forget_changes(struct simulated_file *file);

/// A folder was synced: the names in it are on the disk.
void make_names_durable(const char *path_in_folder);

int content_write(struct content *content, const void *bytes, int64_t length, int64_t offset);
