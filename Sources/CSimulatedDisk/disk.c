#define _GNU_SOURCE
#include "simulated_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { sector_bytes = 512 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct simulated_disk *disks;

void disks_lock(void) { pthread_mutex_lock(&mutex); }
void disks_unlock(void) { pthread_mutex_unlock(&mutex); }

/// SplitMix64 (Steele, Lea, Flood 2014).
static uint64_t draw(uint64_t *state) {
    uint64_t mixed = (*state += 0x9E3779B97F4A7C15);
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
    return mixed ^ mixed >> 31;
}

// MARK: Contents

static int content_resize(struct content *content, int64_t size) {
    if (size > content->capacity) {
        int64_t capacity = size + size / 2 + 4096;
        uint8_t *bytes = realloc(content->bytes, (size_t)capacity);
        if (bytes == NULL) return -1;
        content->bytes = bytes;
        content->capacity = capacity;
    }
    if (size > content->size) memset(content->bytes + content->size, 0, (size_t)(size - content->size));
    content->size = size;
    return 0;
}

int content_write(struct content *content, const void *bytes, int64_t length, int64_t offset) {
    if (length == 0) return 0;
    if (offset + length > content->size && content_resize(content, offset + length) != 0) return -1;
    memcpy(content->bytes + offset, bytes, (size_t)length);
    return 0;
}

// MARK: Changes

static int note(struct simulated_file *file, const void *bytes, int64_t length, int64_t offset) {
    struct change *change = malloc(sizeof *change + (size_t)(length > 0 ? length : 0));
    if (change == NULL) return -1;
    change->next = NULL;
    change->offset = offset;
    change->length = length;
    if (length > 0) memcpy(change->bytes, bytes, (size_t)length);
    *file->last = change;
    file->last = &change->next;
    return 0;
}

int note_write(struct simulated_file *file, const void *bytes, int64_t length, int64_t offset) {
    return note(file, bytes, length, offset);
}

int note_truncation(struct simulated_file *file, int64_t size) { return note(file, NULL, -1, size); }

void forget_changes(struct simulated_file *file) {
    while (file->first != NULL) {
        struct change *next = file->first->next;
        free(file->first);
        file->first = next;
    }
    file->last = &file->first;
}

static int apply(struct content *content, const struct change *change) {
    if (change->length < 0) return content_resize(content, change->offset);
    return content_write(content, change->bytes, change->length, change->offset);
}

int make_durable(struct simulated_file *file) {
    for (struct change *change = file->first; change != NULL; change = change->next)
        if (apply(&file->durable, change) != 0) return -1;
    forget_changes(file);
    return 0;
}

/// How a loss of power treats the changes that were not synced.
enum treatment { none, all, oldest, any_changes, any_sectors, torn_sectors, treatments };

/// Of a write the sectors that chance keeps, some of them in part only.
static int apply_sectors(struct content *content, const struct change *change, int tears, uint64_t *random) {
    int64_t done = 0;
    while (done < change->length) {
        int64_t offset = change->offset + done;
        int64_t length = sector_bytes - offset % sector_bytes;
        if (length > change->length - done) length = change->length - done;
        uint64_t fate = draw(random) % 8;
        int64_t kept = fate < 4 ? length : 0;
        if (tears && fate == 4) kept = (int64_t)(draw(random) % (uint64_t)length);
        if (content_write(content, change->bytes + done, kept, offset) != 0) return -1;
        // The file grew, and what it grew by was never written.
        if (tears && fate == 5 && offset + length > content->size && content_resize(content, offset + length) != 0)
            return -1;
        done += length;
    }
    return 0;
}

static int lose(struct content *content, const struct change *changes, uint64_t *random) {
    int64_t count = 0;
    for (const struct change *change = changes; change != NULL; change = change->next) count++;
    enum treatment treatment = (enum treatment)(draw(random) % treatments);
    int64_t kept = (int64_t)(draw(random) % (uint64_t)(count + 1));
    int64_t index = 0;
    for (const struct change *change = changes; change != NULL; change = change->next, index++) {
        int result = 0;
        int isWhole = treatment == all || (treatment == oldest && index < kept)
            || (treatment == any_changes && draw(random) % 2 == 0)
            || (change->length < 0 && treatment > any_changes && draw(random) % 2 == 0);
        if (isWhole) result = apply(content, change);
        else if (treatment > any_changes && change->length > 0)
            result = apply_sectors(content, change, treatment == torn_sectors, random);
        if (result != 0) return -1;
    }
    return 0;
}

int abandon_changes(struct simulated_disk *disk, struct simulated_file *file) {
    int result = lose(&file->durable, file->first, &disk->random);
    forget_changes(file);
    return result;
}

// MARK: Files

static int is_below(const char *folder, const char *path) {
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && path[length] == '/';
}

struct simulated_disk *disk_of(const char *path) {
    struct simulated_disk *disk = disks;
    while (disk != NULL && !is_below(disk->folder, path)) disk = disk->next;
    return disk;
}

struct simulated_file *file_of(struct simulated_disk *disk, const char *path, int makes) {
    struct simulated_file *file = disk->files;
    while (file != NULL && strcmp(file->path, path) != 0) file = file->next;
    if (file != NULL || !makes) return file;
    file = calloc(1, sizeof *file);
    if (file == NULL) return NULL;
    file->path = strdup(path);
    if (file->path == NULL) {
        free(file);
        return NULL;
    }
    file->last = &file->first;
    file->next = disk->files;
    disk->files = file;
    return file;
}

void make_names_durable(const char *path_in_folder) {
    const char *slash = strrchr(path_in_folder, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path_in_folder);
    for (struct simulated_disk *disk = disks; disk != NULL; disk = disk->next) {
        for (struct simulated_file *file = disk->files; file != NULL; file = file->next) {
            const char *end = strrchr(file->path, '/');
            if (end == NULL || (size_t)(end - file->path) != length) continue;
            if (strncmp(file->path, path_in_folder, length) != 0) continue;
            file->is_name_durable = 1;
            if (!file->exists) file->durable.size = 0;
        }
    }
}

// MARK: Disks

struct verdict verdict_on(struct simulated_disk *disk, enum simulated_disk_kind kind) {
    struct verdict verdict = {0, 0};
    if (disk->is_off) {
        verdict.error = EIO;
        return verdict;
    }
    if ((disk->kinds & kind) == 0) return verdict;
    disk->operations++;
    if (disk->operations == disk->cut_at) {
        if (disk->cuts_after) {
            verdict.is_last = 1;
        } else {
            disk->is_off = 1;
            verdict.error = EIO;
        }
    } else if (disk->operations >= disk->fails_at && disk->operations < disk->fails_until) {
        disk->failures++;
        verdict.error = disk->error;
    }
    return verdict;
}

struct simulated_disk *simulated_disk_attach(const char *folder, unsigned kinds) {
    struct simulated_disk *disk = calloc(1, sizeof *disk);
    if (disk == NULL) return NULL;
    disk->folder = strdup(folder);
    if (disk->folder == NULL) {
        free(disk);
        return NULL;
    }
    disk->kinds = kinds;
    disk->users = 1;
    disks_lock();
    disk->next = disks;
    disks = disk;
    disks_unlock();
    return disk;
}

void disk_let_go(struct simulated_disk *disk) {
    if (--disk->users > 0) return;
    while (disk->files != NULL) {
        struct simulated_file *file = disk->files;
        disk->files = file->next;
        forget_changes(file);
        free(file->durable.bytes);
        free(file->path);
        free(file);
    }
    free(disk->folder);
    free(disk);
}

void simulated_disk_detach(struct simulated_disk *disk) {
    disks_lock();
    struct simulated_disk **link = &disks;
    while (*link != disk) link = &(*link)->next;
    *link = disk->next;
    disk_let_go(disk);
    disks_unlock();
}

static int64_t locked(const int64_t *value) {
    disks_lock();
    int64_t copy = *value;
    disks_unlock();
    return copy;
}

int64_t simulated_disk_operations(struct simulated_disk *disk) { return locked(&disk->operations); }
int64_t simulated_disk_syncs(struct simulated_disk *disk) { return locked(&disk->syncs); }
int64_t simulated_disk_failures(struct simulated_disk *disk) { return locked(&disk->failures); }

void simulated_disk_cut_at(struct simulated_disk *disk, int64_t operation, int after) {
    disks_lock();
    disk->cut_at = operation;
    disk->cuts_after = after;
    disks_unlock();
}

void simulated_disk_cut(struct simulated_disk *disk) {
    disks_lock();
    disk->is_off = 1;
    disks_unlock();
}

int simulated_disk_is_off(struct simulated_disk *disk) {
    disks_lock();
    int is_off = disk->is_off;
    disks_unlock();
    return is_off;
}

void simulated_disk_fail_at(
    struct simulated_disk *disk, int64_t operation, int64_t count, int error, uint64_t seed) {
    disks_lock();
    disk->fails_at = operation;
    disk->fails_until = operation > INT64_MAX - count ? INT64_MAX : operation + count;
    disk->error = error;
    disk->random = seed;
    disks_unlock();
}

static int write_file(const char *path, const struct content *content) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return errno;
    int error = 0;
    for (int64_t done = 0; done < content->size && error == 0;) {
        ssize_t count = write(file, content->bytes + done, (size_t)(content->size - done));
        if (count < 0 && errno != EINTR) error = errno;
        if (count > 0) done += count;
    }
    close(file);
    return error;
}

static int write_image(struct simulated_disk *disk, struct simulated_file *file, const char *folder, uint64_t *random) {
    int survives = file->is_name_durable ? file->exists : draw(random) % 2 == 0;
    if (!survives) return 0;
    struct content content = {NULL, 0, 0};
    char *path = NULL;
    int error = ENOMEM;
    if (content_write(&content, file->durable.bytes, file->durable.size, 0) == 0
        && lose(&content, file->first, random) == 0
        && asprintf(&path, "%s%s", folder, file->path + strlen(disk->folder)) >= 0)
        error = write_file(path, &content);
    free(path);
    free(content.bytes);
    return error;
}

int simulated_disk_write_image(struct simulated_disk *disk, const char *folder, uint64_t seed) {
    int error = 0;
    disks_lock();
    for (struct simulated_file *file = disk->files; file != NULL && error == 0; file = file->next)
        error = write_image(disk, file, folder, &seed);
    disks_unlock();
    return error;
}
