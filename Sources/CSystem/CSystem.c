#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

static int argument_count;
static char **arguments;

// glibc gives constructors what it gives to `main`, in static programs too.
__attribute__((constructor)) static void keep_arguments(int count, char **vector) {
    argument_count = count;
    arguments = vector;
}

char *const *csystem_arguments(void) { return arguments; }

int csystem_argument_count(void) { return argument_count; }

int csystem_memory_file(const char *name) {
    return memfd_create(name, MFD_CLOEXEC);
}

int csystem_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int csystem_output_pipe(int ends[2]) {
    if (csystem_pipe(ends) != 0) return -1;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0) return 0;
    int error = errno;
    close(ends[0]);
    close(ends[1]);
    errno = error;
    return -1;
}

int csystem_reserve(int file, off_t bytes) {
    if (fallocate(file, FALLOC_FL_KEEP_SIZE, 0, bytes) == 0) return 0;
    if (errno != EOPNOTSUPP) return errno;
    return posix_fallocate(file, 0, bytes);
}

int csystem_process_descriptor(pid_t pid) {
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

int csystem_signal_process(int process_descriptor, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, process_descriptor, signal, NULL, 0);
}

int csystem_spawn_session(
    pid_t *pid, const char *path, char *const argv[], char *const envp[], int input, int output) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t signals;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) return error;
    error = posix_spawnattr_init(&attributes);
    if (error != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return error;
    }
    if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, input, 0);
    if (error == 0)
        error = output < 0 ? posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_RDWR, 0)
                           : posix_spawn_file_actions_adddup2(&actions, output, 1);
    if (error == 0) error = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_RDWR, 0);
    if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (error == 0) error = posix_spawn_file_actions_addchdir_np(&actions, "/");
    sigfillset(&signals);
    if (error == 0) error = posix_spawnattr_setsigdefault(&attributes, &signals);
    sigemptyset(&signals);
    if (error == 0) error = posix_spawnattr_setsigmask(&attributes, &signals);
    if (error == 0)
        error = posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    if (error == 0) error = posix_spawn(pid, path, &actions, &attributes, argv, envp);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int csystem_close_from(int first) {
    if (syscall(SYS_close_range, (unsigned)first, ~0U, 0) == 0) return 0;
    closefrom(first);  // Kernels before 5.9.
    return 0;
}

/// The limit of core files that the command gets back.
static struct rlimit inherited_core;

int csystem_inherit_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int csystem_become_supervisor(void) {
    sigset_t signals;
    struct sigaction standard;
    // Blocked rather than ignored: the block ends in the command with one call, and a broken pipe still gives EPIPE.
    sigfillset(&signals);
    if (sigprocmask(SIG_SETMASK, &signals, NULL) != 0) return -1;
    // With SIGCHLD ignored by whoever started us, ended children would vanish without a status.
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    if (sigaction(SIGCHLD, &standard, NULL) != 0) return -1;
    if (csystem_inherit_orphans() != 0) return -1;
    if (getrlimit(RLIMIT_CORE, &inherited_core) != 0) return -1;
    struct rlimit none = {0, inherited_core.rlim_max};
    return setrlimit(RLIMIT_CORE, &none);
}

int csystem_has_children(void) {
    pid_t pid;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0 || (pid < 0 && errno == EINTR)) {}
    return pid == 0;
}

void csystem_outlive_descendants(void) {
    prctl(PR_SET_NAME, "workflow-supervisor", 0, 0, 0);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) {}
}

int csystem_child_events(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

// Everything below up to `csystem_start_command` runs between fork and exec: only calls that are safe there.

static void leave_with(const struct csystem_command *command, int32_t stage) {
    struct csystem_start_failure failure = {stage, errno};
    ssize_t written = write(command->failure, &failure, sizeof failure);
    (void)written;
    _exit(127);
}

static size_t append_decimal(char *text, uint64_t value) {
    char digits[20];
    size_t count = 0, length = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0) text[length++] = digits[--count];
    return length;
}

// Field 22 of /proc/self/stat: the start of this process in clock ticks since boot. 0 with `errno` set on failure.
static uint64_t own_start_time(void) {
    char text[1024];
    int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t length = read(file, text, sizeof text - 1);
    int error = errno;
    close(file);
    if (length <= 0) {
        errno = length < 0 ? error : EIO;
        return 0;
    }
    // The second field is the program's name in parentheses, and may hold spaces and parentheses itself.
    ssize_t at = length;
    while (at > 0 && text[at - 1] != ')') at--;
    for (int field = 2; field < 22 && at < length; at++)
        if (text[at] == ' ') field++;
    uint64_t start = 0;
    while (at < length && text[at] >= '0' && text[at] <= '9') start = start * 10 + (uint64_t)(text[at++] - '0');
    if (start == 0) errno = EIO;
    return start;
}

static int write_session_record(int file) {
    char text[64] = "workflow-session 1 ";
    size_t length = strlen(text);
    uint64_t start = own_start_time();
    if (start == 0) return -1;
    length += append_decimal(text + length, (uint64_t)getpid());
    text[length++] = ' ';
    length += append_decimal(text + length, start);
    text[length++] = '\n';
    ssize_t written = write(file, text, length);
    if (written == (ssize_t)length) return 0;
    if (written >= 0) errno = ENOSPC;
    return -1;
}

static void become_command(const struct csystem_command *command) {
    if (setsid() < 0) leave_with(command, csystem_stage_session);
    umask(command->umask);
    if (inherited_core.rlim_max != 0) setrlimit(RLIMIT_CORE, &inherited_core);
    if (chdir(command->working_directory) != 0) leave_with(command, csystem_stage_working_directory);
    if (command->input >= 0 && dup2(command->input, 0) < 0) leave_with(command, csystem_stage_descriptors);
    if (dup2(command->output, 1) < 0 || dup2(command->output, 2) < 0) leave_with(command, csystem_stage_descriptors);
    if (fcntl(command->alive, F_DUPFD, 100) < 0 && fcntl(command->alive, F_DUPFD, 3) < 0)
        leave_with(command, csystem_stage_descriptors);
    // Past the C library, which keeps two signals to itself and would leave them ignored. All zero is the default
    // disposition; the call fails for SIGKILL and SIGSTOP, which have no other.
    static const uint64_t standard[4];
    for (int number = 1; number <= 64; number++) syscall(SYS_rt_sigaction, number, standard, NULL, sizeof(uint64_t));
    if (write_session_record(command->session) != 0) {
        int error = errno, emptied = ftruncate(command->session, 0);
        (void)emptied;
        errno = error;
        leave_with(command, csystem_stage_session_record);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int error = ENOENT;
    for (const char *const *candidate = command->candidates; *candidate != NULL; candidate++) {
        execve(*candidate, command->argv, command->envp);
        // As a shell searches: go on where there is nothing, remember a file that may not be run, stop at the rest.
        if (errno == EACCES) error = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR) {
            error = errno;
            break;
        }
    }
    // An empty record is the proof that the command never began.
    int emptied = ftruncate(command->session, 0);
    (void)emptied;
    errno = error;
    leave_with(command, csystem_stage_program);
}

pid_t csystem_start_command(const struct csystem_command *command) {
    pid_t pid = fork();
    if (pid == 0) become_command(command);
    return pid;
}

int csystem_wake_counter(void) {
    return eventfd(0, EFD_CLOEXEC);
}

void csystem_wake(int counter) {
    ssize_t written = write(counter, &(uint64_t){1}, sizeof(uint64_t));
    (void)written;
}

int csystem_file_system_magic(const char *path, uint64_t *magic) {
    struct statfs status;
    if (statfs(path, &status) != 0) return -1;
    *magic = (uint64_t)(uint32_t)status.f_type;
    return 0;
}

int csystem_birth_time(const char *path, int64_t *nanoseconds) {
    struct statx status;
    if (statx(AT_FDCWD, path, 0, STATX_BTIME, &status) != 0) return errno == ENOSYS || errno == EPERM ? 1 : -1;
    if ((status.stx_mask & STATX_BTIME) == 0) return 1;
    *nanoseconds = status.stx_btime.tv_sec * 1000000000LL + status.stx_btime.tv_nsec;
    return 0;
}
