internal import Glibc
internal import WorkflowCore
internal import WorkflowEngine
internal import WorkflowExecutors
internal import WorkflowStoreSQLite

/// What `doctor` says about the machine: what steps need to start.
struct MachineExamination {
    /// Less free space than this is told.
    private static let freeBytesMin: Int64 = 1 << 30

    let session: Session

    func findings() -> [Finding] {
        [supervisor(), shell("bash", isNeeded: true), shell("sh", isNeeded: false), space(), clock()]
    }

    private func supervisor() -> Finding {
        let path = session.executor.supervisorPath
        do throws(ExecutorError) {
            try SupervisorBinary.check(path)
            return Finding(.ok, "supervisor", path)
        } catch {
            return Finding(.problem, "supervisor", error.message)
        }
    }

    private func shell(_ name: String, isNeeded: Bool) -> Finding {
        let path = session.environment.variables["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        for folder in path.split(separator: ":") where access("\(folder)/\(name)", X_OK) == 0 {
            return Finding(.ok, name, "\(folder)/\(name)")
        }
        return isNeeded
            ? Finding(.problem, name, "not in PATH", "install it, or give every step a `shell`")
            : Finding(.warning, name, "not in PATH", "steps with `shell: sh` cannot start")
    }

    private func space() -> Finding {
        var status = statvfs()
        guard statvfs(session.store.folder.path, &status) == 0 else {
            return Finding(.warning, "disk", "free space is not known: \(String(cString: strerror(errno)))")
        }
        let (product, overflow) = Int64(clamping: status.f_bavail)
            .multipliedReportingOverflow(by: Int64(clamping: status.f_frsize))
        let free = overflow ? .max : product
        let text = "\(ByteCount.text(free)) free at \(session.store.folder.path)"
        return free < Self.freeBytesMin
            ? Finding(.warning, "disk", text, "free some: a run stops when it cannot write its journal")
            : Finding(.ok, "disk", text)
    }

    /// 2026-01-01: this program is not older.
    private static let earliest = Timestamp(millisecondsSinceEpoch: 1_767_225_600_000)

    private func clock() -> Finding {
        let now = WallClock().now()
        return now < Self.earliest
            ? Finding(.warning, "clock", now.text, "set it: ids carry the day, and timers wait for an instant")
            : Finding(.ok, "clock", now.text)
    }
}
