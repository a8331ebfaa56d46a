import AttemptProtocol
import CSystem
import Glibc

/// What `execve` takes, built before the fork: nothing may be allocated after it. It lives as long as the process.
struct CommandArguments {
    private let candidates: [UnsafePointer<CChar>?]
    private let arguments: [UnsafeMutablePointer<CChar>?]
    private let environment: [UnsafeMutablePointer<CChar>?]

    /// Where a program is looked for when the command's environment has no PATH.
    private static let standardPath = "/usr/local/bin:/usr/bin:/bin"

    init(_ specification: LaunchSpecification, in folder: borrowing AttemptFolder) {
        let program = specification.shell.first ?? ""
        candidates = Self.candidates(program, in: specification.environment).map { UnsafePointer(strdup($0)) } + [nil]
        arguments = (specification.shell + [folder.path(of: AttemptFile.script)]).map { strdup($0) } + [nil]
        let output = "\(LaunchSpecification.outputVariable)=\(folder.path(of: AttemptFile.writtenOutputs))"
        environment = (specification.environment + [output]).map { strdup($0) } + [nil]
    }

    func start(
        _ specification: LaunchSpecification, output: Int32, alive: Int32, session: Int32, failure: Int32
    ) -> pid_t {
        candidates.withUnsafeBufferPointer { candidates in
            arguments.withUnsafeBufferPointer { arguments in
                environment.withUnsafeBufferPointer { environment in
                    specification.workingDirectory.withCString { folder in
                        var command = csystem_command(
                            candidates: candidates.baseAddress, argv: arguments.baseAddress,
                            envp: environment.baseAddress, working_directory: folder, umask: specification.umask,
                            output: output, alive: alive, session: session, failure: failure)
                        return csystem_start_command(&command)
                    }
                }
            }
        }
    }

    /// A name with a slash is a path; any other is looked for in the command's own PATH, where an empty part is the working
    /// directory.
    private static func candidates(_ program: String, in environment: [String]) -> [String] {
        if program.isEmpty || program.utf8.contains(UInt8(ascii: "/")) { return [program] }
        let path = environment.last { $0.hasPrefix("PATH=") }?.dropFirst("PATH=".count) ?? Substring(standardPath)
        return path.split(separator: ":", omittingEmptySubsequences: false).map {
            $0.isEmpty ? program : "\($0)/\(program)"
        }
    }
}
