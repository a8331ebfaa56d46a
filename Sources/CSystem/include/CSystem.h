#pragma once

// The few Linux calls that Swift cannot see or cannot make safely. Every function that can fail returns -1 and sets
// `errno`, unless it says otherwise. Nothing here allocates.

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

/// The arguments of `main`, as the system gave them. Swift looks for them beside the environment, where they are not
/// once a library has changed it.
char *const *csystem_arguments(void);
int csystem_argument_count(void);

/// An anonymous close-on-exec file in memory. Whoever inherits it can read what was written, and no disk sees it.
int csystem_memory_file(const char *name);

/// A pipe, close-on-exec at both ends from its first moment: a process that another thread starts does not inherit it.
int csystem_pipe(int ends[2]);

/// The same, but reading from `ends[0]` never blocks.
int csystem_output_pipe(int ends[2]);

/// Takes room on disk for the first `bytes` of a file, if the file system can without changing the file's size. Returns
/// 0, or the error number.
int csystem_reserve(int file, off_t bytes);

/// A descriptor that becomes readable when process `pid` ends. Linux 5.3.
int csystem_process_descriptor(pid_t pid);

/// Sends `signal` to the process behind a descriptor of `csystem_process_descriptor`, never to a later owner of its
/// pid.
int csystem_signal_process(int process_descriptor, int signal);

/// Starts `path` as the leader of a new session in the folder `/`: `input` is its standard input, `output` its standard
/// output (`/dev/null` where it is -1), standard error is `/dev/null`, no other descriptor is inherited, every signal
/// has its default disposition and none is blocked. Returns 0, or the error number.
int csystem_spawn_session(
    pid_t *pid, const char *path, char *const argv[], char *const envp[], int input, int output);

/// Closes every descriptor from `first` on.
int csystem_close_from(int first);

/// Turns this process into one that no signal interrupts, that inherits the orphans among its descendants, and that
/// leaves no core file, as its memory holds secrets. (Undumpable, it could not be looked into by its own user either.)
int csystem_become_supervisor(void);

/// From now on this process inherits the orphans among its descendants: whatever they start stays below it.
int csystem_inherit_orphans(void);

/// Whether a child of this process still lives; those that have ended are reaped.
int csystem_has_children(void);

/// Returns when no child of this process is left: for one that inherits orphans, when the last descendant has ended.
void csystem_outlive_descendants(void);

/// A non-blocking, close-on-exec descriptor that becomes readable when a child has changed state. SIGCHLD must be
/// blocked.
int csystem_child_events(void);

/// What a command needs to start; see `csystem_start_command`.
struct csystem_command {
    /// Files to try in order, ended by NULL: the places where a search path may hold the program.
    const char *const *candidates;
    char *const *argv;
    char *const *envp;
    const char *working_directory;
    mode_t umask;
    /// Becomes standard input; negative: that stays as it is.
    int input;
    /// Becomes standard output and standard error.
    int output;
    /// Stays open in the command, at 100 or above so that scripts which number their own descriptors do not close it.
    int alive;
    /// The record of the session is written here, whole, before the command can run; emptied again if it could not.
    int session;
    /// Receives one `csystem_start_failure` if the command could not start; closes without a byte if it did.
    int failure;
};

enum csystem_start_stage {
    csystem_stage_session = 1,
    csystem_stage_working_directory = 2,
    csystem_stage_descriptors = 3,
    csystem_stage_session_record = 4,
    csystem_stage_program = 5,
};

struct csystem_start_failure {
    int32_t stage;
    int32_t error;
};

/// Forks a child that leads a session and a process group of its own, writes its session record ("workflow-session 1
/// PID START\n", start in clock ticks since boot), and becomes the command: standard input is the caller's, signals are
/// at their defaults, none is blocked, core files are allowed as they were before `csystem_become_supervisor`. The
/// caller must have a single thread. Returns the child's pid.
pid_t csystem_start_command(const struct csystem_command *command);

/// A close-on-exec descriptor that becomes readable, for good, with `csystem_wake`.
int csystem_wake_counter(void);

void csystem_wake(int counter);

/// The magic number of the file system that holds `path` (`statfs(2)`, `f_type`).
int csystem_file_system_magic(const char *path, uint64_t *magic);

/// When what is at `path` was made (`statx(2)`), in nanoseconds since 1970. Returns 1 where the file system does not
/// tell.
int csystem_birth_time(const char *path, int64_t *nanoseconds);

#include "sqlite_connection.h"
