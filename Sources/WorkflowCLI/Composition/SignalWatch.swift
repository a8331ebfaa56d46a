internal import Glibc
internal import Synchronization
internal import WorkflowEngine

/// Tells a run's control which signals ask this process to leave.
///
/// The signals are blocked in every thread and waited for by the main thread, so no code runs inside a signal handler.
/// It has to be the main thread: left to the runtime, that one sleeps with every signal open and would die of the
/// first.
enum SignalWatch {
    private static let signals: [(number: Int32, name: String)] = [
        (SIGHUP, "SIGHUP"), (SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"),
    ]

    private struct State {
        /// Who is told.
        var control: RunControl?
        var console: Console?
        /// Signals that came before there was anybody to tell.
        var early: [String] = []
        var count = 0
        var hungUpAt: ContinuousClock.Instant?
    }

    /// A terminal that is closed sends SIGHUP twice, from the kernel and from the shell: within this time that is one
    /// request, and nobody asked for the steps to be ended.
    private static let hangupPause = Duration.seconds(1)

    private static let state = Mutex(State())
    private static let continued = Atomic(0)

    /// How often this process was stopped and went on (SIGCONT): meanwhile others have written to the terminal.
    static var continuations: Int { continued.load(ordering: .relaxed) }

    /// Whether a signal has asked this process to leave.
    static var hasBeenAsked: Bool { state.withLock { $0.count > 0 || !$0.early.isEmpty } }

    /// Makes a closed standard output an error of `write` instead of the end of this process.
    static func ignoreBrokenPipes() {
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// Blocks the signals in this thread and in all that it starts. To be called on the main thread, before there are
    /// others.
    static func holdBack() {
        var set = signalSet()
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // An ignored signal would be thrown away instead of waiting to be taken.
        for held in signals where sigismember(&set, held.number) == 1 { _ = signal(held.number, SIG_DFL) }
    }

    /// Waits for signals for as long as the process lives. To be called on the main thread, after `holdBack`.
    static func standGuard() -> Never {
        var set = signalSet()
        while true {
            var number: Int32 = 0
            guard sigwait(&set, &number) == 0 else { continue }
            if number == SIGCONT { continued.add(1, ordering: .relaxed) }
            guard let signal = signals.first(where: { $0.number == number }) else { continue }
            take(signal.name)
        }
    }

    /// From now on signals are for this control; those that came before are told at once.
    ///
    /// - Parameter console: nil where somebody else says what a signal means.
    static func deliver(to control: RunControl, telling console: Console?) {
        let early = state.withLock { state in
            state.control = control
            state.console = console
            defer { state.early = [] }
            return state.early
        }
        for name in early { take(name) }
    }

    private static func take(_ name: String) {
        let (control, console, isFirst) = state.withLock { state in
            guard state.control != nil else {
                state.early.append(name)
                return (nil as RunControl?, nil as Console?, false)
            }
            if name == "SIGHUP" {
                let now = ContinuousClock.now
                defer { state.hungUpAt = now }
                if let before = state.hungUpAt, now - before < hangupPause { return (nil, nil, false) }
            }
            state.count += 1
            return (state.control, state.console, state.count == 1)
        }
        control?.stop(signal: name)
        console?.note(
            isFirst
                ? "\(name): nothing new starts; what still runs after 10 s goes on under its supervisor, without this "
                    + "process. Once more asks it to end and leaves at once; `workflow cancel RUN` ends it later"
                : "\(name): running steps are asked to end, under their supervisors")
    }

    private static func signalSet() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGCONT)
        for signal in signals where signal.number != SIGHUP || !isHangupIgnored { sigaddset(&set, signal.number) }
        return set
    }

    /// `nohup` means what it says. SIGINT and SIGTERM are taken even from a parent that ignores them, as a shell script
    /// does for what it starts in the background: stopping loses nothing.
    private static var isHangupIgnored: Bool {
        var action = sigaction()
        guard sigaction(SIGHUP, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
