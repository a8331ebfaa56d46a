internal import Hashing
package import WorkflowCore
package import WorkflowExecutors

/// What the engine's process brings along: made once by the composition root, never looked up again.
package struct EngineEnvironment: Sendable {
    /// Inherited by every step.
    package var variables: [String: String]
    /// Inherited too, as `NAME=value`: variables that are not UTF-8.
    package var rawVariables: [[UInt8]] = []
    package var user: String
    /// Of the same user.
    package var userID: Int
    package var umask: Int
    /// Where the run was called: absolute.
    package var workingDirectory: String
    package var host: MachineIdentity
    package var processID: Int
    package var engineVersion: String
    /// Where logs of attempts are kept: absolute.
    package var logsFolder: String

    package init(
        variables: [String: String], user: String, umask: Int, workingDirectory: String,
        host: MachineIdentity, processID: Int, engineVersion: String, logsFolder: String,
        userID: Int = -1
    ) {
        self.userID = userID
        self.variables = variables
        // The right to answer in somebody's name is no step's.
        self.variables["WORKFLOW_TOKEN"] = nil
        self.user = user
        self.umask = umask
        self.workingDirectory = workingDirectory
        self.host = host
        self.processID = processID
        self.engineVersion = engineVersion
        self.logsFolder = logsFolder
    }

    package var hostIdentity: HostIdentity {
        HostIdentity(host: host.machineID, boot: host.bootID)
    }

    /// Where an attempt's log is: `logs/<run>/<step>.<attempt>.log`.
    ///
    /// The keys of items may hold anything: what a file's name cannot is written `%2F`, and a long name is cut and told
    /// apart by a hash.
    package func logPath(run: UniqueID, step: String, attempt: Int) -> String {
        "\(logsFolder)/\(run.text)/\(EngineEnvironment.fileName(ofStep: step)).\(attempt).log"
    }

    /// The folder that a step keeps over its attempts: beside its logs, and removed with them.
    func workspacePath(run: UniqueID, step: String) -> String {
        "\(logsFolder)/\(run.text)/\(EngineEnvironment.fileName(ofStep: step)).workspace"
    }

    /// The log belongs to the step: to an attempt, probe or verification of it, or of something that it holds.
    static func isLog(_ name: String, ofStep step: String) -> Bool {
        guard name.utf8.starts(with: step.utf8) else { return false }
        let rest = Substring(name.utf8.dropFirst(step.utf8.count))
        return rest.isEmpty || rest == ".probe" || rest == ".verify" || rest.hasPrefix("[")
            || step.hasSuffix("]") && rest.hasPrefix(".")
    }

    private static let nameBytesMax = 180

    private static func fileName(ofStep step: String) -> String {
        var name: [UInt8] = []
        for byte in step.utf8 {
            if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "%") || byte < 0x20 || byte == 0x7F {
                let digits = Array("0123456789ABCDEF".utf8)
                name += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            } else {
                name.append(byte)
            }
        }
        if name.count > nameBytesMax {
            let hash = Hexadecimal.text(SHA256.hash(of: name).prefix(8))
            // Cut before a character: a part of one would be no text.
            var end = nameBytesMax - 17
            while name[end] & 0xC0 == 0x80 { end -= 1 }
            name.removeSubrange(end...)
            name += Array("~\(hash)".utf8)
        }
        return String(decoding: name, as: UTF8.self)
    }
}

/// Time, as the engine sees it.
package protocol EngineClock: Sendable {
    /// Wall-clock time, UTC.
    func now() -> Timestamp
    /// Waits on a clock that nobody sets; returns early only when the task is cancelled.
    func sleep(for wait: Milliseconds) async
}
