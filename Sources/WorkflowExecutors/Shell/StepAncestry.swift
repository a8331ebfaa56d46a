import AttemptProtocol
import CSystem
import Glibc

/// The steps of one store below which this process runs, found by its ancestors.
///
/// A supervisor inherits the orphans of its command and stays until the last has ended, so a process that a step
/// started has that supervisor among its ancestors whatever it did since: a session of its own, a double fork, the
/// death of its parent. A supervisor is known by its arguments, which no step can change. Not seen is what a step has
/// another service start (`at`, `ssh localhost`), and what outlives a supervisor that was killed.
package struct StepAncestry: Sendable, Equatable {
    package struct Supervisor: Sendable, Equatable {
        package var pid: Int32
        package var attemptID: String
        /// UUID of its run; nil for one that an earlier version started.
        package var run: String?
    }

    /// The nearest first.
    package var supervisors: [Supervisor] = []
    /// The walk came to the first process of the machine. Where it did not (a container, a `/proc` that hides other
    /// users' processes), there may be supervisors beyond what can be seen.
    package var isComplete = false
    /// `/proc` is the kernel's and names processes by the pids that this one has. Where it is not, the ancestors that
    /// were seen are those of somebody else.
    package var isConsistent = true

    /// The namespace of pids that the kernel makes first.
    private static let firstNamespace = "pid:[4026531836]"
    private static let argumentBytesMax = 65_536
    private static let depthMax = 4096

    /// Of the process `pid`, this one by default.
    ///
    /// - Parameter attemptsFolder: of the store: by it supervisors of earlier versions are known.
    package static func of(_ pid: Int32 = getpid(), storeID: String, attemptsFolder: String) -> StepAncestry {
        var ancestry = StepAncestry()
        ancestry.isConsistent = isOwnProc()
        var next = ProcessStatus.of(pid)?.parent
        for _ in 0..<depthMax {
            guard let parent = next, parent > 0 else { break }
            guard let status = ProcessStatus.of(parent) else { return ancestry }
            let arguments = Self.arguments(of: parent)
            if isSupervisor(arguments, storeID: storeID, attemptsFolder: attemptsFolder) {
                let run = arguments.count > 4 && !arguments[4].isEmpty ? arguments[4] : nil
                ancestry.supervisors.append(Supervisor(pid: parent, attemptID: arguments[2], run: run))
            }
            next = status.parent
        }
        ancestry.isComplete = next == 0 && ProcessStatus.pidNamespace() == firstNamespace
        return ancestry
    }

    private static func isOwnProc() -> Bool {
        var magic: UInt64 = 0
        var buffer = [CChar](repeating: 0, count: 32)
        let count = readlink("/proc/self", &buffer, buffer.count)
        guard count > 0, csystem_file_system_magic("/proc", &magic) == 0, magic == procMagic else { return false }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) == String(getpid())
    }

    /// `PROC_SUPER_MAGIC`.
    private static let procMagic: UInt64 = 0x9FA0

    static func isSupervisor(_ arguments: [String], storeID: String, attemptsFolder: String) -> Bool {
        guard arguments.count >= 3,
            arguments[0].split(separator: "/").last.map(String.init) == SupervisorBinary.name
        else { return false }
        if arguments.count > 3 { return arguments[3] == storeID }
        // FOLDER is `ATTEMPTS/AB/ABCDEF…`.
        let parts = arguments[1].split(separator: "/", omittingEmptySubsequences: false)
        return parts.count > 2 && parts.dropLast(2).joined(separator: "/") == attemptsFolder
    }

    private static func arguments(of pid: Int32) -> [String] {
        guard let file = try? Descriptor.open("/proc/\(pid)/cmdline", O_RDONLY),
            let bytes = try? file.readWhole(limit: argumentBytesMax, "cmdline")
        else { return [] }
        var words = bytes.split(separator: 0, omittingEmptySubsequences: false)
        // Each argument is ended by a NUL.
        if words.last?.isEmpty == true { words.removeLast() }
        return words.map { String(decoding: $0, as: UTF8.self) }
    }
}
