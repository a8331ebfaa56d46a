#include "measuring.h"

#include <stdatomic.h>

static _Atomic uint64_t syncs;

uint64_t cmeasuring_syncs(void) { return atomic_load(&syncs); }

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>

// The program's own definitions stand before the C library's, for SQLite as well.

int fsync(int file) {
    atomic_fetch_add(&syncs, 1);
    return (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
    atomic_fetch_add(&syncs, 1);
    return (int)syscall(SYS_fdatasync, file);
}
#endif
