internal import Glibc
internal import WorkflowExecutors

/// What there is when a step has ended, and what it left in the background has ended too, or was waited for in vain.
///
/// A command can end before its effect is complete: what it left in the background goes on. Compared too early, a
/// folder says nothing about crashes.
package struct StepRemains {
    /// What runs longer than this is taken for a daemon, which is meant to run on.
    private static let patienceMilliseconds: Int64 = 2000

    package var state: FolderState
    /// What runs on, by name: the processes themselves are ended before anybody reads of them.
    package var background: [String] = []
    /// What was written while nothing but that ran: no two looks at it are alike.
    package var moving: Set<String> = []

    package init(
        state: FolderState = FolderState(entries: []), background: [String] = [], moving: Set<String> = []
    ) {
        self.state = state
        self.background = background
        self.moving = moving
    }

    /// - Parameter survivors: what ran before the step.
    package static func settled(
        in sandbox: Sandbox, beside survivors: Set<Sandbox.Resident>
    ) throws(DrillFailure) -> StepRemains {
        let began = Drill.now()
        var early: FolderState?
        while true {
            // A supervisor that stays is there for what it watches over, and does nothing itself.
            let background = sandbox.residents(beside: survivors).filter { !Sandbox.isStayingSupervisor($0) }
            let passed = Drill.now() - began
            if background.isEmpty { return StepRemains(state: try FolderState.read(sandbox.work)) }
            if passed >= patienceMilliseconds, let early {
                let state = try FolderState.read(sandbox.work)
                return StepRemains(
                    state: state, background: background.map(Sandbox.name), moving: state.differences(from: early))
            }
            if passed >= patienceMilliseconds / 2, early == nil { early = try FolderState.read(sandbox.work) }
            usleep(2000)
        }
    }

    /// Behind a difference: `, while … runs on in the background`; empty where nothing does.
    package var remark: String { background.isEmpty ? "" : ", while \(names) in the background" }

    package var account: String {
        let paths = moving.sorted()
        let written = paths.prefix(3).map { "`\(DisplayLine.text(Array($0.utf8)))`" }.joined(separator: ", ")
        return "\(names) in the background" + (paths.isEmpty ? "" : " and writes \(written), which was not compared")
            + (paths.count > 3 ? " (and \(paths.count - 3) more)" : "")
    }

    private var names: String {
        let first = background.prefix(2).map { "`\($0)`" }.joined(separator: ", ")
        return first
            + (background.count > 2
                ? " and \(background.count - 2) more run on" : background.count == 1 ? " runs on" : " run on")
    }
}
