import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A program that was run to its end, and what that cost.
struct ChildProcess {
    let status: Int32
    /// From just before its start to its end.
    let seconds: Double
    /// The most memory that the process itself had at once.
    let residentMiB: Double
    /// Of the process and of those whose end it has waited for.
    let work: Work

    /// What time on a busy machine does not change much.
    struct Work {
        /// Of processor time, in user space and in the kernel.
        let milliseconds: Double
        let pageFaults: Double
        /// Times that a thread gave its processor up to wait.
        let switches: Double
    }

    /// Runs a program with its output thrown away.
    ///
    /// - Parameter whileRunning: called when it has been started.
    static func run(
        _ path: String, _ arguments: [String], isQuiet: Bool = true, whileRunning: () throws -> Void = {}
    ) throws -> ChildProcess {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        if isQuiet { posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) }
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        let watch = ContinuousClock()
        let began = watch.now
        var pid: pid_t = 0
        let code = posix_spawn(&pid, path, &actions, nil, words, environ)
        guard code == 0 else { throw MeasurementFailure("\(path): \(String(cString: strerror(code)))") }
        let problem: (any Error)?
        do {
            try whileRunning()
            problem = nil
        } catch {
            problem = error
            kill(pid, SIGKILL)
        }
        var status: Int32 = 0
        var usage = rusage()
        while wait4(pid, &status, 0, &usage) < 0 && errno == EINTR {}
        if let problem { throw problem }
        #if canImport(Darwin)
            let unit = 1024.0 * 1024
        #else
            let unit = 1024.0
        #endif
        return ChildProcess(
            status: status & 0x7F == 0 ? (status >> 8) & 0xFF : -1, seconds: began.duration(to: watch.now).inSeconds,
            residentMiB: Double(usage.ru_maxrss) / unit,
            work: Work(
                milliseconds: milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime),
                pageFaults: Double(usage.ru_minflt + usage.ru_majflt), switches: Double(usage.ru_nvcsw)))
    }

    private static func milliseconds(_ time: timeval) -> Double {
        Double(time.tv_sec) * 1000 + Double(time.tv_usec) / 1000
    }

    /// Requires a status.
    func ended(with expected: Int32, _ what: String) throws -> ChildProcess {
        guard status == expected else { throw MeasurementFailure("\(what) ended with \(status), not with \(expected)") }
        return self
    }
}

/// A named pipe in which a step's command says that it has begun.
struct Signpost {
    let path: String

    init(path: String) throws {
        self.path = path
        guard mkfifo(path, 0o600) == 0 else { throw MeasurementFailure("cannot make the pipe \(path)") }
    }

    /// Waits until somebody has opened it for writing and closed it again.
    func wait(seconds: Int32 = 120) throws {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK)
        guard descriptor >= 0 else { throw MeasurementFailure("cannot open the pipe \(path)") }
        defer { close(descriptor) }
        var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waited, 1, seconds * 1000) == 1 else {
            throw MeasurementFailure("no step has begun within \(seconds) s")
        }
    }
}
