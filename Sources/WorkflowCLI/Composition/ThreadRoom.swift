internal import AttemptProtocol
internal import CSystem
internal import Glibc

/// Whether this process may have the threads that it needs. Where the system gives none, tasks would wait for ever for
/// one.
enum ThreadRoom {
    /// One for each core, at most 64, for tasks; the two streams of output; the opening and the closing of a store; one
    /// that waits for processes; one for signals. Two more are places for a supervisor and its command, which count as
    /// threads do.
    ///
    /// Dispatch makes its threads when they are needed, and where the system refuses one it tries once a second for
    /// ever, on the thread that asked: with fewer than these, all of them may wait for one more.
    private static let threads = min(max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1), 64) + 8

    /// Fails with the limit and the way out. To be called before anything is begun: the threads are gone when it
    /// returns.
    static func check() throws(CommandFailure) {
        var pipes: [Int32] = [-1, -1]
        guard csystem_pipe(&pipes) == 0 else { return }
        var made: [pthread_t] = []
        var failure: Int32 = 0
        while made.count < threads, failure == 0 {
            var thread = pthread_t()
            let context = UnsafeMutableRawPointer(bitPattern: UInt(pipes[0]))
            failure = pthread_create(
                &thread, nil,
                { context in
                    // Until the other end is closed.
                    var byte: UInt8 = 0
                    _ = read(Int32(Int(bitPattern: context)), &byte, 1)
                    return nil
                }, context)
            if failure == 0 { made.append(thread) }
        }
        close(pipes[1])
        for thread in made { pthread_join(thread, nil) }
        close(pipes[0])
        guard failure != 0 else { return }
        throw CommandFailure(
            .inputOutput,
            "no further thread can be made (\(SystemError.text(of: failure))), and \(threads) are needed; "
                + SystemError.move(failure, "raise the limit of processes (`ulimit -u`)"))
    }
}
