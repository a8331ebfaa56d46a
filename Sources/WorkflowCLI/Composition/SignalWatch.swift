internal import Glibc
internal import WorkflowEngine

/// Tells a run's control which signals ask this process to leave.
///
/// The signals are blocked in every thread and taken by one thread that waits for them, so no code runs inside a
/// signal handler.
enum SignalWatch {
    private static let signals: [(number: Int32, name: String)] = [
        (SIGHUP, "SIGHUP"), (SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"),
    ]

    /// Makes a closed standard output an error of `write` instead of the end of this process.
    static func ignoreBrokenPipes() {
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// Blocks the signals in this thread and in all that it starts. To be called on the main thread, before there are
    /// others.
    static func holdBack() {
        var set = signalSet()
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Starts the thread that takes the signals; it lives as long as the process. A signal that its parent wanted
    /// ignored stays ignored (`nohup`).
    static func deliver(to control: RunControl) {
        let context = Unmanaged.passRetained(control).toOpaque()
        var thread = pthread_t()
        let error = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let control = Unmanaged<RunControl>.fromOpaque(context).takeRetainedValue()
                SignalWatch.take(for: control)
            }, context)
        if error == 0 {
            pthread_detach(thread)
        } else {
            Unmanaged<RunControl>.fromOpaque(context).release()
        }
    }

    private static func take(for control: RunControl) -> Never {
        var set = signalSet()
        while true {
            var number: Int32 = 0
            guard sigwait(&set, &number) == 0, let signal = signals.first(where: { $0.number == number }) else {
                continue
            }
            control.stop(signal: signal.name)
        }
    }

    private static func signalSet() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals where !isIgnored(signal.number) { sigaddset(&set, signal.number) }
        return set
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
