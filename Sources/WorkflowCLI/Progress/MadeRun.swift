internal import Synchronization
internal import WorkflowCore
internal import WorkflowEngine

/// Keeps the name that the store gave to a new run, and hands on what it is told.
final class MadeRun: RunObserver {
    private let next: any RunObserver
    private let made = Mutex<RunID?>(nil)

    init(before next: any RunObserver) {
        self.next = next
    }

    var run: RunID? { made.withLock { $0 } }

    func observe(_ event: RunEvent) {
        if case .created(let run, _) = event { made.withLock { $0 = run } }
        next.observe(event)
    }
}
