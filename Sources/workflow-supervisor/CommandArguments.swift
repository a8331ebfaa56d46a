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

    init(_ specification: LaunchSpecification, in folder: borrowing AttemptFolder, hasEvents: Bool) {
        let program = specification.shell.first ?? ""
        candidates =
            Self.candidates(Array(program.utf8), in: specification.environment).map { UnsafePointer(Self.copy($0)) }
            + [nil]
        let script = specification.input.isEmpty ? [folder.path(of: AttemptFile.script)] : []
        arguments = (specification.shell + script).map { strdup($0) } + [nil]
        let output = "\(LaunchSpecification.outputVariable)=\(folder.path(of: AttemptFile.writtenOutputs))"
        let earlier = specification.earlierEvents.isEmpty ? "/dev/null" : folder.path(of: AttemptFile.earlierEvents)
        var own = [output, "\(LaunchSpecification.earlierEventsVariable)=\(earlier)"]
        if hasEvents { own.append("\(LaunchSpecification.eventsVariable)=\(folder.path(of: AttemptFile.eventPipe))") }
        environment = (specification.environment + own.map { Array($0.utf8) }).map(Self.copy) + [nil]
    }

    func start(
        _ specification: LaunchSpecification, input: Int32, output: Int32, alive: Int32, session: Int32, failure: Int32
    ) -> pid_t {
        candidates.withUnsafeBufferPointer { candidates in
            arguments.withUnsafeBufferPointer { arguments in
                environment.withUnsafeBufferPointer { environment in
                    specification.workingDirectory.withCString { folder in
                        var command = csystem_command(
                            candidates: candidates.baseAddress, argv: arguments.baseAddress,
                            envp: environment.baseAddress, working_directory: folder, umask: specification.umask,
                            input: input, output: output, alive: alive, session: session, failure: failure)
                        return csystem_start_command(&command)
                    }
                }
            }
        }
    }

    /// A name with a slash is a path; any other is looked for in the command's own PATH, where an empty part is the
    /// working directory.
    private static func candidates(_ program: [UInt8], in environment: [[UInt8]]) -> [[UInt8]] {
        let slash = UInt8(ascii: "/")
        if program.isEmpty || program.contains(slash) { return [program] }
        let name = Array("PATH=".utf8)
        let path = environment.last { $0.starts(with: name) }?.dropFirst(name.count) ?? Array(standardPath.utf8)[...]
        return path.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map {
            $0.isEmpty ? program : Array($0) + [slash] + program
        }
    }

    private static func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar>? {
        (bytes + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { $0.baseAddress.flatMap { strdup($0) } }
        }
    }
}
