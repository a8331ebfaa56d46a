// A layer between programs and the C library, for tests: built by them with `cc -shared`, and loaded by LD_PRELOAD into
// `workflow`, its supervisors and the commands of steps. It concerns the files below one folder, and does up to three
// things, as the environment says:
//
//   PRELOADED_ROOT     the folder: absolute, without symbolic links
//   PRELOADED_LOG      what is done to the folder is appended here in order, so that a test can tell what of it a loss
//   of
//                      power leaves; see `record`. What `workflow` tells on standard error and what anybody writes into
//                      PRELOADED_LEDGER is in it too, in its place.
//   PRELOADED_PROGRAM  the name of the program whose operations are counted, and failed or died at:
//   PRELOADED_FAULT    `NUMBER COUNT ERRNO`: its operations from NUMBER on fail, COUNT of them. Those are counted that
//   can
//                      fail with ERRNO.
//   PRELOADED_DEATH    `NUMBER before` or `NUMBER after`: it is killed at the operation of that number.
//   PRELOADED_REACHED  is made when that came to pass.
//   PRELOADED_BOOT     a file that is read in place of the id of the machine's boot.
//
// What bypasses the C library's functions (memory maps, standard I/O) is not seen; the log's index of SQLite, `-shm`,
// is such a file and left alone.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { path_bytes = 1024 };

static char root[path_bytes], log_path[path_bytes], ledger[path_bytes], reached[path_bytes], boot[path_bytes];
static int is_target, is_engine, fault_error, dies_after;
static long fault_at, fault_until, death_at;
static atomic_long operations;

static void setting(char *copy, const char *name) {
    const char *value = getenv(name);
    if (value != NULL) snprintf(copy, path_bytes, "%s", value);
}

__attribute__((constructor)) static void set_up(void) {
    char program[path_bytes] = "", fault[path_bytes] = "", death[path_bytes] = "";
    setting(root, "PRELOADED_ROOT");
    setting(log_path, "PRELOADED_LOG");
    setting(ledger, "PRELOADED_LEDGER");
    setting(reached, "PRELOADED_REACHED");
    setting(boot, "PRELOADED_BOOT");
    setting(program, "PRELOADED_PROGRAM");
    setting(fault, "PRELOADED_FAULT");
    setting(death, "PRELOADED_DEATH");
    is_engine = strcmp(program_invocation_short_name, "workflow") == 0;
    is_target = strcmp(program_invocation_short_name, program) == 0;
    long count = 0;
    if (sscanf(fault, "%ld %ld %d", &fault_at, &count, &fault_error) == 3) fault_until = fault_at + count;
    char moment[8] = "";
    if (sscanf(death, "%ld %7s", &death_at, moment) == 2) dies_after = strcmp(moment, "after") == 0;
}

// MARK: Paths

static int is_inside(const char *path) {
    size_t length = strlen(root);
    if (length == 0 || strncmp(path, root, length) != 0 || (path[length] != '/' && path[length] != 0)) return 0;
    size_t whole = strlen(path);
    return whole < 4 || strcmp(path + whole - 4, "-shm") != 0;
}

static int path_of(int file, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, path_bytes - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return 1;
}

/// The absolute path of `name` in `folder`; whether it is one of ours.
static int resolve(int folder, const char *name, char *path) {
    if (root[0] == 0 || name == NULL) return 0;
    if (name[0] == '/') {
        snprintf(path, path_bytes, "%s", name);
    } else {
        char above[path_bytes];
        if (folder == AT_FDCWD ? getcwd(above, sizeof above) == NULL : !path_of(folder, above)) return 0;
        if (snprintf(path, path_bytes, "%s/%s", above, name) >= path_bytes) return 0;
    }
    return is_inside(path);
}

static uint64_t node_of(int file) {
    struct stat status;
    return fstat(file, &status) == 0 ? status.st_ino : 0;
}

static uint64_t node_at(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0 ? status.st_ino : 0;
}

// MARK: The log

enum kind { made = 1, made_folder, wrote, cut, synced, linked, renamed, removed, told, effect };

/// Header, first text, second text or bytes.
struct record {
    uint32_t kind;
    uint32_t first;
    uint32_t second;
    uint32_t process;
    uint64_t node;
    int64_t offset;
};

static void record(
    enum kind kind, uint64_t node, int64_t offset, const char *first, const void *second, size_t length) {
    if (log_path[0] == 0) return;
    int error = errno;
    struct record header = {
        kind, (uint32_t)(first == NULL ? 0 : strlen(first)), (uint32_t)length, (uint32_t)getpid(), node, offset};
    struct iovec parts[3] = {
        {&header, sizeof header}, {(void *)first, header.first}, {(void *)second, header.second}};
    // Opened each time: supervisors close what they did not open. One append is one write, so that no two mix.
    int file = (int)syscall(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file >= 0) {
        syscall(SYS_writev, file, parts, 3);
        syscall(SYS_close, file);
    }
    errno = error;
}

// MARK: Faults

enum operation { opening, opening_to_write, making, writing, syncing, naming, removing };

/// Whether such an operation can fail with `fault_error`.
static int can_fail(enum operation operation) {
    switch (fault_error) {
    case EMFILE: return operation <= making;
    case EROFS: return operation == opening_to_write || operation == making || operation >= naming;
    case ENOSPC:
    case EDQUOT: return operation >= making && operation != removing;
    default: return 1;
    }
}

static void die(void) {
    if (reached[0] != 0) syscall(SYS_openat, AT_FDCWD, reached, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    syscall(SYS_kill, getpid(), SIGKILL);
}

/// Before an operation: -1 with `errno` set when it is to fail. `number` is for `after`.
static int before(enum operation operation, long *number) {
    *number = 0;
    if (!is_target || (fault_at == 0 && death_at == 0)) return 0;
    if (fault_at != 0 && !can_fail(operation)) return 0;
    *number = atomic_fetch_add(&operations, 1) + 1;
    if (*number == death_at && !dies_after) die();
    if (*number < fault_at || *number >= fault_until) return 0;
    if (reached[0] != 0) {
        int file = (int)syscall(SYS_openat, AT_FDCWD, reached, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (file >= 0) syscall(SYS_close, file);
    }
    errno = fault_error;
    return -1;
}

static void after(long number) {
    if (number != 0 && number == death_at && dies_after) die();
}

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

// MARK: Opening

static int open_any(int folder, const char *name, int flags, mode_t mode) {
    static int (*next)(int, const char *, int, ...);
    if (next == NULL) next = REAL(openat64);
    if (boot[0] != 0 && strcmp(name, "/proc/sys/kernel/random/boot_id") == 0) name = boot;
    char path[path_bytes];
    if (!resolve(folder, name, path)) return next(folder, name, flags, mode);
    int makes = (flags & O_CREAT) != 0 && node_at(path) == 0;
    int writes = (flags & O_ACCMODE) != O_RDONLY;
    long number;
    if (before(makes ? making : writes ? opening_to_write : opening, &number) != 0) return -1;
    int file = next(folder, name, flags, mode);
    if (file >= 0) {
        if (makes) record(made, node_of(file), 0, path, NULL, 0);
        else if (writes && (flags & O_TRUNC) != 0) record(cut, node_of(file), 0, path, NULL, 0);
    }
    after(number);
    return file;
}

#define MODE_ARGUMENT                                                  \
    mode_t mode = 0;                                                   \
    if ((flags & (O_CREAT | O_TMPFILE)) != 0) {                        \
        va_list arguments;                                             \
        va_start(arguments, flags);                                    \
        mode = va_arg(arguments, mode_t);                              \
        va_end(arguments);                                             \
    }

int open(const char *name, int flags, ...) {
    MODE_ARGUMENT
    return open_any(AT_FDCWD, name, flags, mode);
}

int open64(const char *name, int flags, ...) {
    MODE_ARGUMENT
    return open_any(AT_FDCWD, name, flags, mode);
}

int openat(int folder, const char *name, int flags, ...) {
    MODE_ARGUMENT
    return open_any(folder, name, flags, mode);
}

int openat64(int folder, const char *name, int flags, ...) {
    MODE_ARGUMENT
    return open_any(folder, name, flags, mode);
}

// MARK: Writing

/// Whether the file is a plain one of ours.
static int is_ours(int file, char *path) {
    if (root[0] == 0 || !path_of(file, path) || !is_inside(path)) return 0;
    struct stat status;
    return fstat(file, &status) == 0 && S_ISREG(status.st_mode);
}

ssize_t write(int file, const void *bytes, size_t length) {
    static ssize_t (*next)(int, const void *, size_t);
    if (next == NULL) next = REAL(write);
    char path[path_bytes];
    if (file == 2 && is_engine) {
        record(told, 0, 0, NULL, bytes, length);
        return next(file, bytes, length);
    }
    if (!is_ours(file, path)) {
        if (ledger[0] != 0 && path_of(file, path) && strcmp(path, ledger) == 0)
            record(effect, 0, 0, NULL, bytes, length);
        return next(file, bytes, length);
    }
    long number;
    if (before(writing, &number) != 0) return -1;
    ssize_t count = next(file, bytes, length);
    if (count > 0) record(wrote, node_of(file), lseek(file, 0, SEEK_CUR) - count, path, bytes, (size_t)count);
    after(number);
    return count;
}

static ssize_t write_at(int file, const void *bytes, size_t length, off_t offset) {
    static ssize_t (*next)(int, const void *, size_t, off_t);
    if (next == NULL) next = REAL(pwrite64);
    char path[path_bytes];
    if (!is_ours(file, path)) return next(file, bytes, length, offset);
    long number;
    if (before(writing, &number) != 0) return -1;
    ssize_t count = next(file, bytes, length, offset);
    if (count > 0) record(wrote, node_of(file), offset, path, bytes, (size_t)count);
    after(number);
    return count;
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) {
    return write_at(file, bytes, length, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off_t offset) {
    return write_at(file, bytes, length, offset);
}

static int cut_to(int file, off_t size) {
    static int (*next)(int, off_t);
    if (next == NULL) next = REAL(ftruncate64);
    char path[path_bytes];
    if (!is_ours(file, path)) return next(file, size);
    long number;
    if (before(writing, &number) != 0) return -1;
    int result = next(file, size);
    if (result == 0) record(cut, node_of(file), size, path, NULL, 0);
    after(number);
    return result;
}

int ftruncate(int file, off_t size) { return cut_to(file, size); }
int ftruncate64(int file, off_t size) { return cut_to(file, size); }

int fallocate(int file, int mode, off_t offset, off_t length) {
    static int (*next)(int, int, off_t, off_t);
    if (next == NULL) next = REAL(fallocate);
    char path[path_bytes];
    if (!is_ours(file, path)) return next(file, mode, offset, length);
    long number;
    if (before(writing, &number) != 0) return -1;
    int result = next(file, mode, offset, length);
    after(number);
    return result;
}

// MARK: Syncing

static int sync_with(int (*next)(int), int file) {
    char path[path_bytes];
    if (root[0] == 0 || !path_of(file, path) || !is_inside(path)) return next(file);
    long number;
    if (before(syncing, &number) != 0) return -1;
    int result = next(file);
    if (result == 0) record(synced, node_of(file), 0, path, NULL, 0);
    after(number);
    return result;
}

int fsync(int file) { return sync_with(REAL(fsync), file); }
int fdatasync(int file) { return sync_with(REAL(fdatasync), file); }

// MARK: Naming

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    char first[path_bytes], second[path_bytes];
    int isOurs = resolve(from_folder, from, first);
    isOurs = resolve(to_folder, to, second) || isOurs;
    if (!isOurs) return REAL(renameat)(from_folder, from, to_folder, to);
    long number;
    if (before(naming, &number) != 0) return -1;
    uint64_t node = node_at(first);
    int result = REAL(renameat)(from_folder, from, to_folder, to);
    if (result == 0) record(renamed, node, 0, first, second, strlen(second));
    after(number);
    return result;
}

int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
    char first[path_bytes], second[path_bytes];
    if (!resolve(from_folder, from, first) || !resolve(to_folder, to, second))
        return REAL(linkat)(from_folder, from, to_folder, to, flags);
    long number;
    if (before(naming, &number) != 0) return -1;
    int result = REAL(linkat)(from_folder, from, to_folder, to, flags);
    if (result == 0) record(linked, node_at(second), 0, second, NULL, 0);
    after(number);
    return result;
}

int mkdirat(int folder, const char *name, mode_t mode) {
    char path[path_bytes];
    if (!resolve(folder, name, path)) return REAL(mkdirat)(folder, name, mode);
    long number;
    if (before(naming, &number) != 0) return -1;
    int result = REAL(mkdirat)(folder, name, mode);
    if (result == 0) record(made_folder, node_at(path), 0, path, NULL, 0);
    after(number);
    return result;
}

int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

int mknodat(int folder, const char *name, mode_t mode, dev_t device) {
    char path[path_bytes];
    if (!resolve(folder, name, path)) return REAL(mknodat)(folder, name, mode, device);
    long number;
    if (before(naming, &number) != 0) return -1;
    int result = REAL(mknodat)(folder, name, mode, device);
    after(number);
    return result;
}

int unlinkat(int folder, const char *name, int flags) {
    char path[path_bytes];
    if (!resolve(folder, name, path)) return REAL(unlinkat)(folder, name, flags);
    long number;
    if (before(removing, &number) != 0) return -1;
    int result = REAL(unlinkat)(folder, name, flags);
    if (result == 0) record(removed, 0, 0, path, NULL, 0);
    after(number);
    return result;
}

int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }

// MARK: Supervisors

/// The engine gives its supervisors an environment of their own; the layer goes with them.
int posix_spawn(
    pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
    char *const arguments[], char *const environment[]) {
    static const char *const names[] = {
        "LD_PRELOAD", "PRELOADED_ROOT", "PRELOADED_LOG", "PRELOADED_PROGRAM", "PRELOADED_FAULT", "PRELOADED_DEATH",
        "PRELOADED_REACHED", "PRELOADED_BOOT", "PRELOADED_LEDGER"};
    enum { most = 16 };
    size_t count = 0;
    while (environment[count] != NULL) count++;
    char **whole = calloc(count + most, sizeof *whole);
    if (whole == NULL) return ENOMEM;
    for (size_t index = 0; index < count; index++) whole[index] = environment[index];
    for (size_t index = 0; is_engine && index < sizeof names / sizeof *names; index++) {
        const char *value = getenv(names[index]);
        if (value != NULL && asprintf(&whole[count], "%s=%s", names[index], value) >= 0) count++;
    }
    int result = REAL(posix_spawn)(pid, path, actions, attributes, arguments, whole);
    free(whole);
    return result;
}
