import AttemptProtocol
import ExecutorKit
import Glibc
import Hashing
import Synchronization

/// The executors that are programs: the built-in ones beside `workflow`, and those of users. Each is asked once.
package final class ExecutorPrograms: ExecutorDirectory {
    private let workingFolder: String
    private let path: String?
    /// `NAME=value`
    let environment: [[UInt8]]
    /// Of the program that holds the built-in executors.
    private let builtInPath: String
    private let answers = Mutex<[ExecutorProgram: ExecutorAnswer]>([:])
    private let builtIn = Mutex<[String]?>(nil)

    package static let secondsMax = 5

    /// - Parameter builtInPath: nil: beside the executable that runs now.
    package init(
        workingFolder: String, variables: [String: String], rawVariables: [[UInt8]] = [], builtInPath: String? = nil
    ) {
        self.workingFolder = workingFolder
        path = variables["PATH"]
        environment = variables.sorted { $0.key < $1.key }.map { Array("\($0.key)=\($0.value)".utf8) } + rawVariables
        self.builtInPath = builtInPath ?? ExecutorPrograms.besideThisExecutable()
    }

    private static func besideThisExecutable() -> String {
        guard let supervisor = try? SupervisorBinary.besideThisExecutable(), let slash = supervisor.lastIndex(of: "/")
        else { return ExecutorInvocation.builtInProgram }
        return supervisor[...slash] + ExecutorInvocation.builtInProgram
    }

    package func executor(_ group: String, beside file: String?) async -> ExecutorAnswer {
        guard ExecutorName.isGroup(group) else {
            return .missing("\"\(group)\" is no name of an executor; one matches \(ExecutorName.pattern)")
        }
        guard let program = await programs(of: group, beside: file).first else {
            let places = search(file).folders.filter { $0.origin != .path }.map(\.path) + ["PATH"]
            return .missing(
                "there is no executor \(group): \(ExecutorInvocation.programPrefix)\(group) was looked for in "
                    + places.joined(separator: ", "))
        }
        return await describe(program)
    }

    package func groups(beside file: String?) async -> [String] {
        let all = await builtInGroups() + search(file).all().map(\.group).filter(ExecutorName.isGroup)
        return Set(all).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// All programs of a group, the one that is used first.
    package func programs(of group: String, beside file: String?) async -> [ExecutorProgram] {
        var programs = search(file).programs(of: group)
        if await builtInGroups().contains(where: { $0 == group }) {
            programs.insert(ExecutorProgram(group: group, path: builtInPath, origin: .builtIn), at: 0)
        }
        return programs
    }

    private func search(_ file: String?) -> ExecutorSearch {
        ExecutorSearch(file: file, workingFolder: workingFolder, path: path)
    }

    private func builtInGroups() async -> [String] {
        if let known = builtIn.withLock({ $0 }) { return known }
        var groups: [String] = []
        if access(builtInPath, X_OK) == 0 {
            let result = await ask([builtInPath, "list"])
            if case .exited(0) = result.end {
                groups = String(decoding: result.output, as: UTF8.self).split(separator: "\n").map(String.init)
                    .filter(ExecutorName.isGroup)
            }
        }
        let found = groups
        builtIn.withLock { $0 = found }
        return found
    }

    private func ask(_ words: [String]) async -> BoundedCommand.Result {
        await BoundedCommand(
            words: words, environment: environment, seconds: ExecutorPrograms.secondsMax,
            outputBytesMax: ExecutorDescriptor.bytesMax
        ).run()
    }

    /// What a program prints for `--version`, as numbers; nil where it says none.
    package func version(of path: String) async -> [Int]? {
        let result = await ask([path, "--version"])
        guard case .exited(0) = result.end else { return nil }
        return VersionRange.version(in: String(decoding: result.output, as: UTF8.self))
    }

    // MARK: - Describe

    package func describe(_ program: ExecutorProgram) async -> ExecutorAnswer {
        if let known = answers.withLock({ $0[program] }) { return known }
        let answer = await asked(program)
        answers.withLock { $0[program] = answer }
        return answer
    }

    private func asked(_ program: ExecutorProgram) async -> ExecutorAnswer {
        guard program.isExecutable else {
            return .broken("\(program.path) may not be run: make it executable with chmod +x, or remove it")
        }
        let result = await ask(program.command + ["describe"])
        let call = "\(program.path) describe"
        let said = ExecutorPrograms.quoted(result.errors)
        switch result.end {
        case .exited(0): break
        case .exited(let status): return .broken("`\(call)` exited with status \(status)\(said)")
        case .signalled(let signal): return .broken("`\(call)` was ended by signal \(signal)\(said)")
        case .tooLong:
            return .broken("`\(call)` did not end within \(ExecutorPrograms.secondsMax) s\(said)")
        case .tooMuch:
            return .broken("`\(call)` printed more than \(ExecutorDescriptor.bytesMax >> 20) MiB\(said)")
        case .notStarted(let number):
            return .broken("`\(call)` cannot be started: \(String(cString: strerror(number)))")
        }
        do throws(DescriptorError) {
            let descriptor = try ExecutorDescriptor(parsing: result.output)
            guard descriptor.group == program.group else {
                return .broken("`\(call)` describes the group \(descriptor.group), and not \(program.group)\(said)")
            }
            return .described(
                DescribedExecutor(
                    program: program, descriptor: descriptor,
                    descriptorHash: Hexadecimal.text(SHA256.hash(of: result.output)),
                    programHash: program.origin == .builtIn ? nil : ExecutorPrograms.hash(ofFile: program.path)))
        } catch {
            return .broken("`\(call)` printed no descriptor: \(error.message)\(said)")
        }
    }

    static func quoted(_ errors: [UInt8]) -> String {
        let text = String(decoding: errors, as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline).suffix(3).joined(separator: "; ")
        return lines.isEmpty ? "" : "; on standard error: \(lines.suffix(500))"
    }

    private static func hash(ofFile path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var hash = SHA256()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            hash.update(Array(buffer[..<count]))
        }
        return Hexadecimal.text(hash.finalize())
    }
}
