internal import Glibc
internal import WorkflowEngine
internal import WorkflowExecutors

/// What `doctor` says about the machine: what steps need to start. It needs no store.
struct MachineExamination {
    /// Less free space than this is told.
    private static let freeBytesMin: Int64 = 1 << 30
    /// With less than this no run comes far.
    private static let neededBytes: Int64 = 1 << 20
    /// The same for files: a run takes a few for each attempt.
    private static let freeFilesMin: UInt64 = 10_000
    private static let neededFiles: UInt64 = 16

    /// Of this process.
    let variables: [String: String]
    /// Where the store is, or would be.
    let folder: String

    func findings() -> [Finding] {
        [supervisor(), shell("bash", isNeeded: true), shell("sh", isNeeded: false)] + space() + [host()]
    }

    private func supervisor() -> Finding {
        let path: String
        do throws(ExecutorError) {
            path = try SupervisorBinary.besideThisExecutable()
            try SupervisorBinary.check(path)
        } catch {
            return Finding(.problem, "supervisor", error.message)
        }
        let own = SupervisorBinary.protocolName
        let advice = "install workflow and workflow-supervisor of the same version in one folder"
        guard let said = ProgramSearch.firstLine(of: path, SupervisorBinary.versionArgument) else {
            return Finding(.problem, "supervisor", "\(path) does not run, or does not say its version", advice)
        }
        return said == own
            ? Finding(.ok, "supervisor", "\(path), \(said)")
            : Finding(.problem, "supervisor", "\(path) is \(said), and this program needs \(own)", advice)
    }

    private func shell(_ name: String, isNeeded: Bool) -> Finding {
        if let path = ProgramSearch.path(of: name, in: variables["PATH"]) { return Finding(.ok, name, path) }
        return isNeeded
            ? Finding(.problem, name, "not in PATH", "install it, or give every step a `shell`")
            : Finding(.warning, name, "not in PATH", "steps with `shell: sh` cannot start")
    }

    private func space() -> [Finding] {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else {
            return [Finding(.warning, "disk", "free space is not known: \(String(cString: strerror(errno)))")]
        }
        let (product, overflow) = Int64(clamping: status.f_bavail)
            .multipliedReportingOverflow(by: Int64(clamping: status.f_frsize))
        let free = overflow ? .max : product
        let text = "\(ByteCount.text(free)) free at \(folder)"
        let advice =
            "free some: a run stops when it cannot write its journal; `workflow prune --older-than 30d --dry-run` "
            + "tells what old runs take"
        let bytes = Finding(
            free < Self.neededBytes ? .problem : free < Self.freeBytesMin ? .warning : .ok, "disk", text,
            free < Self.freeBytesMin ? advice : nil)
        // Some file systems make files as they need them and count none.
        guard status.f_files > 0 else { return [bytes] }
        let files = UInt64(status.f_favail)
        return [
            bytes,
            files < Self.freeFilesMin
                ? Finding(
                    files < Self.neededFiles ? .problem : .warning, "inodes", "\(files) free at \(folder)",
                    "remove files there: each attempt needs some")
                : Finding(.ok, "inodes", "\(files) free"),
        ]
    }

    /// What proofs about attempts rest on.
    private func host() -> Finding {
        do throws(ExecutorError) {
            let host = try MachineIdentity.current()
            return Finding(.ok, "host", "\(host.name), machine \(host.machineID), boot \(host.bootID)")
        } catch {
            return Finding(.problem, "host", error.message)
        }
    }
}
