import AttemptProtocol
import Glibc

/// Where the supervisor's executable is.
package enum SupervisorBinary {
    package static let name = "workflow-supervisor"

    /// With this as its only argument it says `protocolName`, and does nothing.
    package static let versionArgument = AttemptProtocolVersion.argument

    /// What a supervisor that this program can use says.
    package static let protocolName = AttemptProtocolVersion.name

    /// Beside the executable that runs now, also when that was replaced meanwhile.
    package static func besideThisExecutable() throws(ExecutorError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else {
            throw ExecutorError(
                .supervisorMissing, "/proc/self/exe cannot be read, so \(name) cannot be found; mount /proc")
        }
        var path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let deleted = " (deleted)"
        if path.hasSuffix(deleted) { path.removeLast(deleted.count) }
        guard let slash = path.lastIndex(of: "/") else { return name }
        return "\(path[..<slash])/\(name)"
    }

    /// Fails with the reason and the way out if `path` cannot be run.
    package static func check(_ path: String) throws(ExecutorError) {
        guard access(path, X_OK) == 0 else { throw missing(path) }
    }

    static func missing(_ path: String) -> ExecutorError {
        ExecutorError(
            .supervisorMissing,
            "the supervisor \(path) is missing or may not be run; install workflow and \(name) in the same folder")
    }
}
