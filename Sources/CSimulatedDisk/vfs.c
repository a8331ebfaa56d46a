#include "simulated_disk.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/// The VFS behind ours.
static sqlite3_vfs *inner;
static sqlite3_vfs simulating;
static int (*open_directory)(const char *, int *);

/// A simulated file that is open; the file of the VFS behind follows it in memory. Files that are not simulated are
/// opened by that VFS in its own form and never come here.
struct open_file {
    sqlite3_file base;
    struct simulated_disk *disk;
    struct simulated_file *file;
};

static sqlite3_file *real(sqlite3_file *file) { return (sqlite3_file *)((struct open_file *)file + 1); }

// How SQLite's own VFS for Unix tells an error number (os_unix.c): a write without room is "full", by ENOSPC alone.
static int failed_write(int error) { return error == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE; }

static int vfs_close(sqlite3_file *base) {
    struct open_file *open = (struct open_file *)base;
    disks_lock();
    disk_let_go(open->disk);
    disks_unlock();
    return real(base)->pMethods->xClose(real(base));
}

static int vfs_read(sqlite3_file *base, void *buffer, int length, sqlite3_int64 offset) {
    struct open_file *open = (struct open_file *)base;
    disks_lock();
    int error = verdict_on(open->disk, simulated_disk_read).error;
    disks_unlock();
    return error != 0 ? SQLITE_IOERR_READ : real(base)->pMethods->xRead(real(base), buffer, length, offset);
}

static int vfs_write(sqlite3_file *base, const void *bytes, int length, sqlite3_int64 offset) {
    struct open_file *open = (struct open_file *)base;
    disks_lock();
    struct verdict verdict = verdict_on(open->disk, simulated_disk_write);
    int written = verdict.error == 0 ? length : open->disk->is_off ? 0 : length / 2;
    int result = SQLITE_OK;
    if (written > 0) result = real(base)->pMethods->xWrite(real(base), bytes, written, offset);
    if (result == SQLITE_OK && written > 0 && note_write(open->file, bytes, written, offset) != 0) {
        result = SQLITE_NOMEM;
    }
    if (result == SQLITE_OK && verdict.error != 0) result = failed_write(verdict.error);
    if (verdict.is_last) {
        open->disk->is_off = 1;
        result = SQLITE_IOERR_WRITE;
    }
    disks_unlock();
    return result;
}

static int vfs_truncate(sqlite3_file *base, sqlite3_int64 size) {
    struct open_file *open = (struct open_file *)base;
    disks_lock();
    struct verdict verdict = verdict_on(open->disk, simulated_disk_truncate);
    int result = SQLITE_IOERR_TRUNCATE;
    if (verdict.error == 0) {
        result = real(base)->pMethods->xTruncate(real(base), size);
        if (result == SQLITE_OK && note_truncation(open->file, size) != 0) result = SQLITE_NOMEM;
    }
    if (verdict.is_last) {
        open->disk->is_off = 1;
        result = SQLITE_IOERR_TRUNCATE;
    }
    disks_unlock();
    return result;
}

static int vfs_sync(sqlite3_file *base, int flags) {
    struct open_file *open = (struct open_file *)base;
    disks_lock();
    struct verdict verdict = verdict_on(open->disk, simulated_disk_sync);
    int result = SQLITE_IOERR_FSYNC;
    if (verdict.error == 0) {
        result = make_durable(open->file) == 0 ? SQLITE_OK : SQLITE_NOMEM;
        open->disk->syncs++;
    } else if (!open->disk->is_off && abandon_changes(open->disk, open->file) != 0) {
        result = SQLITE_NOMEM;
    }
    if (verdict.is_last) {
        open->disk->is_off = 1;
        result = SQLITE_IOERR_FSYNC;
    }
    disks_unlock();
    // For the sync of the folder that belongs to it; outside of the lock, as it comes back to `opening_directory`.
    return result == SQLITE_OK ? real(base)->pMethods->xSync(real(base), flags) : result;
}

static int vfs_file_size(sqlite3_file *base, sqlite3_int64 *size) {
    return real(base)->pMethods->xFileSize(real(base), size);
}

static int vfs_lock(sqlite3_file *base, int level) { return real(base)->pMethods->xLock(real(base), level); }

static int vfs_unlock(sqlite3_file *base, int level) { return real(base)->pMethods->xUnlock(real(base), level); }

static int vfs_check_reserved_lock(sqlite3_file *base, int *result) {
    return real(base)->pMethods->xCheckReservedLock(real(base), result);
}

static int vfs_file_control(sqlite3_file *base, int operation, void *argument) {
    return real(base)->pMethods->xFileControl(real(base), operation, argument);
}

static int vfs_sector_size(sqlite3_file *base) { return real(base)->pMethods->xSectorSize(real(base)); }

static int vfs_device_characteristics(sqlite3_file *base) {
    return real(base)->pMethods->xDeviceCharacteristics(real(base));
}

static int vfs_shm_map(sqlite3_file *base, int region, int size, int extends, void volatile **memory) {
    return real(base)->pMethods->xShmMap(real(base), region, size, extends, memory);
}

static int vfs_shm_lock(sqlite3_file *base, int offset, int count, int flags) {
    return real(base)->pMethods->xShmLock(real(base), offset, count, flags);
}

static void vfs_shm_barrier(sqlite3_file *base) { real(base)->pMethods->xShmBarrier(real(base)); }

static int vfs_shm_unmap(sqlite3_file *base, int deletes) {
    return real(base)->pMethods->xShmUnmap(real(base), deletes);
}

// Version 2: no memory maps of the files themselves, which would pass by the simulation.
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = vfs_close,
    .xRead = vfs_read,
    .xWrite = vfs_write,
    .xTruncate = vfs_truncate,
    .xSync = vfs_sync,
    .xFileSize = vfs_file_size,
    .xLock = vfs_lock,
    .xUnlock = vfs_unlock,
    .xCheckReservedLock = vfs_check_reserved_lock,
    .xFileControl = vfs_file_control,
    .xSectorSize = vfs_sector_size,
    .xDeviceCharacteristics = vfs_device_characteristics,
    .xShmMap = vfs_shm_map,
    .xShmLock = vfs_shm_lock,
    .xShmBarrier = vfs_shm_barrier,
    .xShmUnmap = vfs_shm_unmap,
};

/// What a file holds when it is first opened, read through the file itself: another descriptor that is closed would
/// take SQLite's locks with it.
static int read_whole(sqlite3_file *file, struct content *content) {
    sqlite3_int64 size = 0;
    int result = file->pMethods->xFileSize(file, &size);
    uint8_t page[4096];
    for (sqlite3_int64 done = 0; result == SQLITE_OK && done < size;) {
        int length = size - done < (sqlite3_int64)sizeof page ? (int)(size - done) : (int)sizeof page;
        result = file->pMethods->xRead(file, page, length, done);
        if (result == SQLITE_OK && content_write(content, page, length, done) != 0) result = SQLITE_NOMEM;
        done += length;
    }
    return result;
}

/// Finds or makes what is known of a file that was just opened.
static int take_up(
    struct simulated_disk *disk, const char *name, sqlite3_file *opened, int existed, struct simulated_file **file) {
    *file = file_of(disk, name, 0);
    if (*file == NULL) {
        *file = file_of(disk, name, 1);
        if (*file == NULL) return SQLITE_NOMEM;
        (*file)->is_name_durable = existed;
        (*file)->exists = 1;
        return read_whole(opened, &(*file)->durable);
    }
    if (!existed) {
        // A new file under an old name: of the old one nothing comes back.
        (*file)->is_name_durable = 0;
        (*file)->durable.size = 0;
        forget_changes(*file);
    }
    (*file)->exists = 1;
    return SQLITE_OK;
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *taken) {
    (void)vfs;
    disks_lock();
    struct simulated_disk *disk = name == NULL ? NULL : disk_of(name);
    struct verdict verdict = {0, 0};
    if (disk != NULL) {
        verdict = verdict_on(disk, simulated_disk_open);
        disk->users++;
    }
    disks_unlock();
    if (disk == NULL) return inner->xOpen(inner, name, base, flags, taken);

    struct open_file *open = (struct open_file *)base;
    memset(open, 0, sizeof *open);
    int result = SQLITE_CANTOPEN;
    int existed = 0;
    if (verdict.error == 0) {
        inner->xAccess(inner, name, SQLITE_ACCESS_EXISTS, &existed);
        result = inner->xOpen(inner, name, real(base), flags, taken);
    }
    int is_open = result == SQLITE_OK;
    disks_lock();
    if (is_open) result = take_up(disk, name, real(base), existed, &open->file);
    if (is_open && verdict.is_last) {
        disk->is_off = 1;
        result = SQLITE_CANTOPEN;
    }
    if (result != SQLITE_OK) disk_let_go(disk);
    disks_unlock();
    if (result == SQLITE_OK) {
        open->disk = disk;
        open->base.pMethods = &methods;
    } else if (is_open) {
        real(base)->pMethods->xClose(real(base));
    }
    return result;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int syncs_folder) {
    (void)vfs;
    disks_lock();
    struct simulated_disk *disk = disk_of(name);
    struct verdict verdict = {0, 0};
    if (disk != NULL) verdict = verdict_on(disk, simulated_disk_delete);
    struct simulated_file *file = disk == NULL ? NULL : file_of(disk, name, 0);
    if (verdict.error == 0 && file != NULL) {
        file->exists = 0;
        file->is_name_durable = 0;
        forget_changes(file);
    }
    if (verdict.is_last) disk->is_off = 1;
    disks_unlock();
    if (verdict.error != 0) return SQLITE_IOERR_DELETE;
    int result = inner->xDelete(inner, name, syncs_folder);
    return verdict.is_last ? SQLITE_IOERR_DELETE : result;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
    (void)vfs;
    return inner->xAccess(inner, name, flags, result);
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *name, int length, char *path) {
    (void)vfs;
    return inner->xFullPathname(inner, name, length, path);
}

static int vfs_randomness(sqlite3_vfs *vfs, int length, char *bytes) {
    (void)vfs;
    return inner->xRandomness(inner, length, bytes);
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
    (void)vfs;
    return inner->xSleep(inner, microseconds);
}

static int vfs_current_time(sqlite3_vfs *vfs, double *time) {
    (void)vfs;
    return inner->xCurrentTime(inner, time);
}

static int vfs_current_time_64(sqlite3_vfs *vfs, sqlite3_int64 *time) {
    (void)vfs;
    return inner->xCurrentTimeInt64(inner, time);
}

static int vfs_last_error(sqlite3_vfs *vfs, int length, char *text) {
    (void)vfs;
    return inner->xGetLastError(inner, length, text);
}

/// The VFS behind ours opens a folder for one reason: to sync it.
static int opening_directory(const char *path, int *descriptor) {
    disks_lock();
    make_names_durable(path);
    disks_unlock();
    return open_directory(path, descriptor);
}

static int result_of_installing;

static void install(void) {
    inner = sqlite3_vfs_find(NULL);
    result_of_installing = SQLITE_ERROR;
    if (inner == NULL || inner->iVersion < 3) return;
    open_directory = (int (*)(const char *, int *))inner->xGetSystemCall(inner, "openDirectory");
    if (open_directory == NULL) return;
    result_of_installing =
        inner->xSetSystemCall(inner, "openDirectory", (sqlite3_syscall_ptr)opening_directory);
    if (result_of_installing != SQLITE_OK) return;
    simulating = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = inner->szOsFile + (int)sizeof(struct open_file),
        .mxPathname = inner->mxPathname,
        .zName = "simulated-disk",
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_pathname,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_current_time,
        .xGetLastError = vfs_last_error,
        .xCurrentTimeInt64 = vfs_current_time_64,
    };
    result_of_installing = sqlite3_vfs_register(&simulating, 1);
}

int simulated_disk_install(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    return result_of_installing;
}
